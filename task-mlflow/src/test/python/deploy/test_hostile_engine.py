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

from hostile import Recorder, cases, is_refusal, nothing_else_ran  # noqa: E402

from dolphinml.common.program import TaskFailure  # noqa: E402
from dolphinml.mlflow.deploy import compose, containers, image, ownership  # noqa: E402
from dolphinml.mlflow.deploy.engine import Engine  # noqa: E402
from dolphinml.mlflow.deploy.settings import Settings  # noqa: E402

FIELDS = ("cpuLimit", "memoryLimit", "deployPort", "deployModelKey", "mlflow.host", "mlflow.deploymentName", "mlflow.baseImage",
          "mlflow.buildOptions", "mlflow.runOptions", "mlflow.labels", "mlflow.restartPolicy", "mlflow.workers")
DOCKERFILE = "FROM python:3.11-slim\nRUN pip install mlflow\n"


def drawn(texts):
    """The part of a request, with a hostile text here and there."""
    return {
        "deployType": "DOCKER", "model": "models:/" + texts.maybe("m") + "/1", "name": texts.maybe("one", of=20),
        "host": texts.maybe("0.0.0.0", of=20), "port": texts.maybe("7000", of=20), "workers": texts.maybe("1", of=20),
        "cpuLimit": texts.maybe("0.5", of=20), "memoryLimit": texts.maybe("500m", of=20),
        "restartPolicy": texts.maybe("always", of=20), "baseImage": texts.maybe("registry:5000/base:1", of=6),
        "labels": {"label.%d" % number: text for number, text in enumerate(texts.texts())},
        "buildOptions": texts.texts() + texts.random.choice(([], ["--build-arg", texts.maybe("proxy=x")])),
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
        self.settings.raise_faults()
        self.names = containers.Names(self.settings.name)
        self.model = SimpleNamespace(name=request["model"].split("/")[1], version="1")
        self.built = image.Image("dolphinml/m:1", {})

    def labels(self, model=True):
        labels = dict(self.request["labels"])
        labels[containers.LABEL_DEPLOYMENT] = self.settings.name
        labels[ownership.LABEL_USER] = str(os.getuid())
        if model:
            labels.update({containers.LABEL_MODEL: self.model.name, containers.LABEL_VERSION: "1"})
        return labels

    def label_words(self, model=True):
        return [word for pair in sorted(self.labels(model).items()) for word in ("--label", "%s=%s" % pair)]

    def check_run(self):
        maker = containers.Plain(Engine(), self.settings, self.names)
        maker.start_model(1, self.built, self.model)
        maker.start_front(self.built, "/program")
        looked, network, model, front, copy, start = self.recorder.starts()
        name = "dolphinml-" + self.settings.name
        assert looked == ["network", "inspect", name]
        assert network == ["network", "create", name] + self.label_words(False)
        told = [word for key, value in sorted(self.built.environment(self.settings).items())
                for word in ("--env", "%s=%s" % (key, value))]
        assert model == (
            ["run", "--detach", "--name", name + "-1", "--network", name, "--restart", self.settings.restart_policy]
            + self.label_words() + told
            + (["--cpus", "0.5"] if self.request["cpuLimit"] else [])
            + (["--memory", str(500 << 20)] if self.request["memoryLimit"] else [])
            + ["--health-cmd", containers.health_command(8000), "--health-interval", "10s", "--health-timeout", "10s",
               "--health-retries", "3", "--health-start-period", "600s"]
            + self.request["runOptions"] + ["dolphinml/m:1"])
        assert front[-3:] == ["dolphinml/m:1", containers.FRONT_PROGRAM, "serve"]
        assert front[:5] == ["create", "--name", name + "-front", "--network", name]
        assert copy == ["cp", "/program/.", "%s-front:%s" % (name, containers.PROGRAM)] and start == ["start", name + "-front"]

    def check_build(self):
        console = SimpleNamespace(line=lambda *words: None)
        labels = {"model": self.model.name}
        image._run_build(SimpleNamespace(console=console), self.settings, Engine(), "dolphinml/m:1", labels, "/context")
        assert self.recorder.starts() == [
            ["build", "--tag", "dolphinml/m:1", "--force-rm"] + self.request["buildOptions"]
            + ["--label", "model=" + self.model.name, "/context"]]

    def check_dockerfile(self):
        """A line of its own for the base and each build argument, and nothing else."""
        written = image.adapted(DOCKERFILE, self.settings.base_image, self.settings.build_options).split("\n")
        base = self.request["baseImage"] or "python:3.11-slim"
        assert written[0] == "FROM " + base and written[-2:] == ["RUN pip install mlflow", ""]
        assert re.fullmatch(r"[^\s]+", base)
        assert all(re.fullmatch(r"ARG [A-Za-z_][A-Za-z0-9_]*", line) for line in written[1:-2])

    def check_compose(self):
        yaml = pytest.importorskip("yaml")
        maker = compose.Composed(Engine(), self.settings, self.names, str(self.directory))
        maker.start_model(1, self.built, self.model)
        version, _, up = self.recorder.starts()
        assert version == ["compose", "version"]
        assert up == ["compose", "--project-name", compose.project("dolphinml-" + self.settings.name), "--file",
                      compose.NEXT_FILE_NAME, "up", "--detach", "--no-deps", "--no-recreate", "model-1"]
        written = yaml.safe_load((self.directory / compose.NEXT_FILE_NAME).read_text(encoding="utf-8"))
        made = interpolated(written)["services"]["model-1"]
        assert made["labels"] == self.labels()
        assert made["environment"] == self.built.environment(self.settings)
        assert made["container_name"] == "dolphinml-%s-1" % self.settings.name
        assert made["healthcheck"]["test"] == ["CMD-SHELL", containers.health_command(8000)]


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
    arrived = refused = 0
    with nothing_else_ran(tmp_path):
        for texts in cases("docker"):
            request = drawn(texts)
            try:
                tried = Tried(request, tmp_path, recorder)
            except TaskFailure as failure:
                assert failure.block and all(is_refusal(line, FIELDS) for line in failure.block), failure.block
                assert recorder.starts() == []
                refused += 1
                continue
            tried.check_run()
            tried.check_build()
            tried.check_dockerfile()
            tried.check_compose()
            arrived += 1
    print("%d cases arrived, %d were refused" % (arrived, refused))
    assert arrived > refused / 4
