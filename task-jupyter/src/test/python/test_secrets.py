"""Secret parameters: the kernel gets them, and nothing that people read does."""

import pytest

from conftest import cell

SECRET = "s3cr\"et\\ it's 中文"


@pytest.mark.parametrize("fails", [False, True])
def test_a_secret_is_nowhere_but_in_the_kernel(runner, fails):
    ended = runner.run(
        cell("password = ''\npin = 0", "parameters"),
        cell("import hashlib\nprint('length', len(password), pin + 1)\nprint('it is', password)\nprint(repr(password))"),
        cell("raise ValueError('wrong: ' + password)" if fails else "{'p': password}"),
        parameters={"password": SECRET, "pin": 123456}, secretParameters=["password", "pin"],
        secrets=[SECRET, "123456"], report="html",
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
