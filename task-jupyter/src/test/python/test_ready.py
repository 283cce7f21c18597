# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Kernels that are forked from a parent: they are the task's own in all that counts, and nothing of them is left."""

import ast
import ctypes.util
import glob
import json
import os
import resource
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest
from conftest import ROOTS, Runner, cell
from test_stop import CELLS, LONG, started

from dsharness.processes import alive, signal_all
from dsharness.waiting import ENOUGH, wait_until

READY = "The kernel was ready, with "
LEFT_OUT = "WARNING readyKernels.libraries: %s is not imported before the notebook does: "
STAMPED = "VALUE = %d\n"

# Libraries that a kernel cannot have from before its fork, and why.
UNFIT = {
    "own_threads": (
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()",
        "it leaves threads running, which a fork does not have.",
    ),
    "own_child": ("import subprocess\nsubprocess.Popen(['setsid', 'sleep', '%s'])" % LONG, "it leaves processes running, which"),
    "own_file": ("file = open(__file__)", "it leaves files open, which all kernels would share: "),
    "own_device": (
        "import os\ndevice = os.open('/dev/ptmx', os.O_RDWR | os.O_NOCTTY)",
        "it leaves files open, which all kernels would share: /dev/",
    ),
    "own_end": ("import os\nos._exit(3)", "its import ends the process with exit code 3."),
    "own_crash": ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "its import crashes by signal 11."),
    "own_shell": ("shell = get_ipython()", "it keeps the notebook's shell from its import."),
    "own_events": ("get_ipython().events.register('x', print)", "it uses the notebook's events when it is imported."),
    "own_stream": ("import io, sys\nsys.stdout = io.StringIO()", "it replaces sys.stdout, "),
}

# One that sees at its import where it is.
ATTENTIVE = """
import logging, multiprocessing.process, os, sys, warnings
os.register_at_fork(after_in_child=lambda: warnings.warn("as Polars does"))
class AsAbsl(logging.StreamHandler):
    # A kernel closes the handlers that it finds when it starts.
    def close(self):
        if self.stream not in (sys.stderr, sys.__stderr__):
            self.stream.close()
        super().close()
logging.getLogger("own").addHandler(AsAbsl())
os.environ["OWN_VARIABLE"] = "set"
IN_NOTEBOOK = hasattr(get_ipython(), "kernel"), "IPKernelApp" in get_ipython().config
BACKEND = os.environ.get("MPLBACKEND", "").rpartition(".")[2]
"""


class ReadyRunner(Runner):
    """Runs with ready kernels, whose parents are in a folder of their own."""

    def __init__(self, directory, parents, libraries=(), idle=600):
        super().__init__(directory)
        self.parents = parents
        self.wanted = {"libraries": list(libraries), "idleSeconds": idle}
        self.environment = {"TMPDIR": str(parents), "PYTHONPATH": str(parents / "modules")}

    def start(self, *cells, **request):
        environment = dict(self.environment, **request.pop("environment", {}))
        return super().start(*cells, environment=environment, readyKernels=self.wanted, **request)

    def sockets(self):
        return glob.glob(str(self.parents / "dolphinml-ready-*/*/socket"))

    def parent(self):
        """The process id of the only parent."""
        (path,) = self.sockets()
        return process_of(path)

    def warm_up(self):
        """Two runs, the second of which starts the parent."""
        for _ in range(2):
            ended = self.run(cell("1"))
            assert ended.code == 0 and READY not in ended.log, ended.log
        wait_until(self.sockets, what="a parent listens")
        # As a worker removes a task's directory.
        for control in self.directory.glob("control-*"):
            shutil.rmtree(str(control))
        return self


def process_of(path):
    """The parent that listens at a path."""
    return int(Path(path).with_name("lock").read_text())


@pytest.fixture(scope="module")
def parents():
    """A folder for parents, with modules for them to import."""
    folder = Path(tempfile.mkdtemp(prefix="ready-"))
    (folder / "modules").mkdir()
    for name, (source, _) in UNFIT.items():
        (folder / "modules" / (name + ".py")).write_text(source)
    (folder / "modules/own_attentive.py").write_text(ATTENTIVE)
    (folder / "modules/own_stamp.py").write_text(STAMPED % 1)
    yield folder
    signal_all([process_of(path) for path in glob.glob(str(folder / "dolphinml-ready-*/*/socket"))])
    shutil.rmtree(str(folder))


@pytest.fixture(scope="module")
def warm(parents, tmp_path_factory):
    """What a run needs to find the one parent that the tests share."""
    made = ReadyRunner(tmp_path_factory.mktemp("warm"), parents, ["own_stamp", *UNFIT, "own_missing", "own_attentive", "yaml"])
    return made.warm_up()


@pytest.fixture
def ready(warm, tmp_path):
    made = ReadyRunner(tmp_path, warm.parents, warm.wanted["libraries"])
    yield made
    signal_all(made.living())


def printed(runner, *cells, **request):
    ended = runner.run(*cells, **request)
    assert ended.code == 0, ended.log
    assert READY in ended.log and "The kernel died" not in ended.log, ended.log
    return runner.printed()


def test_what_is_imported_and_what_is_not(ready):
    ended = ready.run(cell("import sys\nprint([name in sys.modules for name in ('own_stamp', 'own_threads', 'dolphinml')])"))
    assert READY + "own_stamp, own_attentive, yaml imported." in ended.log
    for name, (_, why) in UNFIT.items():
        assert LEFT_OUT % name + why in ended.log, ended.log
    assert os.popen("pgrep -f '[s]leep %s'" % LONG).read() == ""
    assert LEFT_OUT % "own_missing" + "ModuleNotFoundError" in ended.log
    assert ready.printed() == "[True, False, False]\n"
    assert "as Polars does" not in Path(ready.sockets()[0]).with_name("log").read_text()


def left_out(tmp_path, source, before=""):
    """Why a library with this source is left out."""
    (tmp_path / "own_library.py").write_text(source)
    imports = "from dolphinml.jupyter import ready_libraries as r\n%s\nprint(r.import_all(['own_library']))" % before
    paths = [str(root.parent) for root in ROOTS] + [str(tmp_path)]
    variables = dict(os.environ, PYTHONPATH=os.pathsep.join(paths))
    done = subprocess.run([Runner(tmp_path).python, "-c", imports], env=variables, stdout=subprocess.PIPE, check=True)
    return ast.literal_eval(done.stdout.decode())["own_library"]


def test_an_import_that_hangs(tmp_path):
    why = left_out(tmp_path, "import time\ntime.sleep(900)", "r.SECONDS_FOR_AN_IMPORT = 1")
    assert why == "its import takes more than 1 s"


# What PyTorch, XGBoost and LightGBM compute with. A fork waits forever for threads that it does not have.
OPENMP = """
import ctypes
TEAM = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(lambda data: None)
ctypes.CDLL("%s").GOMP_parallel(TEAM, None, 3, 0)
"""


@pytest.mark.skipif(not ctypes.util.find_library("gomp"), reason="SKIPPED: this machine has no libgomp")
def test_a_library_that_computes_with_openmp_at_its_import(tmp_path):
    why = left_out(tmp_path, OPENMP % ctypes.util.find_library("gomp"))
    assert why == "it leaves threads running, which a fork does not have"


def test_a_library_finds_at_its_import_what_it_finds_in_a_kernel(ready):
    shows = (
        "import own_attentive, logging, multiprocessing.process, os\n"
        "logging.getLogger('own').warning('in the notebook')\n"
        "print(os.environ['OWN_VARIABLE'], own_attentive.IN_NOTEBOOK, own_attentive.BACKEND)\n"
        "print(multiprocessing.process.ORIGINAL_DIR == os.getcwd())"
    )
    in_ready = printed(ready, cell(shows))
    assert in_ready == "in the notebook\nset (True, True) backend_inline\nTrue\n"
    ready.wanted = None
    ended = ready.run(cell(shows))
    assert READY not in ended.log and ready.printed() == in_ready


CIRCUMSTANCES = """
import json, os, re, resource, signal, sys, threading, __main__
own = "DOLPHINML_RUN", "JPY_PARENT_PID", "OWN_VARIABLE"
environment = {name: value for name, value in os.environ.items() if name not in own}
umask = os.umask(0o22)
os.umask(umask)
print(json.dumps({
    "directory": os.getcwd(),
    "path": sys.path,
    "argv": sys.argv[0],
    "environment": environment,
    "limits": [resource.getrlimit(each) for each in range(16)],
    "signals": [str(signal.getsignal(each)).partition(" at ")[0] for each in range(1, 32)],
    "umask": umask,
    "files": sorted(re.sub("[0-9]+", "", os.readlink("/proc/self/fd/%d" % each)) for each in range(1, 100)
                    if os.path.islink("/proc/self/fd/%d" % each)),
    "leader": [os.getsid(0) == os.getpid(), os.getpgrp() == os.getpid()],
    "threads": sorted(thread.name.partition("-")[0] for thread in threading.enumerate()),
    "main": sorted(name for name in vars(__main__) if not name.startswith("_")),
    "parent_poller": os.environ["JPY_PARENT_PID"] == str(os.getppid()),
}))
"""


def test_the_circumstances_are_those_of_a_kernel_that_is_started(ready):
    in_ready = json.loads(printed(ready, cell(CIRCUMSTANCES)))
    ready.wanted = None
    ended = ready.run(cell(CIRCUMSTANCES))
    assert READY not in ended.log
    assert in_ready == json.loads(ready.printed())


def test_it_carries_the_marker_of_the_task(ready):
    shows = (
        "import os\n"
        "environ = open('/proc/self/environ').read().split(chr(0))\n"
        "print([each for each in environ if each.startswith('DOLPHINML_RUN=')])\n"
        "print(os.environ['DOLPHINML_RUN'], os.popen('echo $DOLPHINML_RUN').read().strip())"
    )
    assert printed(ready, cell(shows)) == "[%r]\n%s %s\n" % (ready.entry, ready.run_id, ready.run_id)


def test_nothing_is_shared(ready, tmp_path):
    spoils = cell("import json, own_stamp, random\njson.left = own_stamp.VALUE = 7\nprint(random.random())")
    looks = cell("import json, own_stamp, random\nprint(hasattr(json, 'left'), own_stamp.VALUE)\nprint(random.random())")
    first = printed(ready, spoils)
    second = printed(ready, looks).split("\n")
    assert second[0] == "False 1"
    assert second[1] != first.strip()


def test_numbers_are_not_the_same_in_all_kernels(parents, tmp_path):
    runner = ReadyRunner(tmp_path, parents, ["numpy", "own_stamp"])
    runner.needs("numpy")
    computes = cell("import numpy\nprint(numpy.random.rand(), (numpy.ones((400, 400)) @ numpy.ones((400, 400)))[0, 0])")
    others = set(runner.sockets())
    for _ in range(2):
        assert runner.run(computes).code == 0
    wait_until(lambda: set(runner.sockets()) - others, what="another parent listens")
    numbers = {printed(runner, computes) for _ in range(3)}
    assert len(numbers) == 3
    assert {each.split()[1] for each in numbers} == {"400.0"}
    (path,) = set(runner.sockets()) - others
    os.unlink(path)
    wait_until(lambda: not alive(process_of(path)))


@pytest.mark.parametrize("name", CELLS)
def test_nothing_is_left_of_a_stopped_run(ready, name):
    process = ready.start(cell("print('saved')"), cell(CELLS[name]))
    started(ready)
    assert len(ready.living()) >= 3
    process.send_signal(signal.SIGTERM)
    ended = ready.finish(process, ENOUGH)
    assert READY in ended.log and ended.code == 143, ended.log
    assert ready.living() == []
    assert "saved" in ready.printed()
    assert os.popen("pgrep -f '[s]leep %s'" % LONG).read() == ""
    wait_until(ready.parent)


def test_the_worker_finds_all_of_a_run(ready):
    """The worker's own search, which kills what a program has not ended."""
    process = ready.start(cell(CELLS["daemon"]))
    started(ready)
    stop = ROOTS[0] / "shell/stop_run.sh"
    with open(str(stop)) as script:
        done = subprocess.run(["bash", "-s", "--", ready.run_id, "0"], stdin=script, stdout=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.stdout
    process.communicate()
    assert ready.living() == []
    assert os.popen("pgrep -f '[s]leep %s'" % LONG).read() == ""
    wait_until(ready.parent)


def test_a_run_that_is_killed_takes_its_kernel_along(ready):
    process = ready.start(cell(CELLS["ignores"]))
    started(ready)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    wait_until(lambda: not ready.living(), what="the kernel has ended")


def test_a_run_that_is_killed_takes_all_along_that_its_kernel_has_left(ready):
    leaves = "import subprocess\nsubprocess.run(['bash', '-c', 'env -i setsid nohup sleep %s >/dev/null 2>&1 &'])" % LONG
    process = ready.start(cell(leaves), cell(CELLS["ignores"]))
    started(ready)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    wait_until(lambda: not ready.living() and not os.popen("pgrep -f '[s]leep %s'" % LONG).read(), what="all has ended")


def test_what_cells_leave_behind_is_ended_with_a_good_run(ready):
    leaves = "import subprocess\nsubprocess.run(['bash', '-c', 'env -i setsid nohup sleep %s >/dev/null 2>&1 &'])" % LONG
    assert printed(ready, cell(leaves)) == ""
    assert ready.living() == []
    assert os.popen("pgrep -f '[s]leep %s'" % LONG).read() == ""


def test_unless_the_node_wants_to_keep_it(ready):
    printed(ready, cell("import subprocess; subprocess.Popen(['setsid', 'sleep', '900'])"), keepProcesses=True)
    wait_until(lambda: [open("/proc/%d/cmdline" % pid).read() for pid in ready.living()] == ["sleep\0900\0"])


def test_why_a_kernel_has_died(ready):
    fills = "data = bytearray(300 << 20)\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
    ended = ready.run(cell(fills))
    assert READY in ended.log and ended.code == 1, ended.log
    assert "the kernel died by signal 9 (SIGKILL)" in ended.lines[-1]
    size = ended.lines[-1].partition("the largest process had ")[2].split()
    assert 300 <= int(size[0]) < 600 and size[1].startswith("MB"), ended.lines[-1]


def test_a_holder_that_is_killed(ready):
    kills = "import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(900)"
    ended = ready.run(cell(kills))
    assert ended.code == 1 and "the kernel died" in ended.lines[-1], ended.log
    assert ready.living() == []


def test_other_limits_get_no_kernel_of_this_parent(ready):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    shows = cell("import resource\nprint(resource.getrlimit(resource.RLIMIT_NOFILE)[0])")
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    try:
        ended = ready.run(shows)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, soft)
    assert ended.code == 0 and READY not in ended.log, ended.log
    assert ready.printed() == "200\n"


def test_another_environment_gets_no_kernel_of_this_parent(ready):
    ended = ready.run(cell("import os\nprint(os.environ['OMP_NUM_THREADS'])"), environment={"OMP_NUM_THREADS": "3"})
    assert ended.code == 0 and READY not in ended.log, ended.log
    assert ready.printed() == "3\n"


def test_another_tenant_gets_no_kernel_of_this_parent(ready):
    ended = ready.run(cell("1"), task={"tenant": "mallory"})
    assert ended.code == 0 and READY not in ended.log, ended.log


def test_a_module_in_the_working_directory_comes_first(ready):
    (ready.directory / "yaml.py").write_text(STAMPED % 9)
    (ready.directory / "code.py").write_text(STAMPED % 9)
    ended = ready.run(cell("import yaml\nprint(yaml.VALUE)"))
    assert ended.code == 0 and "No kernel was ready: yaml.py in the working directory" in ended.log, ended.log
    assert ready.printed() == "9\n"


@pytest.mark.skipif(os.getuid() != 0, reason="SKIPPED: only root can act as another user")
def test_another_user_gets_no_kernel(ready):
    (path,) = ready.sockets()
    connects = "import os, socket, sys\nos.setuid(65534)\nsocket.socket(socket.AF_UNIX).connect(sys.argv[1])"
    done = subprocess.run([ready.python, "-c", connects, path], stderr=subprocess.PIPE, check=False)
    assert b"PermissionError" in done.stderr


def test_a_folder_that_another_user_may_enter_is_not_used(tmp_path):
    folder = Path(tempfile.mkdtemp(prefix="ready-"))
    try:
        shared = folder / ("dolphinml-ready-%d" % os.getuid())
        shared.mkdir()
        shared.chmod(0o777)
        ended = ReadyRunner(tmp_path, folder).run(cell("1"))
        assert ended.code == 0, ended.log
        assert "WARNING No kernel was ready" in ended.log and "which only this user may enter" in ended.log
        assert list(shared.iterdir()) == []
    finally:
        shutil.rmtree(str(folder))


def test_where_parents_are(monkeypatch, tmp_path):
    import tempfile

    from dolphinml.jupyter import ready_kernel

    kernels = ready_kernel.ReadyKernels("tenant", {"libraries": [], "idleSeconds": 60}, False, print)
    for temporary in (tmp_path / ("long" * 20), Path(tempfile.mkdtemp(prefix="ready-"))):
        temporary.mkdir(exist_ok=True)
        # As a folder of a group passes it on.
        temporary.chmod(0o2770)
        monkeypatch.setattr(tempfile, "tempdir", str(temporary))
        folder, recent = kernels._folder("break" * 3)
        try:
            assert not recent
            assert len(os.path.join(folder, "socket.new")) <= 107
        finally:
            os.rmdir(folder)
    shutil.rmtree(str(temporary))


# Last: these end the shared parent.


def test_a_changed_environment_gets_a_new_parent(ready):
    parent = ready.parent()
    (ready.parents / "modules/own_stamp.py").write_text(STAMPED % 11)
    shows = cell("import own_stamp\nprint(own_stamp.VALUE)")
    ended = ready.run(shows)
    assert ended.code == 0 and "No kernel was ready: the environment has changed since." in ended.log, ended.log
    assert ready.printed() == "11\n"
    wait_until(lambda: not alive(parent))
    assert ready.run(cell("1")).code == 0
    wait_until(ready.sockets, what="a new parent listens")
    assert printed(ready, shows) == "11\n"


def test_a_parent_that_hangs_is_not_waited_for_twice(ready):
    parent = ready.parent()
    os.kill(parent, signal.SIGSTOP)
    try:
        ended = ready.run(cell("1"), constants=[("ready_kernel", "SECONDS_FOR_AN_ANSWER", 1)])
        assert ended.code == 0 and "No kernel was ready: its parent gave no answer in 1 s, and is ended." in ended.log, ended.log
        assert ready.sockets() == []
    finally:
        os.kill(parent, signal.SIGCONT)
    wait_until(lambda: not alive(parent))
    # Each wants a parent again; the second finds it.
    assert ready.run(cell("1")).code == 0
    wait_until(ready.sockets, what="a new parent listens")


def test_a_parent_ends_when_its_socket_is_removed(ready):
    parent = ready.parent()
    os.unlink(ready.sockets()[0])
    wait_until(lambda: not alive(parent))


def test_a_parent_that_no_task_needs_ends(parents, tmp_path):
    runner = ReadyRunner(tmp_path, parents, idle=6)
    for _ in range(2):
        assert runner.run(cell("1")).code == 0
    wait_until(runner.sockets, what="a parent listens")
    parent = runner.parent()
    wait_until(lambda: not alive(parent))
    assert runner.sockets() == []
