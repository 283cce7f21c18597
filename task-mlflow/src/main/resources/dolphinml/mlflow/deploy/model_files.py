"""A model's files on this worker: fetched once, identified, and searched for an input example."""

import hashlib
import json
import os
import shutil

from dolphinml.common.program import TaskFailure


def fetch(model, target):
    """Puts the model's files into the new directory `target`."""
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
                "deployModelKey: what is at '%s' is no model, it has no file 'MLmodel'; the URI of a logged model"
                % model.uri
            )
        os.replace(path, target)
    except Exception as error:
        if isinstance(error, TaskFailure):
            raise
        raise TaskFailure(
            "deployModelKey: the files of '%s' cannot be fetched: %s; check that the worker may read the artifact store"
            % (model.uri, str(error).strip().split("\n")[0][:800])
        )
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


def identity(directory):
    """A text that differs between any two models that were logged; the same for copies of one."""
    import yaml

    with open(os.path.join(directory, "MLmodel"), "rb") as stream:
        content = stream.read()
    try:
        known = (yaml.safe_load(content) or {}).get("model_uuid")
    except yaml.YAMLError:
        known = None
    return str(known) if known else hashlib.sha256(content).hexdigest()


def flavors(directory):
    import yaml

    with open(os.path.join(directory, "MLmodel"), encoding="utf-8") as stream:
        return sorted((yaml.safe_load(stream) or {}).get("flavors") or {})


def _described_example(directory):
    import yaml

    with open(os.path.join(directory, "MLmodel"), encoding="utf-8") as stream:
        return (yaml.safe_load(stream) or {}).get("saved_input_example_info") or {}


def example(directory):
    """The model's input example as the JSON text that POST /invocations takes, or None if it was saved without one."""
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
