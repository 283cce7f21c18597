# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Tags MLflow runs with the versions of data that a task has fetched for them."""

import json
import os
from typing import Any, Dict

#: The variable from which MLflow reads tags for each new run; a caller may have set it.
VARIABLE = "MLFLOW_RUN_CONTEXT"

TAGGED = ("repository", "location", "version", "rev", "md5")


def inputs(report: str) -> Dict[str, Any]:
    """Returns {name: facts} of the data that data/fetch_inputs.py has fetched; `report` is the path of its report."""
    with open(report, encoding="utf-8") as stream:
        return json.load(stream)["outputs"]


def tags_of_report(report: str) -> Dict[str, str]:
    """Returns {tag: value} for the fetched data."""
    return {"dvc.%s.%s" % (name, fact): str(facts[fact]) for name, facts in sorted(inputs(report).items()) for fact in TAGGED}


def announce(report: str) -> None:
    """Makes MLflow tag all runs that start in this process and its children."""
    os.environ[VARIABLE] = json.dumps(dict(announced(), **tags_of_report(report)))


def announced() -> Dict[str, str]:
    """Returns the tags already set for this process."""
    try:
        return dict(json.loads(os.environ.get(VARIABLE) or "{}"))
    except ValueError:
        return {}
