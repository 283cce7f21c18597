"""The oldest Python and the oldest papermill that the task supports."""

import glob
import json
import os
import shutil
import signal

import pytest

from conftest import PROJECT, cell
from dsharness.waiting import ENOUGH, wait_until
from test_run import EXACT


def old_python():
    """A Python 3.7 or 3.8 of this machine, None without one."""
    for version in ("3.7", "3.8"):
        kept = sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/%s.*/bin/python%s" % (version, version))))
        for candidate in [shutil.which("python" + version)] + kept:
            # A shim of pyenv may lead nowhere.
            if candidate and os.system("%s -c 'import venv, ensurepip' >/dev/null 2>&1" % candidate) == 0:
                return candidate
    return None


@pytest.fixture(scope="module")
def oldest():
    from dsharness.venvs import venv

    python = old_python()
    if python is None:
        pytest.skip("there is no Python 3.7 or 3.8 on PATH or of pyenv")
    return venv(PROJECT / ".ci/requirements-oldest.txt", python) / "bin/python"


@pytest.fixture
def old(runner, oldest):
    runner.python = str(oldest)
    return runner


def test_a_good_run(old):
    names = ", ".join("%r: %s" % (name, name) for name in EXACT)
    ended = old.run(
        cell("\n".join("%s = 0" % name for name in EXACT), "parameters"),
        cell("import json, sys\nprint(json.dumps({%s}))" % names),
        cell("import sys\nversion = list(sys.version_info[:2])", "outputs"),
        cell("print('${setValue(said=a=b)}')"),
        parameters=EXACT, outputs=["version", "said"], report="html", others=["--log-level", "INFO"],
    )
    assert ended.code == 0, ended.log
    assert ", papermill 2.3.0, ipykernel 6." in ended.lines[0]
    assert ended.outputs["version"] in ([3, 7], [3, 8]) and ended.outputs["said"] == "a=b"
    assert json.loads(old.printed().split("${")[0]) == EXACT
    assert "Report: %s" % (old.directory / "out.html") in ended.lines


def test_a_failure_with_a_secret(old):
    ended = old.run(
        cell("token = ''", "parameters"), cell("print('it is', token)\nraise ValueError('boom ' + token)", "train"),
        parameters={"token": "hush-hush-4711"}, secretParameters=["token"], secrets=["hush-hush-4711"], report="html")
    assert ended.code == 1
    assert ended.lines[-1] == "cell 3 of 3: ValueError: boom ******"
    assert "Parameters: token=******" in ended.lines
    page = (old.directory / "out.html").read_text(encoding="utf-8")
    for text in (ended.log, old.output.read_text(encoding="utf-8"), page):
        assert "hush-hush" not in text and "******" in text


def test_a_retry_resumes(old):
    cells = [cell("open('log', 'a').write('load ')", "checkpoint"),
             cell("import os\nif not os.path.exists('repaired'): raise ValueError('boom')")]
    assert old.run(*cells).code == 1
    (old.directory / "repaired").touch()
    ended = old.run(*cells)
    assert ended.code == 0, ended.log
    assert (old.directory / "log").read_text() == "load "


def test_a_dead_kernel(old):
    ended = old.run(cell("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"))
    assert ended.code == 1
    assert "the kernel died by signal 9, probably out of memory: the largest process had " in ended.lines[-1]


def test_a_kill_leaves_nothing(old):
    process = old.start(cell("import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
                             "open('started', 'w').close()\ntime.sleep(900)"))
    wait_until((old.directory / "started").exists, 300)
    process.send_signal(signal.SIGTERM)
    assert old.finish(process, ENOUGH).code == 143
    assert old.living() == []
