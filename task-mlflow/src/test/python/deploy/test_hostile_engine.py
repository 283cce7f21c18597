# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Hostile texts in all that a deployment's node hands to `docker` and Compose; a recorder stands for the engine.

`DOLPHINML_FUZZ_CASES=10000` runs more of it.
"""

import os
import pathlib
import re
import sys
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[5] / "task-ml-common/src/test/python"))

from hostile import Recorder, cases, nothing_else_ran  # noqa: E402

from dolphinml.mlflow.deploy.containers import composing, front_container, image, parts  # noqa: E402
from dolphinml.mlflow.deploy.containers.docker import Docker  # noqa: E402
from dolphinml.mlflow.deploy.containers.model_server import health_command  # noqa: E402
from dolphinml.mlflow.deploy.engines import docker_compose  # noqa: E402
from dolphinml.mlflow.deploy.engines.docker_run import DockerRun  # noqa: E402
from dolphinml.mlflow.deploy.engines.engine import Candidate  # noqa: E402
from dolphinml.mlflow.deploy.request.settings import Settings  # noqa: E402

DOCKERFILE = "FROM python:3.11-slim\nRUN pip install mlflow\n"


def drawn(texts):
    """The part of a request as the worker lets it through, with a hostile text wherever it lets texts through."""
    return {
        "deployType": "DOCKER",
        "model": "models:/" + (texts.maybe("m").replace("/", "").replace("@", "") or "m") + "/1",
        "name": "one",
        "port": 7000,
        "cpuLimit": "0.5",
        "memoryLimit": "500m",
        "restartPolicy": "always",
        "baseImage": texts.random.choice((None, "registry:5000/base:1")),
        "labels": {"label.%d" % number: text for number, text in enumerate(texts.texts())},
        "buildOptions": texts.texts() + texts.random.choice(([], ["--build-arg", "proxy=" + texts.maybe("x")])),
        "runOptions": texts.texts(),
    }


@pytest.fixture
def recorder(tmp_path, monkeypatch):
    # There is nothing yet that could be inspected.
    made = Recorder(tmp_path, "docker", fails='[ "$2" = inspect ]')
    monkeypatch.setenv("PATH", "%s:%s" % (tmp_path, os.environ["PATH"]))
    return made


class Tried:
    """One request whose settings are right, on its way to the engine."""

    def __init__(self, request, directory, recorder):
        self.request = request
        self.directory = directory
        self.recorder = recorder
        self.settings = Settings(request)
        self.names = parts.Names(self.settings.name)
        self.task = SimpleNamespace(console=SimpleNamespace(line=lambda *words: None))
        self.model = SimpleNamespace(name=request["model"].split("/")[1], version="1")
        self.candidate = Candidate(1, self.model, None)
        self.built = image.Image("dolphinml/m:1", {})

    def engine(self, kind):
        return kind(self.task, self.settings, str(self.directory), None, Docker())

    def labels(self, model=True):
        labels = dict(self.request["labels"])
        labels[parts.LABEL_DEPLOYMENT] = self.settings.name
        labels[image.LABEL_USER] = str(os.getuid())
        if model:
            labels.update({parts.LABEL_MODEL: self.model.name, parts.LABEL_VERSION: "1"})
        return labels

    def label_words(self, model=True):
        return [word for pair in sorted(self.labels(model).items()) for word in ("--label", "%s=%s" % pair)]

    def check_run(self):
        engine = self.engine(DockerRun)
        engine.make_network()
        engine.make_model(self.candidate, self.built)
        engine.make_front(self.names.front(), self.built, "/program")
        looked, listed, network, model, made, copy, start = self.recorder.starts()
        name = "dolphinml-" + self.settings.name
        assert looked == ["network", "inspect", name]
        assert listed == ["network", "ls", "--format", "{{.Name}}", "--filter", "name=^%s$" % re.escape(name)]
        assert network == ["network", "create", name] + self.label_words(False)
        described = [
            word
            for key, value in sorted(self.built.environment(self.settings).items())
            for word in ("--env", "%s=%s" % (key, value))
        ]
        assert model == (
            ["run", "--detach", "--name", name + "-1", "--network", name, "--restart", self.settings.restart_policy]
            + self.label_words()
            + described
            + (["--cpus", "0.500000000"] if self.request["cpuLimit"] else [])
            + (["--memory", str(500 << 20)] if self.request["memoryLimit"] else [])
            + [
                "--health-cmd",
                health_command(8000),
                "--health-interval",
                "10s",
                "--health-timeout",
                "10s",
                "--health-retries",
                "3",
                "--health-start-period",
                "600s",
            ]
            + self.request["runOptions"]
            + ["dolphinml/m:1"]
        )
        assert made[-3:] == ["dolphinml/m:1", front_container.ENTRY, "serve"]
        assert made[:5] == ["create", "--name", name + "-front", "--network", name]
        assert copy == ["cp", "/program/.", "%s-front:%s" % (name, front_container.PROGRAM)] and start == [
            "start",
            name + "-front",
        ]

    def check_build(self):
        labels = {"model": self.model.name}
        image._run_build(self.task.console, self.settings, Docker(), "dolphinml/m:1", labels, "/context")
        assert self.recorder.starts() == [
            ["build", "--tag", "dolphinml/m:1", "--force-rm"]
            + self.request["buildOptions"]
            + ["--label", "model=" + self.model.name, "/context"]
        ]

    def check_dockerfile(self):
        """A line of its own for the base and each build argument, and nothing else."""
        written = image.adapted(DOCKERFILE, self.settings.base_image, self.settings.build_options).split("\n")
        base = self.request["baseImage"] or "python:3.11-slim"
        assert written[0] == "FROM " + base and written[-2:] == ["RUN pip install mlflow", ""]
        assert all(re.fullmatch(r"ARG [A-Za-z_][A-Za-z0-9_]*", line) for line in written[1:-2])

    def check_compose(self):
        yaml = pytest.importorskip("yaml")
        self.engine(docker_compose.DockerCompose).make_model(self.candidate, self.built)
        version, _, _, up = self.recorder.starts()
        assert version == ["compose", "version"]
        assert up == [
            "compose",
            "--project-name",
            composing.project(self.settings.name),
            "--file",
            docker_compose.NEXT_FILE_NAME,
            "up",
            "--detach",
            "--no-deps",
            "--no-recreate",
            "model-1",
        ]
        written = yaml.safe_load((self.directory / docker_compose.NEXT_FILE_NAME).read_text(encoding="utf-8"))
        made = interpolated(written)["services"]["model-1"]
        assert made["labels"] == self.labels()
        assert made["environment"] == self.built.environment(self.settings)
        assert made["container_name"] == "dolphinml-%s-1" % self.settings.name
        assert made["healthcheck"]["test"] == ["CMD-SHELL", health_command(8000)]


def interpolated(value):
    """As Compose reads it: `$$` is a dollar sign, any other `$` would be a variable."""
    if isinstance(value, dict):
        return {interpolated(key): interpolated(each) for key, each in value.items()}
    if isinstance(value, list):
        return [interpolated(each) for each in value]
    if isinstance(value, str):
        assert "$" not in value.replace("$$", "")
        return value.replace("$$", "$")
    return value


def test_what_reaches_the_engine(tmp_path, recorder):
    arrived = 0
    with nothing_else_ran(tmp_path):
        for texts in cases("docker"):
            request = drawn(texts)
            # The worker refuses NUL in each of them.
            words = [request["model"], *request["labels"].values(), *request["buildOptions"], *request["runOptions"]]
            if any("\0" in word for word in words):
                continue
            tried = Tried(request, tmp_path, recorder)
            tried.check_run()
            tried.check_build()
            tried.check_dockerfile()
            tried.check_compose()
            arrived += 1
    print("%d cases arrived" % arrived)
    assert arrived > 50
