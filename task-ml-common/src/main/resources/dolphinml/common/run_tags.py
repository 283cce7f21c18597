# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Tags runs of MLflow with the versions of data that a task has fetched for them."""

import json
import os
from typing import Any, Dict

#: Where MLflow looks for tags of each run that it begins; a caller may have set it.
VARIABLE = "MLFLOW_RUN_CONTEXT"

TAGGED = ("repository", "location", "version", "rev", "md5")


def inputs(report: str) -> Dict[str, Any]:
    """{name: facts} of what data/fetch_inputs.py has fetched, from the path of its report."""
    with open(report, encoding="utf-8") as stream:
        return json.load(stream)["outputs"]


def tags_of_report(report: str) -> Dict[str, str]:
    """{tag: value} for what was fetched."""
    return {"dvc.%s.%s" % (name, fact): str(facts[fact]) for name, facts in sorted(inputs(report).items()) for fact in TAGGED}


def announce(report: str) -> None:
    """Has MLflow tag all runs that begin in this process and in those that it starts."""
    os.environ[VARIABLE] = json.dumps(dict(announced(), **tags_of_report(report)))


def announced() -> Dict[str, str]:
    """The tags that are announced to this process."""
    try:
        return dict(json.loads(os.environ.get(VARIABLE) or "{}"))
    except ValueError:
        return {}
