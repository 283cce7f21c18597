# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The keeper in the worker's process tree, the script outside of it, and what happens to each when the other ends."""

import os
import shutil
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "integration-tests/harness"))

from dsharness.processes import living  # noqa: E402
from dsharness.waiting import wait_until  # noqa: E402

SHELL = Path(__file__).resolve().parents[2] / "main/resources/dolphinml/shell"

#: Says where it is, saves when it is stopped, and counts how often.
SAVES = """
import os, signal, sys, time
asked = []
def ask(number, frame):
    asked.append(number)
    print("asked %d" % len(asked), flush=True)
signal.signal(signal.SIGTERM, ask)
print("begun", flush=True)
while not asked:
    time.sleep(0.02)
time.sleep(0.5)
print("saved after %d" % len(asked), flush=True)
sys.exit(143)
"""

#: Starts a process that leaves its session, and none of them wants to end.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen(["setsid", sys.executable, "-c",
                  "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(900)"])
print("begun", flush=True)
time.sleep(900)
"""

#: Stands for the worker: starts its arguments and waits.
WORKER = """
import subprocess, sys
subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL).wait()
"""

SUDO = ["sudo", "-n", "-u", "nobody"]


def can_sudo():
    return os.getuid() == 0 and shutil.which("sudo") and subprocess.call(SUDO + ["true"]) == 0


def unignore():
    """A signal that a process ignores from its start cannot be trapped in bash; CI may run tests in the background."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Run:
    """A script under its keeper, as the worker's shell starts it."""

    def __init__(self, directory, before=()):
        self.marker = str(uuid.uuid4())
        self.directory = directory
        self.before = list(before)
        self.process = None
        self.private = directory / "private"
        for name in ("keeper.sh", "supervisor.sh", "stop_run.sh"):
            shutil.copy(SHELL / name, directory / name)

    def start(self, script):
        self.private.mkdir()
        (self.private / "run.sh").write_text(script)
        if self.before:
            self.private.chmod(0o777)
            self.directory.chmod(0o777)
        command = ["bash", str(self.directory / "keeper.sh"), self.marker, str(self.private / "run.sh")]
        self.process = subprocess.Popen(
            self.before + command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            preexec_fn=unignore,
        )
        return self

    def python(self, code):
        (self.directory / "program.py").write_text(code)
        self.start("exec %s %s" % (sys.executable if not self.before else "python3", self.directory / "program.py"))
        assert self.process.stdout.readline() == "begun\n"
        return self

    def parts(self):
        """The processes of the keeper, the supervisor and its watcher."""
        return shell_processes(str(self.directory))

    def wait_for_nothing(self):
        wait_until(lambda: not living("DOLPHINML_RUN=" + self.marker) and not self.parts(), what="nothing is left")

    def end(self):
        """What was printed since, and the exit code."""
        printed, _ = self.process.communicate(timeout=90)
        return printed.split("\n")[:-1], self.process.returncode


def shell_processes(directory):
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().decode("utf-8", "replace").split("\0") if entry.name.isdigit() else []
            if len(words) > 1 and words[0] == "bash" and words[1].startswith(directory + "/"):
                found.append((int(entry.name), words))
        except OSError:
            continue
    return found


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path)
    yield run
    for pid in living("DOLPHINML_RUN=" + run.marker) | {pid for pid, _ in run.parts()}:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass


def tree(pid):
    """The process ids that DolphinScheduler would kill: what pstree finds below a process."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = {pid}
    while True:
        more = {child for child, parent in parents.items() if parent in found} - found
        if not more:
            return found
        found |= more


@pytest.mark.parametrize(
    "script, code",
    [("exit 0", 0), ("exit 7", 7), ("kill -KILL $$", 137), ("kill -TERM $$", 143), ("exec no-such-program 2> /dev/null", 127)],
)
def test_the_exit_code_is_the_scripts(run, script, code):
    printed, ended = run.start("echo first\n%s\n" % script).end()
    assert (printed, ended) == (["first"], code)
    run.wait_for_nothing()


def test_all_that_is_printed_arrives_in_order(run):
    printed, code = run.start("for i in {1..3000}; do echo out $i; echo err $i >&2; done\nprintf 'the end\\n'").end()
    assert printed == [word % i for i in range(1, 3001) for word in ("out %d", "err %d")] + ["the end"]
    assert code == 0


def test_the_script_is_marked_and_starts_like_any_other(run):
    """No signal is ignored that would not be without the keeper, nothing of the keeper's is open, nothing can be read."""
    probe = (
        "import os, signal; print(os.environ['DOLPHINML_RUN'],"
        " [int(n) for n in signal.valid_signals() if signal.getsignal(n) is signal.SIG_IGN],"
        " sorted(set(map(int, os.listdir('/proc/self/fd'))) & {7, 8, 9}), os.read(0, 1))"
    )
    ours, _ = run.start("exec %s -c %r" % (sys.executable, probe)).end()
    (run.directory / "plain.sh").write_text("exec %s -c %r" % (sys.executable, probe))
    plain = subprocess.run(
        ["bash", str(run.directory / "plain.sh")],
        env={**os.environ, "DOLPHINML_RUN": run.marker},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        universal_newlines=True,
        preexec_fn=unignore,
    )
    assert ours == plain.stdout.split("\n")[:-1]


def test_a_kill_of_the_whole_tree_finds_the_keeper_alone_and_the_program_saves(run):
    run.python(SAVES)
    victims = tree(run.process.pid)
    assert victims == {run.process.pid}
    os.kill(run.process.pid, signal.SIGKILL)
    printed, code = run.end()
    assert (printed, code) == (["asked 1", "saved after 1"], -signal.SIGKILL)
    run.wait_for_nothing()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_keeper_that_gets_a_signal_lets_the_program_save_and_waits_for_it(run, number):
    run.python(SAVES)
    os.kill(run.process.pid, number)
    assert run.end() == (["asked 1", "saved after 1"], 143)
    run.wait_for_nothing()


def test_what_does_not_end_is_killed_with_all_that_left_its_session(run):
    run.python(STUBBORN)
    wait_until(lambda: len(living("DOLPHINML_RUN=" + run.marker)) == 2)
    os.kill(run.process.pid, signal.SIGKILL)
    run.wait_for_nothing()


def test_a_supervisor_that_is_gone_ends_keeper_and_program(run):
    run.python(STUBBORN)
    pids = {pid for pid, _ in run.parts()}
    supervisor = next(pid for pid in pids - {run.process.pid} if tree(pid) & pids != {pid})
    os.kill(supervisor, signal.SIGKILL)
    assert run.end()[1] == 137
    run.wait_for_nothing()


def test_who_is_meant_to_stay_stays(run):
    printed, code = run.start("setsid sleep 900 > /dev/null 2>&1 &\necho done").end()
    assert (printed, code) == (["done"], 0)
    wait_until(lambda: not run.parts())
    assert len(living("DOLPHINML_RUN=" + run.marker)) == 1


@pytest.mark.parametrize("before", [[], SUDO, ["sudo", "-n"] + SUDO], ids=["own user", "tenant", "sudo twice"])
def test_a_lost_worker_stops_the_program(tmp_path, before):
    if before and not can_sudo():
        pytest.skip("needs root and sudo to run as another user")
    run = Run(tmp_path, [sys.executable, "-c", WORKER] + before)
    for folder in list(tmp_path.parents)[:2]:
        folder.chmod(0o755)
    run.python(SAVES)
    os.kill(run.process.pid, signal.SIGKILL)
    assert run.end()[0] == ["asked 1", "saved after 1"]
    run.wait_for_nothing()
    assert not run.private.exists()


def test_what_the_worker_still_reads_stays(run):
    run.start("exit 0").end()
    run.wait_for_nothing()
    assert run.private.exists()


def test_the_program_stays_in_the_control_groups_of_the_keeper(run):
    """So the limits of `systemd-run --scope`, which are those of a control group, hold for it."""
    own = Path("/proc/self/cgroup").read_text()
    printed, _ = run.start("exec cat /proc/self/cgroup").end()
    assert "\n".join(printed) + "\n" == own
