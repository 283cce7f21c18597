# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""One registered model: its versions, and which of them is production by alias and by stage.

MLflow before 2.3 has no aliases, and a version after 3 will remove stages; what a server does not support is skipped.
"""

import contextlib
import io
import re
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, Iterator, Optional

import mlflow
from mlflow.exceptions import MlflowException

from dolphinml.common import exceptions
from dolphinml.mlflow.preset.training_failure import TrainingFailure
from dolphinml.mlflow.preset.training_log import log_line, quiet

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

ALIAS, STAGE = "production", "Production"
CHALLENGER = "challenger"

# A version has this tag from its registration until it has been compared.
TURN = "dolphinml.promotion"

# How long a later version waits for the same earlier versions before it proceeds.
SECONDS_FOR_ONE_TURN = 120.0
SECONDS_BETWEEN_LOOKS = 0.5

_LACKS = ("ENDPOINT_NOT_FOUND", "FEATURE_DISABLED", "NOT_IMPLEMENTED", "UNIMPLEMENTED")
_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "NOT_FOUND")


class RegistryEntry:
    def __init__(self, name: str, client: "Optional[mlflow.tracking.MlflowClient]" = None) -> None:
        self.name = name
        self._client = client or mlflow.tracking.MlflowClient()

    def check(self) -> None:
        """Raises TrainingFailure if the server already says, before the training, that it would refuse the model."""
        if not str(mlflow.get_registry_uri()).lower().startswith("http"):
            return
        absent = "RESOURCE_DOES_NOT_EXIST"
        answer = self._refusal(self._client.get_registered_model, self.name)
        # Both calls are deliberately incomplete: a server that permits them answers that an argument is missing.
        if answer == absent:
            self._refusal(self._client.create_registered_model, "")
        else:
            self._refusal(self._client.create_model_version, self.name, "")

    def _refusal(self, call: Callable[..., Any], *values: str) -> Optional[str]:
        """Returns the error code of a failed call, else None; raises TrainingFailure if this user lacks the permission."""
        try:
            with quiet():
                call(*values)
        except MlflowException as error:
            if error.error_code == "PERMISSION_DENIED" or re.search(r"error code 403\b", str(error)):
                raise TrainingFailure(
                    "modelName: the model registry does not let this user register '%s' (%s); ask for the permission, or "
                    "switch registerModel off" % (self.name, exceptions.message(error))
                ) from None
            return error.error_code
        return None

    def add(self, model_uri: str) -> str:
        """Registers the model at the URI as a new version, creating the name if needed. Returns the version as text."""
        with quiet(), contextlib.redirect_stderr(io.StringIO()):
            return str(mlflow.register_model(model_uri, self.name, tags={TURN: "waiting"}).version)

    @contextlib.contextmanager
    def turn(self, version: str) -> Iterator[None]:
        """A context in which only this version may become production, after all earlier versions have had their turn.

        A registry has no locks, but it numbers versions sequentially: the number is the ticket, and the tag that a version
        is registered with says that its turn is not over yet.
        """
        try:
            self._await_turn(int(version))
            yield
        finally:
            with contextlib.suppress(MlflowException):
                self._client.delete_model_version_tag(self.name, str(version), TURN)

    def _await_turn(self, number: int) -> None:
        waiting, since = None, 0.0
        while True:
            earlier = [
                each for each in self._versions() if TURN in each.tags and int(each.version) < number and self._is_training(each)
            ]
            numbers = sorted(int(each.version) for each in earlier)
            if not numbers:
                return
            if numbers != waiting:
                log_line("Version %d waits until version %s has been compared" % (number, ", ".join(map(str, numbers))))
                waiting, since = numbers, time.monotonic()
            elif time.monotonic() - since > SECONDS_FOR_ONE_TURN:
                log_line(
                    "WARNING Version %s is still being compared after %d s: its training must have been lost"
                    % (", ".join(map(str, numbers)), SECONDS_FOR_ONE_TURN)
                )
                return
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def _is_training(self, version: "ModelVersion") -> bool:
        """Whether the run that registered the version is still running; a killed run does not count."""
        if not version.run_id:
            return True
        try:
            return self._client.get_run(version.run_id).info.status == "RUNNING"
        except MlflowException as error:
            if error.error_code in _ABSENT:
                return False
            raise

    def set_alias(self, alias: str, version: str) -> bool:
        """Sets the alias on the version; returns whether the server supports aliases."""
        return self._supported("set_registered_model_alias", self.name, alias, version)

    def set_stage(self, version: str) -> bool:
        """Moves the version to Production and archives the previous ones; returns whether the server supports stages."""
        return self._supported(
            "transition_model_version_stage",
            name=self.name,
            version=version,
            stage=STAGE,
            archive_existing_versions=True,
        )

    def production(self) -> "Optional[ModelVersion]":
        """Returns the version with the alias `production`, else the newest in stage Production, else None."""
        return self._by_alias() or self._by_stage()

    def run_metrics(self, version: "ModelVersion") -> Dict[str, float]:
        """Returns the metrics of the run that logged the version; empty if the run no longer exists."""
        try:
            return dict(self._client.get_run(version.run_id).data.metrics) if version.run_id else {}
        except MlflowException as error:
            if error.error_code in _ABSENT:
                return {}
            raise

    def _by_alias(self) -> "Optional[ModelVersion]":
        if not hasattr(self._client, "get_model_version_by_alias"):
            return None
        try:
            return self._client.get_model_version_by_alias(self.name, ALIAS)
        except MlflowException as error:
            if error.error_code in _ABSENT or _is_lacking(error):
                return None
            raise

    def _versions(self) -> "Iterable[ModelVersion]":
        quote = '"' if "'" in self.name else "'"
        return self._client.search_model_versions("name=%s%s%s" % (quote, self.name, quote))

    def _by_stage(self) -> "Optional[ModelVersion]":
        staged = [version for version in self._versions() if getattr(version, "current_stage", None) == STAGE]
        return max(staged, key=lambda version: int(version.version)) if staged else None

    def _supported(self, method: str, *values: str, **named: Any) -> bool:
        call = getattr(self._client, method, None)
        if call is None:
            return False
        try:
            with quiet():
                call(*values, **named)
            return True
        except MlflowException as error:
            if _is_lacking(error):
                return False
            raise


def _is_lacking(error: MlflowException) -> bool:
    """Whether the server does not support the call at all, as opposed to refusing this one."""
    text = str(error)
    return error.error_code in _LACKS or "is unsupported" in text or bool(re.search(r"error code (404|405|501)\b", text))
