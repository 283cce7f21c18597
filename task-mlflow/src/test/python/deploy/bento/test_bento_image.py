# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""mlflow.bentoBuild where a Docker engine answers: the image that BentoML makes of a Bento."""

import json
import os
import time

import pytest
from conftest import predict
from docker_engine import base_image, docker  # noqa: F401

pytest.importorskip("bentoml", reason="NO BENTOML: its images are not tested in this environment")

pytestmark = pytest.mark.bentoml

SERVICE = """
import bentoml

@bentoml.service
class Own:
    @bentoml.api(route="/invocations")
    def invocations(self, inputs: list) -> dict:
        return {"predictions": ["own"]}
"""
#: Without the packages that BentoML's own Dockerfile installs: they take minutes.
DOCKERFILE = """
{% extends bento_base_template %}
{% block SETUP_BENTO_COMPONENTS %}
COPY . ./
{% endblock %}
"""


@pytest.fixture
def folder(tmp_path):
    """A service with a name of its own; its images are removed afterwards."""
    name = "test-%d-%d" % (os.getpid(), time.monotonic_ns() % 10**9)
    folder = tmp_path / name
    folder.mkdir()
    (folder / "service.py").write_text(SERVICE)
    (folder / "Dockerfile.jinja").write_text(DOCKERFILE)
    yield folder
    for image in set(docker("image", "ls", "--quiet", name).split()):
        docker("image", "rm", "--force", image)


def test_an_image_is_made_or_what_docker_said_is_in_the_log(deployer, port, folder, base_image, tmp_path):
    def build(image):
        (folder / "bentofile.yaml").write_text(
            json.dumps(
                {
                    "service": "service:Own",
                    "name": folder.name,
                    "include": ["service.py"],
                    "docker": {"base_image": image, "dockerfile_template": "Dockerfile.jinja"},
                }
            )
        )
        run = deployer.start(
            model="models:/answers/1",
            port=port,
            name="it",
            bento={"service": str(folder), "build": True},
            buildOptions=["--network", "host", "--label", "team=risk"],
            environment={"BENTOML_HOME": str(tmp_path / "users"), "DOCKER_BUILDKIT": "0"},
        ).finish()
        assert run.report["status"] == "success", run.log
        return run

    run = build(base_image)
    made = run.report["outputs"]["mlflow.bento_image"]
    assert made == run.report["outputs"]["mlflow.bento_tag"]
    assert json.loads(docker("image", "inspect", made))[0]["Config"]["Labels"]["team"] == "risk"
    assert docker("run", "--rm", "--entrypoint", "cat", made, "src/service.py") == SERVICE.strip()

    run = build("localhost:1/nosuch:1")
    assert "mlflow.bento_image" not in run.report["outputs"]
    assert "WARNING The Bento is built, but BentoML could not make a container image of it" in run.log
    assert "localhost:1/nosuch" in run.log.partition("WARNING The Bento is built")[0]
    assert predict(port) == ["own"]
