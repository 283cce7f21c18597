# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The container engine, through its command line: `docker`, and `docker compose` or `docker-compose`."""

import json
import os
import re
import shutil
import subprocess
from typing import Any, Callable, Dict, FrozenSet, Iterable, List, Optional, Sequence, Tuple

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy.faults import EngineRefused

SECONDS_PER_COMMAND = 120
#: See Engine.LOOKS. Each poll of a container runs the engine's client several times, and a program in the container.
LOOKS = (0.1, 1.0)

# The arguments that list the objects of a kind with exactly this name.
_LISTS = {
    "container": ["ps", "--all", "--format", "{{.Names}}", "--filter", "name=^/?%s$"],
    "network": ["network", "ls", "--format", "{{.Name}}", "--filter", "name=^%s$"],
}


def _first_lines(text: str, count: int = 5) -> str:
    return "; ".join(line.strip() for line in text.strip().split("\n")[:count] if line.strip())


class Docker:
    """The `docker` command on PATH."""

    def __init__(self, program: str = "docker") -> None:
        self._program = program

    def run(self, arguments: Sequence[str], stdin: Optional[str] = None, timeout: float = SECONDS_PER_COMMAND) -> str:
        """Runs one command and returns its standard output; raises EngineRefused."""
        try:
            done = subprocess.run(
                [self._program] + list(arguments),
                input=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                timeout=timeout,
                universal_newlines=True,
                errors="replace",
            )
        except subprocess.TimeoutExpired:
            raise EngineRefused("'docker %s' took longer than %d s" % (arguments[0], timeout))
        except OSError as error:
            raise EngineRefused("'docker %s' cannot be run: %s" % (arguments[0], error.strerror or error))
        if done.returncode != 0:
            reason = _first_lines(done.stderr) or "it ended with %d" % done.returncode
            raise EngineRefused("The Docker engine refused '%s': %s" % (arguments[0], reason))
        return done.stdout

    def command(self, arguments: Sequence[str]) -> List[str]:
        """Returns the argv of a command, for another program to run."""
        return [shutil.which(self._program) or self._program] + list(arguments)

    def inspect(self, kind: str, name: str) -> Optional[Dict[str, Any]]:
        """Returns the engine's description of a container or network, or None if there is none of this name; raises
        EngineRefused."""
        try:
            return json.loads(self.run([kind, "inspect", name]))[0]
        except EngineRefused:
            if self._lists(kind, name):
                raise
            return None
        except (ValueError, IndexError) as error:
            raise EngineRefused("'docker %s inspect' did not answer with JSON: %s" % (kind, error))

    def _lists(self, kind: str, name: str) -> bool:
        words = _LISTS[kind]
        return name in re.split(r"[,\s]+", self.run(words[:-1] + [words[-1] % re.escape(name)]))

    def remove(self, container: str) -> None:
        """Removes a container, killing it if it runs; does nothing if it does not exist."""
        try:
            self.run(["rm", "--force", "--volumes", container])
        except EngineRefused:
            if self._lists("container", container):
                raise

    def remove_network(self, name: str) -> None:
        """Removes a network; does nothing if it does not exist."""
        if self._lists("network", name):
            self.run(["network", "rm", name])

    def containers(self, filters: Iterable[str]) -> List[str]:
        """Returns the names of all containers, running or not, that match every filter, such as `label=x=y` or `publish=5000`."""
        arguments = ["ps", "--all", "--format", "{{.Names}}"]
        for one in filters:
            arguments += ["--filter", one]
        return self.run(arguments).split()

    def follow(self, arguments: Sequence[str], on_line: Callable[[str], None], cwd: Optional[str] = None) -> int:
        """Runs a long command, passes each line of its output to `on_line` as it comes, and returns the exit code."""
        process = subprocess.Popen(
            [self._program] + list(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=cwd,
        )
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                on_line(line.decode("utf-8", "replace").rstrip("\n"))
        return process.wait()


class ContainerLog:
    """Follows a container's output by the engine's own timestamps."""

    def __init__(self, docker: Docker, container: str) -> None:
        self._docker = docker
        self._container = container
        # The times of the last lines at the previous two calls, and the lines already returned since the earlier one: the
        # engine may write a line of one stream after a newer line of the other stream.
        self._since = ("", "")
        self._shown: FrozenSet[Tuple[str, str]] = frozenset()

    def lines(self) -> List[str]:
        """Returns the lines printed since the last call; [] if the engine does not answer."""
        since = ["--since", self._since[0]] if self._since[0] else []
        try:
            done = subprocess.run(
                self._docker.command(["logs", "--timestamps"] + since + [self._container]),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=SECONDS_PER_COMMAND,
            )
        except (OSError, subprocess.TimeoutExpired):
            return []
        if done.returncode != 0:
            return []
        # The engine returns two streams, each in its own order.
        rows = []
        for line in done.stdout.decode("utf-8", "replace").splitlines():
            time, _, text = line.partition(" ")
            rows.append((time, text))
        rows.sort(key=lambda row: row[0])
        found = [text for time, text in rows if (time, text) not in self._shown]
        if rows:
            self._since = (self._since[1], rows[-1][0])
            self._shown = frozenset(rows)
        return found


def connect_docker() -> Docker:
    """Returns the engine after checking that it answers; raises TaskFailure with one sentence."""
    if shutil.which("docker") is None:
        raise TaskFailure(
            "deployType: there is no 'docker' on this worker's PATH (%s); install Docker here, send the node to a "
            "worker group that has it, or use deployType MLFLOW" % os.environ.get("PATH", "")
        )
    docker = Docker()
    try:
        docker.run(["version", "--format", "{{.Server.Version}}"], timeout=30)
    except EngineRefused as refusal:
        raise TaskFailure(
            "deployType: the Docker engine does not answer: %s; start it, and let user '%s' use it (group 'docker')"
            % (refusal, os.environ.get("USER") or os.getuid())
        )
    return docker


def compose_command() -> List[str]:
    """Returns the argv prefix that runs Compose on this worker: v2, a plugin of docker, or v1; raises TaskFailure."""
    try:
        Docker().run(["compose", "version"], timeout=30)
        return ["docker", "compose"]
    except EngineRefused:
        pass
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    raise TaskFailure(
        "deployType: this worker has neither 'docker compose' nor 'docker-compose'; install one of them, or use deployType DOCKER"
    )
