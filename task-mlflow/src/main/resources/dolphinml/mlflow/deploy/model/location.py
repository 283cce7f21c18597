# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Finds a model's files in the artifact store, and the address from which a cluster fetches them."""

import pathlib
import urllib.parse
from typing import Any, Dict, Optional

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy.model import resolve
from dolphinml.mlflow.deploy.model.resolve import FixedModel

#: The URI schemes that the storage initializers of KServe and Seldon support.
FETCHED = ("s3://", "gs://", "https://", "http://", "pvc://", "hf://", "hdfs://", "webhdfs://", "oci://", "wasbs://", "abfss://")


def address_of_model(model: FixedModel, client: Any) -> str:
    """Returns the address of the model's files in the artifact store; raises TaskFailure."""
    try:
        return _address_of_uri(model.uri, client).rstrip("/")
    except TaskFailure:
        raise
    except Exception as error:  # MLflow raises its own exceptions and those of its HTTP client
        raise TaskFailure(
            "deployModelKey: the tracking server does not say where the files of '%s' are: %s"
            % (model.uri, str(error).strip().split("\n")[0][:500])
        )


def _address_of_uri(uri: str, client: Any) -> str:
    if uri.startswith("models:/m-"):
        return client.get_logged_model(uri[len("models:/") :]).artifact_location
    if uri.startswith("models:/"):
        name, version = uri[len("models:/") :].split("/")
        return _address_of_uri(client.get_model_version_download_uri(name, version), client)
    if uri.startswith("runs:/"):
        run_id, path = uri[len("runs:/") :].split("/", 1)
        return _address_of_run(client, client.get_run(run_id), path.strip("/"))
    directory = resolve.local_directory(uri, "/")
    return pathlib.Path(directory).as_uri() if directory is not None else uri


def _address_of_run(client: Any, run: Any, path: str) -> str:
    """Returns the address of a model that a run logged; MLflow 3 stores it outside the run's artifacts."""
    for logged in getattr(getattr(run, "outputs", None), "model_outputs", None) or ():
        model = client.get_logged_model(logged.model_id)
        if model.name == path:
            return model.artifact_location
    return run.info.artifact_uri.rstrip("/") + "/" + path


def _replaced(address: str, beginning: str, replacement: str) -> Optional[str]:
    """Returns the address with its prefix replaced; None if it does not start with the prefix, or the prefix ends in the middle
    of a path segment."""
    rest = address[len(beginning) :]
    if not address.startswith(beginning) or (rest and not rest.startswith("/") and not beginning.endswith("/")):
        return None
    if replacement.endswith("://"):
        return replacement + rest.lstrip("/")
    return "/".join(each for each in (replacement.rstrip("/"), rest.lstrip("/")) if each)


def address_for_cluster(address: str, storage_map: Dict[str, str]) -> str:
    """Returns the address from which the cluster fetches the files; raises TaskFailure if the cluster cannot fetch them.

    storage_map   {address prefix: its replacement in the cluster}; the longest matching prefix is replaced
    """
    for beginning in sorted(storage_map, key=len, reverse=True):
        replaced = _replaced(address, beginning, storage_map[beginning])
        if replaced is not None:
            address = replaced
            break
    if address.startswith(FETCHED) or "blob.core.windows.net" in address:
        return urllib.parse.unquote(address) if address.startswith("pvc://") else address
    shown = address.split("?")[0]
    if address.startswith("mlflow-artifacts:"):
        raise TaskFailure(
            "mlflow.storageMap: the tracking server hands out the model's files itself (%s), and a cluster cannot fetch them"
            " there; say where the server keeps them (its --artifacts-destination), as in mlflow-artifacts:/=s3://bucket/path"
            % shown
        )
    raise TaskFailure(
        "mlflow.storageMap: the model's files are at %s, which a cluster cannot fetch; use an artifact store that it reaches,"
        " such as s3://, or say what replaces that address in the cluster, as in file:///mnt/models=pvc://models" % shown
    )
