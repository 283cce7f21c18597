# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Secrets that nodes name: their values are in no file and no log of a real server, and a missing one stops a task early."""

import json
import uuid

import pytest

from dsharness import notebooks
from dsharness.workflow import Workflow, data, notebook

SECRET = "s3cret-" + uuid.uuid4().hex

CELL = """
import glob
assert password.startswith('s3cret-') and more['inner'] == [password] and pin == password
print('the password is', password)
print('left to read:', [name for name in glob.glob('.dolphinml-*/private/request.json')])
"""


@pytest.fixture(scope="module")
def ran(run, place, environment, dvc, secrets):
    (secrets / "warehouse").mkdir(mode=0o700)
    (secrets / "warehouse" / "password").write_text(SECRET + "\n")
    reads = notebooks.save(place / "reads.ipynb", notebooks.cell("password = pin = ''\nmore = {}", "parameters"), CELL)
    misses = notebooks.save(place / "misses.ipynb", notebooks.cell("x = ''", "parameters"), "open(%r, 'w')" % str(place / "ran"))
    (place / "requirements.txt").write_text("six==1.16.0\n")
    (place / "parameters.yaml").write_text("a: secret:in/file\n")
    others = "-p y secret:env:NOT_THERE -y '{z: [secret:in/yaml]}' -f '%s'" % (place / "parameters.yaml")
    named = {"password": {"secret": "warehouse/password"}, "more": {"inner": ["secret:warehouse/password"]}}
    return run(
        Workflow(
            "secrets",
            [
                notebook(
                    "reads",
                    reads,
                    place / "reads-out.ipynb",
                    str(environment),
                    json.dumps(named),
                    fields={"others": "-p pin secret:warehouse/password"},
                ),
                notebook(
                    "misses",
                    misses,
                    place / "misses-out.ipynb",
                    str(place / "requirements.txt"),
                    json.dumps({"x": {"secret": "warehouse/pasword"}}),
                    fields={"others": others},
                ),
                data(
                    "git",
                    "Download",
                    "http://127.0.0.1:1/data.git",
                    fields={
                        "gitPassword": "secret:git/token",
                        "dvcDataLocation": "a",
                        "dvcLoadSaveDataPath": "b",
                        "environment": str(dvc),
                    },
                ),
            ],
        )
    )


def test_the_notebook_gets_the_value_and_the_log_its_name(ran):
    assert ran.task("reads")["state"] == "SUCCESS", ran.lines("reads")
    lines = ran.lines("reads")
    assert "Secrets read: warehouse/password" in lines and "  | the password is ******" in lines, lines
    assert "  | left to read: []" in lines


def test_the_value_is_in_no_file(ran, work, secrets):
    read = [path for path in work.rglob("*") if path.is_file() and not path.is_symlink() and "home" not in path.parts]
    assert [path for path in read if SECRET.encode("ascii") in path.read_bytes()] == [secrets / "warehouse" / "password"]


def test_what_is_missing_is_said_before_an_environment_is_built(ran, place, secrets):
    assert ran.task("misses")["state"] == "FAILURE"
    parameters, *others = ran.lines("misses")[-4:]
    assert parameters.startswith(
        "parameters: the secret warehouse/pasword cannot be read from %s as user " % (secrets / "warehouse" / "pasword")
    ), ran.lines("misses")
    assert others[0].startswith("others: there is no environment variable NOT_THERE for the secret env:NOT_THERE; ")
    assert [line.split(" cannot")[0] for line in others[1:]] == ["others: the secret in/yaml", "others: the secret in/file"]
    assert "building it" not in ran.log("misses") and not (place / "ran").exists()


def test_a_missing_token_is_reported_before_git_runs(ran):
    assert ran.task("git")["state"] == "FAILURE"
    assert ran.lines("git")[-1].startswith("dvc.gitPassword: the secret git/token cannot be read from "), ran.lines("git")
