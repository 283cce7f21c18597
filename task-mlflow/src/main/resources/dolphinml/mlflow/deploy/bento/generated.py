# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The service that is generated for a model."""

import json
import os
import shutil
from typing import Any, Dict, List

from dolphinml.mlflow.deploy.bento.bento_service import BentoService
from dolphinml.mlflow.deploy.bento.store import BentoStore
from dolphinml.mlflow.deploy.request.settings import Settings

PROJECT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "project")


class GeneratedService(BentoService):
    """Answers like `mlflow models serve`, and through BentoML's own API."""

    target = "service:MlflowModel"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def populate(self, folder: str, model_tag: str, files: str, kept: BentoStore) -> None:
        shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("__init__.py", "__pycache__"))
        settings = self._settings
        _write_json(
            folder,
            "settings.json",
            {
                "name": model_tag.partition(":")[0],
                "model": model_tag,
                "tensor": _takes_tensors(files),
                "workers": settings.workers,
                "timeout": settings.timeout,
                "batchSize": settings.batch_size,
                "batchLatency": settings.batch_latency or 1000 * settings.timeout,
            },
        )
        # JSON is valid YAML.
        _write_json(
            folder,
            "bentofile.yaml",
            {
                "service": self.target,
                "name": model_tag.partition(":")[0],
                "models": [model_tag],
                "include": ["*.py", "settings.json"],
                "python": {"packages": _packages(files), "lock_packages": False},
                "docker": {"base_image": settings.base_image} if settings.base_image else {},
            },
        )


def _write_json(folder: str, name: str, content: Dict[str, Any]) -> None:
    with open(os.path.join(folder, name), "w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=2)


def _packages(files: str) -> List[str]:
    """Returns the requirements that the model was logged with, and mlflow itself."""
    import mlflow

    try:
        with open(os.path.join(files, "requirements.txt"), encoding="utf-8") as stream:
            packages = [line.strip() for line in stream if line.strip() and not line.startswith("#")]
    except OSError:
        packages = []
    if not any(line.replace("=", " ").split()[0] == "mlflow" for line in packages):
        packages.append("mlflow==" + mlflow.__version__)
    return packages


def _takes_tensors(files: str) -> bool:
    import mlflow.models

    signature = mlflow.models.get_model_info(files).signature
    return signature is not None and signature.inputs is not None and signature.inputs.is_tensor_spec()
