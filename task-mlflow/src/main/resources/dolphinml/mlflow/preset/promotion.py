# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Decides which version is production after a training: the new one, or the one with the better metric."""

import math
from typing import TYPE_CHECKING, Dict, Optional

from dolphinml.mlflow.preset import metrics
from dolphinml.mlflow.preset.registry import ALIAS, CHALLENGER, STAGE
from dolphinml.mlflow.preset.training_log import log_line

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

    from dolphinml.mlflow.preset.registry import RegistryEntry


def promote_newest(model: "RegistryEntry", version: str) -> None:
    """Makes the new version production."""
    _make_production(model, version)


def promote_if_better(model: "RegistryEntry", version: str, metric: str, values: Dict[str, float]) -> bool:
    """Makes the new version the challenger, and also production if its metric beats the current production version's.

    `values` are the new version's metrics. Returns whether it is production now.
    """
    metric = metrics.logged_name(metric)
    present = model.production()
    if not model.set_alias(CHALLENGER, version):
        log_line("The registry has no aliases; version %s is not marked as challenger" % version)
    if present is None:
        log_line("Promotion: no version of '%s' is production yet" % model.name)
        _make_production(model, version)
        return True
    won = _wins(metric, values.get(metric), _metric_of(model, present, metric), version, present.version)
    if won:
        _make_production(model, version)
    return won


def _metric_of(model: "RegistryEntry", version: "ModelVersion", metric: str) -> Optional[float]:
    known = model.run_metrics(version)
    return next((known[name] for name in metrics.spellings(metric) if name in known), None)


def _wins(metric: str, new: Optional[float], old: Optional[float], version: str, present: str) -> bool:
    stays = "Promotion: version %s stays production, version %s is the challenger" % (present, version)
    if new is None or math.isnan(new):
        log_line("%s: its training has no %s" % (stays, metric))
        return False
    if old is None or math.isnan(old):
        log_line(
            "%s: the run of version %s has no %s to compare with %.6g; make the challenger production by hand"
            % (stays, present, metric, new)
        )
        return False
    gain = old - new if metrics.lower_is_better(metric) else new - old
    if gain > 0:
        log_line(
            "Promotion: version %s wins over version %s: %s %.6g against %.6g, better by %.6g"
            % (version, present, metric, new, old, gain)
        )
        return True
    how = "equal" if gain == 0 else "worse by %.6g" % -gain
    log_line("%s: %s %.6g against %.6g, %s" % (stays, metric, new, old, how))
    return False


def _make_production(model: "RegistryEntry", version: str) -> None:
    stage, alias = model.set_stage(version), model.set_alias(ALIAS, version)
    uris = ["models:/%s/%s" % (model.name, STAGE)] * stage + ["models:/%s@%s" % (model.name, ALIAS)] * alias
    if uris:
        log_line("Version %s of '%s' is production: %s" % (version, model.name, ", ".join(uris)))
    else:
        log_line("Warning: the registry has neither stages nor aliases; version %s is not marked as production" % version)
