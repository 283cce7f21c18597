# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The image of one model version: MLflow's own Dockerfile, built once."""

import hashlib
import inspect
import json
import os
import re
import shutil
from typing import Dict, List, Optional

from dolphinml.common.console import Console
from dolphinml.common.program import TaskFailure
from dolphinml.common.waiting import WaitingLog
from dolphinml.mlflow.deploy.containers.docker import Docker
from dolphinml.mlflow.deploy.faults import EngineRefused
from dolphinml.mlflow.deploy.model import files
from dolphinml.mlflow.deploy.model.resolve import FixedModel
from dolphinml.mlflow.deploy.request import build_options
from dolphinml.mlflow.deploy.request.settings import Settings

LABEL = "io.github.dolphinml."
LABEL_USER = LABEL + "user"
NGINX_PORT, SERVER_PORT = 8080, 8000
LINES_OF_A_FAILURE = 40

# pip prints this for each package that a prepared base image already has, often a hundred lines.
_NOISE = "Requirement already satisfied"


class Image:
    """An image. `port` is the port on which its server listens, `environment` the variables that the server needs."""

    def __init__(self, name: str, labels: Dict[str, str]) -> None:
        self.name = name
        self._nginx = labels.get(LABEL + "nginx") == "true"

    @property
    def port(self) -> int:
        return NGINX_PORT if self._nginx else SERVER_PORT

    def environment(self, settings: Settings) -> Dict[str, str]:
        variables = {
            "MLFLOW_MODELS_WORKERS": str(settings.workers),
            "MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT": str(settings.timeout),
            "PYTHONUNBUFFERED": "1",
        }
        if not self._nginx:
            # Without nginx, MLflow's server would listen on the container's loopback address only.
            variables.update(DISABLE_NGINX="true", UVICORN_HOST="0.0.0.0", GUNICORN_CMD_ARGS="--bind=0.0.0.0:%d" % SERVER_PORT)
        return variables


def nano_processors(count: float) -> int:
    """Returns the CPU limit in the engine's unit, billionths of a CPU."""
    return int(round(count * 1e9))


def processors(count: float) -> str:
    """Returns the CPU limit as the engine's option takes it: exact, and without an exponent."""
    return "%d.%09d" % divmod(nano_processors(count), 10**9)


def image_tag(model: FixedModel, identity: str) -> str:
    """Returns `dolphinml/<model>:<version>`, in the characters that the engine allows."""
    repository = re.sub(r"[^a-z0-9]+", "-", model.name.lower()).strip("-") or "model"
    version = re.sub(r"[^A-Za-z0-9_.-]+", "-", model.version)[:64].lstrip(".-") or identity[:12]
    return "dolphinml/%s:%s" % (repository, version)


def _fingerprint(settings: Settings, engine: Docker, mlflow_version: str) -> str:
    """Returns a digest of everything except the model that goes into the image."""
    base = None
    if settings.base_image:
        base = engine.run(["image", "ls", "--quiet", "--no-trunc", settings.base_image]).split()
    parts = [settings.base_image, base[0] if base else None, settings.build_options, settings.image_environment, mlflow_version]
    return hashlib.sha256(json.dumps(parts).encode("utf-8")).hexdigest()[:16]


def _write_dockerfile(settings: Settings, model_directory: str, context: str) -> bool:
    """Has MLflow write the Dockerfile, then sets the base image and the build arguments; returns whether it uses nginx."""
    from mlflow.models.flavor_backend_registry import get_flavor_backend

    backend = get_flavor_backend(model_directory, docker_build=True, env_manager=settings.image_environment)
    if not backend.can_build_image():
        raise TaskFailure("deployModelKey: MLflow cannot build an image of this model's flavor; use deployType MLFLOW")
    known = inspect.signature(backend.generate_dockerfile).parameters
    arguments = {}
    if settings.base_image and "base_image" in known:
        arguments["base_image"] = settings.base_image
    backend.generate_dockerfile(model_directory, context, **arguments)
    path = os.path.join(context, "Dockerfile")
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    text = adapted(text, settings.base_image, settings.build_options)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)
    return re.search(r"apt-get .*nginx|\bnginx\b", text) is not None


def adapted(dockerfile: str, base_image: Optional[str], options: List[str]) -> str:
    """Returns the Dockerfile with this base image and with an ARG for each build argument: Docker ignores undeclared ones."""
    lines = dockerfile.split("\n")
    for index, line in enumerate(lines):
        if line.startswith("FROM "):
            if base_image:
                lines[index] = "FROM " + base_image
            lines[index + 1 : index + 1] = ["ARG " + name for name in build_options.build_arguments(options)]
            break
    return "\n".join(lines)


def _built_before(engine: Docker, name: str, identity: str, fingerprint: str) -> Optional[Dict[str, str]]:
    """Tags an existing image with exactly this content as `name` and returns its labels, or None if there is none. The name
    alone does not identify it: two registries may each have a version 1 of a model of that name."""
    wanted = ["label=%sidentity=%s" % (LABEL, identity), "label=%sbuild=%s" % (LABEL, fingerprint)]
    found = engine.run(["image", "ls", "--quiet", "--no-trunc", "--filter", wanted[0], "--filter", wanted[1]]).split()
    if not found:
        return None
    engine.run(["tag", found[0], name])
    return json.loads(engine.run(["image", "inspect", "--format", "{{json .Config.Labels}}", found[0]]))


def for_model(
    console: Console, settings: Settings, engine: Docker, model: FixedModel, model_directory: str, directory: str
) -> Image:
    """Returns the Image of this model version: the existing one, or a newly built one; raises TaskFailure."""
    import mlflow

    identity = files.identity(model_directory)
    name = image_tag(model, identity)
    fingerprint = _fingerprint(settings, engine, mlflow.__version__)
    labels = _built_before(engine, name, identity, fingerprint)
    if labels is not None:
        console.line("Image %s of this version was built before: reused" % name)
        return Image(name, labels)
    context = os.path.join(directory, "build")
    shutil.rmtree(context, ignore_errors=True)
    try:
        nginx = _write_dockerfile(settings, model_directory, context)
        labels = {
            LABEL + "identity": identity,
            LABEL + "build": fingerprint,
            LABEL + "model": model.name,
            LABEL + "version": model.version,
            LABEL + "nginx": "true" if nginx else "false",
            LABEL_USER: str(os.geteuid()),
        }
        _run_build(console, settings, engine, name, labels, context)
    finally:
        shutil.rmtree(context, ignore_errors=True)
    return Image(name, labels)


def _run_build(console: Console, settings: Settings, engine: Docker, name: str, labels: Dict[str, str], context: str) -> None:
    arguments = ["build", "--tag", name, "--force-rm"] + settings.build_options
    for key, value in labels.items():
        arguments += ["--label", "%s=%s" % (key, value)]
    console.line("Building image %s" % name)
    last: List[str] = []
    waiting = WaitingLog(console, "Building")

    def on_line(line: str) -> None:
        del last[:-LINES_OF_A_FAILURE]
        last.append(line)
        if not line.startswith(_NOISE) and line.strip():
            waiting.line("  | " + line)

    code = engine.follow(arguments + [context], on_line)
    if code != 0:
        summary = (
            "The image %s could not be built (docker build ended with %d); where no image registry or package index "
            "can be reached, set mlflow.baseImage and mlflow.buildOptions" % (name, code)
        )
        raise TaskFailure(summary, ["The last lines of the build:"] + ["  | " + line for line in last] + [summary])
    console.line("Built image %s in %d s" % (name, waiting.seconds))


def prune(console: Console, settings: Settings, engine: Docker, model: FixedModel) -> None:
    """Removes this user's images of the model, except the newest `settings.keep_images` and those that a container uses."""
    rows = engine.run(
        [
            "image",
            "ls",
            "--filter",
            "label=%smodel=%s" % (LABEL, model.name),
            "--filter",
            "label=%s=%d" % (LABEL_USER, os.geteuid()),
            "--format",
            "{{.ID}} {{.Repository}}:{{.Tag}}",
        ]
    ).split("\n")
    listed = [row.split() for row in rows if row.strip()]
    # An image that lost its name to a newer build is identified by its id.
    names = [number if "<none>" in name else name for number, name in listed]
    for name in names[settings.keep_images :]:
        if engine.containers(["ancestor=" + name]):
            continue
        try:
            engine.run(["image", "rm", name])
            console.line("Removed old image %s" % name)
        except EngineRefused as refusal:
            console.line("Old image %s stays: %s" % (name, refusal))
