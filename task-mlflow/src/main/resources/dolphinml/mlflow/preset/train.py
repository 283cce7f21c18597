# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the training that a request describes: `python train.py REQUEST.json RESULT.json`.

REQUEST.json   jobType, algorithm | automlTool, params, searchParams, isSearchParams, dataPath, labelColumn,
               registerModel, modelName, promoteIf: the form's values
RESULT.json    {"outputs": {"mlflow.model_uri": ...}, "metrics": {name: number}, "error": null | "one sentence"}; written
               completely or not at all

The run is that of MLFLOW_RUN_ID, else a new one; MLFLOW_TRACKING_URI and MLFLOW_EXPERIMENT_ID apply as usual.
"""

import json
import os
import signal
import sys
import traceback
from typing import Any, Dict, NoReturn

sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from dolphinml.common import exceptions  # noqa: E402
from dolphinml.mlflow.preset import training  # noqa: E402
from dolphinml.mlflow.preset.training_failure import TrainingFailure  # noqa: E402
from dolphinml.mlflow.preset.training_log import log_line  # noqa: E402


def interrupt(number: int, frame: Any) -> NoReturn:
    raise KeyboardInterrupt()


def write_result(path: str, result: Dict[str, Any]) -> None:
    temporary = path + ".part"
    with open(temporary, "w", encoding="utf-8") as stream:
        json.dump(result, stream)
    os.replace(temporary, path)


def main(request_path: str, result_path: str) -> int:
    signal.signal(signal.SIGTERM, interrupt)
    result: Dict[str, Any] = {"outputs": {}, "metrics": {}, "error": None}
    try:
        with open(request_path, encoding="utf-8") as stream:
            given = json.load(stream)
        training.train_and_register(given, result)
    except TrainingFailure as failure:
        result["error"] = str(failure)
    except KeyboardInterrupt:
        result["error"] = "Stopped before the end."
    except Exception as error:
        traceback.print_exc()
        result["error"] = exceptions.message_with_type(error)
    write_result(result_path, result)
    # In a DolphinScheduler task, the frame logs it as the last line.
    if result["error"] and "DOLPHINML_RUN" not in os.environ:
        log_line(result["error"])
    return 1 if result["error"] else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: train.py REQUEST.json RESULT.json")
    sys.exit(main(*sys.argv[1:]))
