# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the presets' train.py in this process, after importing the modules that take long."""

import json
import os
import runpy
import sys
from typing import Any, Dict, NoReturn, Tuple

from dolphinml.mlflow.project import in_child

TRAIN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "preset", "train.py")


def prepare_preset(request: Dict[str, Any]) -> Tuple[Dict[str, Any], in_child.Train]:
    try:
        import mlflow.sklearn  # noqa: F401
        import pandas  # noqa: F401
    except ImportError as error:
        raise in_child.Fault(
            "mlflow.environment: %s cannot import what the preset needs (%s); repair it, or name"
            " another environment" % (sys.executable, in_child.one_line(error))
        )

    def train(order: Dict[str, Any]) -> int:
        sys.argv = [TRAIN, request["request"], request["result"]]
        try:
            runpy.run_path(TRAIN, run_name="__main__")
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
        return 0

    return {}, train


def ahead(request: Dict[str, Any]) -> None:
    from dolphinml.mlflow.preset import training

    with open(request["request"], encoding="utf-8") as stream:
        training.import_modules(json.load(stream))


def run_preset_child(orders: int, answers: int) -> NoReturn:
    in_child.run_child(orders, answers, prepare_preset, ahead)
