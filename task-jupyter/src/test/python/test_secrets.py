# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Secret parameters: the kernel gets them, and nothing that people read does."""

import base64

import pytest
from conftest import cell

from dolphinml.common import user

SECRET = "s3cr\"et\\ it's 中文"
PLAIN = "hush-hush-4711"


@pytest.mark.parametrize("fails", [False, True])
def test_a_secret_is_nowhere_but_in_the_kernel(runner, fails):
    ended = runner.run(
        cell("password = ''\npin = 0", "parameters"),
        cell("import hashlib\nprint('length', len(password), pin + 1)\nprint('it is', password)\nprint(repr(password))"),
        cell("raise ValueError('wrong: ' + password)" if fails else "{'p': password}"),
        parameters={"password": SECRET, "pin": 123456},
        secretParameters=["password", "pin"],
        secrets=[SECRET, "123456"],
        report="html",
    )
    assert ended.code == (1 if fails else 0), ended.log
    assert "length %d 123457" % len(SECRET) in ended.log
    notebook = runner.output.read_text(encoding="utf-8")
    report = (runner.directory / "out.html").read_text(encoding="utf-8") if (runner.directory / "out.html").exists() else ""
    for text in (ended.log, notebook, report, str(ended.report)):
        for part in ("s3cr", "123456,", "= 123456\n"):
            assert part not in text
    assert "******" in notebook and "******" in ended.log


def test_the_request_is_gone_as_soon_as_it_is_read(runner):
    ended = runner.run(cell("import glob; print(glob.glob('control-*/request.json'))"))
    assert "  | []" in ended.lines


WORDS = ["password", "token", "key"]
CHECKED = "print('length', len(db_password))\nprint(db_password)"


@pytest.mark.parametrize(
    "options",
    [
        ["-p", "db_password", PLAIN],
        ["-pdb_password", PLAIN],
        ["--parameters", "db_password", PLAIN],
        ["-rdb_password", PLAIN],
        ["-y", "db_password: " + PLAIN],
        ["--parameters_yaml=db_password: " + PLAIN],
        ["-b", base64.b64encode(b"db_password: " + PLAIN.encode()).decode()],
        ["-f", "parameters.yaml"],
        ["-p", "db_password", "secret:warehouse/password"],
        ["-y", "db_password: secret:warehouse/password"],
        ["-f", "references.yaml"],
    ],
    ids=lambda options: " ".join(options)[:24],
)
def test_a_secret_among_the_options_is_found_however_it_is_written(runner, options):
    (runner.directory / "parameters.yaml").write_text("db_password: %s\n" % PLAIN)
    (runner.directory / "references.yaml").write_text("db_password: 'secret:warehouse/password'\n")
    ended = runner.run(
        cell("db_password = ''", "parameters"),
        cell(CHECKED),
        others=options,
        secretWords=WORDS,
        secretsDirectory=secrets_directory(runner, PLAIN),
    )
    assert ended.code == 0, ended.log
    assert "length %d" % len(PLAIN) in ended.log
    assert PLAIN not in ended.log and PLAIN not in runner.output.read_text()


def test_a_reference_inside_a_typed_value_is_read(runner):
    ended = runner.run(
        cell("login = {}", "parameters"),
        cell("print(len(login['pin'][0]), login)"),
        others=["-y", "login: {user: me, pin: ['secret:warehouse/password']}"],
        secretsDirectory=secrets_directory(runner, PLAIN),
    )
    assert ended.code == 0, ended.log
    assert "%d {'user': 'me', 'pin': ['******']}" % len(PLAIN) in ended.log
    assert PLAIN not in ended.log and PLAIN not in runner.output.read_text()


def test_a_missing_secret_of_a_file_is_reported_before_anything_else(runner):
    (runner.directory / "parameters.yaml").write_text("db_password: secret:none\n")
    ended = runner.run(
        cell("1"),
        others=["-f", "parameters.yaml"],
        secretsDirectory=secrets_directory(runner, PLAIN),
        secretsInOthers=[{"secretsInFile": "parameters.yaml", "field": "others"}],
    )
    assert ended.code == 1, ended.log
    assert len(ended.lines) == 1 and ended.lines[0].startswith("others: the secret none cannot be read from"), ended.log


@pytest.mark.parametrize("options", [["-y", "db_password: [" + PLAIN], ["-ydb_password: {" + PLAIN]])
def test_options_that_papermill_does_not_take_do_not_tell_a_secret(runner, options):
    ended = runner.run(cell("1"), others=options, secretWords=WORDS)
    assert ended.code == 1 and "others: papermill does not take" in ended.lines[-1] and PLAIN not in ended.log


def test_a_reference_is_read_where_the_notebook_runs(runner):
    runner.needs("nbconvert")
    ended = runner.run(
        cell("db_password = ''\nmore = {}", "parameters"),
        cell(CHECKED + "\nprint(more['pin'], 'pin')"),
        report="html",
        parameters={"db_password": reference("warehouse/password"), "more": {"pin": reference("env:PIN")}},
        secretParameters=["db_password", "more"],
        secretsDirectory=secrets_directory(runner, SECRET + "\nsecond line"),
        environment={"PIN": "4711 4712"},
    )
    assert ended.code == 0, ended.log
    assert "Secrets read: warehouse/password, env:PIN" in ended.lines
    assert "length %d" % len(SECRET + "\nsecond line") in ended.log
    everything = ended.log + runner.output.read_text() + (runner.directory / "out.html").read_text()
    assert "4711 4712" not in everything and "second line" not in everything and "****** pin" in everything


def test_what_is_missing_is_reported_before_a_kernel_starts(runner):
    ended = runner.run(
        cell("open('started', 'w')"),
        parameters={"a": reference("warehouse/pasword"), "b": reference("env:NO_SUCH_VARIABLE")},
        secretsDirectory=secrets_directory(runner, PLAIN),
    )
    assert ended.code == 1 and not (runner.directory / "started").exists()
    assert [line.split(" ")[0] for line in ended.lines] == ["parameters:", "parameters:"], ended.log
    assert ended.report["status"] == "failure" and "warehouse/pasword" in ended.report["error"]


def reference(name):
    return {"secretReference": name, "field": "parameters"}


def secrets_directory(runner, value):
    folder = runner.directory / "secrets" / user.name() / "warehouse"
    folder.mkdir(parents=True)
    (folder / "password").write_text(value + "\n", encoding="utf-8")
    return str(runner.directory / "secrets")
