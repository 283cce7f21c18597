"""The container engine, through its command line: `docker`, and `docker compose` or `docker-compose`."""

import json
import os
import shutil
import subprocess

from dolphinml.common.program import TaskFailure

SECONDS_PER_COMMAND = 120


class EngineRefused(Exception):
    """A command of the engine failed; the text is what it printed."""


def _first_lines(text, count=5):
    return "; ".join(line.strip() for line in text.strip().split("\n")[:count] if line.strip())


class Engine:
    """`docker` as found on PATH; made only after it has been seen to answer."""

    def __init__(self, program="docker"):
        self._program = program

    def run(self, arguments, stdin=None, timeout=SECONDS_PER_COMMAND):
        """The standard output of one command; raises EngineRefused."""
        try:
            done = subprocess.run(
                [self._program] + list(arguments), input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                timeout=timeout, universal_newlines=True,
            )
        except subprocess.TimeoutExpired:
            raise EngineRefused("'docker %s' took longer than %d s" % (arguments[0], timeout))
        if done.returncode != 0:
            raise EngineRefused(_first_lines(done.stderr) or "'docker %s' ended with %d" % (arguments[0], done.returncode))
        return done.stdout

    def command(self, arguments):
        """The argv of a command, for somebody else to run."""
        return [shutil.which(self._program) or self._program] + list(arguments)

    def inspect(self, kind, name):
        """What the engine knows of a container, image or network, or None when there is no such."""
        try:
            return json.loads(self.run([kind, "inspect", name]))[0]
        except (EngineRefused, IndexError):
            return None

    def remove(self, container):
        """Removes a container at once, if it is there."""
        try:
            self.run(["rm", "-f", "-v", container])
        except EngineRefused as refusal:
            if "No such container" not in str(refusal):
                raise

    def containers(self, filters):
        """Names of all containers, running or not, that fit every filter, such as `label=x=y` or `publish=5000`."""
        arguments = ["ps", "-a", "--format", "{{.Names}}"]
        for one in filters:
            arguments += ["--filter", one]
        return self.run(arguments).split()

    def follow(self, arguments, on_line, cwd=None):
        """Runs a long command and hands on its lines as they come; its exit code."""
        process = subprocess.Popen(
            [self._program] + list(arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, cwd=cwd,
        )
        with process.stdout:
            for line in process.stdout:
                on_line(line.decode("utf-8", "replace").rstrip("\n"))
        return process.wait()

    def last_log(self, container, count):
        try:
            done = subprocess.run(
                [self._program, "logs", "--tail", str(count), container], stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=SECONDS_PER_COMMAND,
            )
            text = done.stdout.decode("utf-8", "replace").rstrip()
            return text.split("\n") if text else []
        except (OSError, subprocess.TimeoutExpired):
            return []


def connect():
    """The engine, seen to answer; raises TaskFailure with one sentence."""
    if shutil.which("docker") is None:
        raise TaskFailure(
            "deployType: there is no 'docker' on this worker's PATH (%s); install Docker here, send the node to a "
            "worker group that has it, or use deployType MLFLOW" % os.environ.get("PATH", "")
        )
    engine = Engine()
    try:
        engine.run(["version", "--format", "{{.Server.Version}}"], timeout=30)
    except EngineRefused as refusal:
        raise TaskFailure(
            "deployType: the Docker engine does not answer: %s; start it, and let user '%s' use it (group 'docker')"
            % (refusal, os.environ.get("USER") or os.getuid())
        )
    return engine


def compose_command():
    """The words that run Compose on this worker: v2 as a plugin of docker, or v1; raises TaskFailure."""
    try:
        Engine().run(["compose", "version"], timeout=30)
        return ["docker", "compose"]
    except (EngineRefused, OSError):
        pass
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    raise TaskFailure(
        "deployType: this worker has neither 'docker compose' nor 'docker-compose'; install one of them, or use "
        "deployType DOCKER"
    )
