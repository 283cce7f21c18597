# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A model's files on this worker: fetches them, identifies the model and reads its input example."""

import hashlib
import json
import os
import shutil
import sys
from typing import Any, Dict, Iterable, List, Optional

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy.model.resolve import FixedModel

MOST_NAMED = 20


def fetch_model_files(model: FixedModel, target: str) -> str:
    """Fetches the model's files into the new directory `target` and returns `target`; raises TaskFailure."""
    import mlflow.artifacts

    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    if os.path.isdir(model.uri):
        shutil.copytree(model.uri, target)
        return target
    temporary = target + ".part"
    shutil.rmtree(temporary, ignore_errors=True)
    os.makedirs(temporary)
    try:
        path = mlflow.artifacts.download_artifacts(artifact_uri=model.uri, dst_path=temporary)
        if not os.path.isfile(os.path.join(path, "MLmodel")):
            raise TaskFailure(
                "deployModelKey: what is at '%s' is not a model, it has no file 'MLmodel'; the URI of a logged model" % model.uri
            )
        os.replace(path, target)
    except TaskFailure:
        raise
    except Exception as error:  # each artifact store raises its own exceptions
        raise TaskFailure(
            "deployModelKey: the files of '%s' cannot be fetched: %s" % (model.uri, _fetch_failure_reason(model.uri, error))
        )
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


def fetch_named_files(address: str, names: Iterable[str], target: str) -> None:
    """Fetches those of the named files that the model at this address has into `target`, except files already there; raises
    TaskFailure."""
    import mlflow.artifacts

    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    try:
        there = {os.path.basename(each.path) for each in mlflow.artifacts.list_artifacts(artifact_uri=address)}
        for name in names:
            if name in there and not os.path.exists(os.path.join(target, name)):
                mlflow.artifacts.download_artifacts(artifact_uri="%s/%s" % (address, name), dst_path=target)
    except Exception as error:  # each artifact store raises its own exceptions
        raise TaskFailure(
            "deployModelKey: the files at '%s' cannot be fetched: %s" % (address, _fetch_failure_reason(address, error))
        )


def names_of_example(directory: str) -> List[str]:
    """Returns the names of the input example's files, as the MLmodel in the directory lists them."""
    described = _described_example(directory)
    names = [described.get("serving_input_path"), described.get("artifact_path")]
    return [name for name in names if name]


def signature(directory: str) -> List[Dict[str, Any]]:
    """Returns the inputs of the model's signature as MLmodel lists them; [] if the model has no signature."""
    import yaml

    with open(os.path.join(directory, "MLmodel"), encoding="utf-8") as stream:
        described = (yaml.safe_load(stream) or {}).get("signature") or {}
    return json.loads(described.get("inputs") or "[]")


def _fetch_failure_reason(uri: str, error: Exception) -> str:
    """Returns why files cannot be fetched, and what to do about it."""
    if getattr(error, "error_code", None) == "RESOURCE_DOES_NOT_EXIST" and uri.startswith("runs:/"):
        # MLflow reports the same error for a missing path and for a store that it cannot read.
        try:
            return _what_the_run_has(*uri[len("runs:/") :].split("/", 1))
        except Exception as refusal:
            error = refusal
    if isinstance(error, ImportError):
        return "this environment lacks the package '%s', which reads such an artifact store; install it in %s" % (
            (error.name or str(error)).partition(".")[0],
            sys.prefix,
        )
    text = str(error).strip().split("\n")[0][:800]
    return "%s; check that the worker may read the artifact store" % (text or type(error).__name__)


def _what_the_run_has(run_id: str, path: str) -> str:
    from mlflow.tracking import MlflowClient

    folder = path.rstrip("/").rpartition("/")[0]
    found = sorted(each.path for each in MlflowClient().list_artifacts(run_id, folder or None))
    return "run '%s' has no '%s'; %s" % (
        run_id,
        path,
        "there are: " + ", ".join(found[:MOST_NAMED]) if found else "it has logged no files there",
    )


def identity(directory: str) -> str:
    """Returns an id that differs between any two logged models and is the same for copies of one: `model_uuid`, or else the
    digest of MLmodel."""
    import yaml

    with open(os.path.join(directory, "MLmodel"), "rb") as stream:
        content = stream.read()
    try:
        known = (yaml.safe_load(content) or {}).get("model_uuid")
    except yaml.YAMLError:
        known = None
    return str(known) if known else hashlib.sha256(content).hexdigest()


def flavors(directory: str) -> List[str]:
    import yaml

    with open(os.path.join(directory, "MLmodel"), encoding="utf-8") as stream:
        return sorted((yaml.safe_load(stream) or {}).get("flavors") or {})


def _described_example(directory: str) -> Dict[str, Any]:
    import yaml

    with open(os.path.join(directory, "MLmodel"), encoding="utf-8") as stream:
        return (yaml.safe_load(stream) or {}).get("saved_input_example_info") or {}


def example(directory: str) -> Optional[str]:
    """Returns the model's input example as JSON text for POST /invocations, or None if it was saved without a usable one."""
    described = _described_example(directory)
    ready = described.get("serving_input_path")
    if ready and os.path.isfile(os.path.join(directory, ready)):
        with open(os.path.join(directory, ready), encoding="utf-8") as stream:
            return stream.read()
    path = os.path.join(directory, described.get("artifact_path") or "input_example.json")
    if not described or not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8") as stream:
        saved = json.load(stream)
    kind = described.get("type")
    if kind == "dataframe":
        return json.dumps({"dataframe_" + (described.get("pandas_orient") or "split"): saved})
    if kind == "ndarray":
        return json.dumps({"inputs": saved.get("inputs", saved) if isinstance(saved, dict) else saved})
    if kind == "json_object":
        return json.dumps({"inputs": saved})
    return None
