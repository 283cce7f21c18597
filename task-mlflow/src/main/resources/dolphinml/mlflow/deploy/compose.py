"""deployType DOCKER COMPOSE: the same containers, but described by a compose file in the deployment's directory."""

import os
import re
import shutil
import subprocess

from dolphinml.mlflow.deploy import engine as engines
from dolphinml.mlflow.deploy import containers

FILE_NAME = "docker-compose.yml"
NEXT_FILE_NAME = "docker-compose.next.yml"
FRONT_STATE, FRONT_PROGRAM = "front", "front-program"
SECONDS_TO_START = 600


def quoted(value):
    """A YAML scalar that can only be read as this text; `$` is doubled, for Compose replaces variables."""
    return '"%s"' % "".join(_escaped(letter) for letter in str(value))


def _escaped(letter):
    if letter in '\\"':
        return "\\" + letter
    if letter == "$":
        return "$$"
    # YAML takes some of the others for the end of a line, and refuses some.
    return letter if " " <= letter <= "~" else "\\U%08x" % ord(letter)


class Service:
    """One service of the file; what is None is left out."""

    def __init__(self, name, container, image_name, labels, environment, restart, ports=(), entrypoint=None,
                 command=None, volumes=(), cpus=None, memory=None, health_check=None, start_period=None):
        self.name = name
        self.fields = [("container_name", container), ("image", image_name), ("restart", restart), ("cpus", cpus),
                       ("mem_limit", memory)]
        self.labels = labels
        self.environment = environment
        self.lists = [("ports", ports), ("entrypoint", entrypoint), ("command", command), ("volumes", volumes)]
        self.health_check = health_check
        self.start_period = start_period

    def lines(self):
        lines = ["  %s:" % self.name]
        for key, value in self.fields:
            if value is not None:
                # Numbers stay bare: Compose takes no quoted number of processors.
                lines.append("    %s: %s" % (key, value if isinstance(value, (int, float)) else quoted(value)))
        for key, values in self.lists:
            if values:
                lines.append("    %s: [%s]" % (key, ", ".join(quoted(value) for value in values)))
        for key, mapping in (("labels", self.labels), ("environment", self.environment)):
            lines.append("    %s:" % key)
            lines += ["      %s: %s" % (quoted(name), quoted(mapping[name])) for name in sorted(mapping)]
        if self.health_check:
            lines += [
                "    healthcheck:", "      test: [\"CMD-SHELL\", %s]" % quoted(self.health_check),
                "      interval: 10s", "      timeout: 10s", "      retries: 3",
                "      start_period: %ds" % self.start_period,
            ]
        return lines


def document(services, network):
    """The compose file; version 2.4 is the newest form whose limits docker-compose v1 puts in force."""
    lines = ['version: "2.4"', "# Written by the MLFLOW task at each deployment; changes by hand are lost.", "services:"]
    for service in services:
        lines += service.lines()
    return "\n".join(lines + ["networks:", "  default:", "    name: %s" % quoted(network), ""])


def project(name):
    """The name of a deployment as Compose takes it."""
    return re.sub(r"[^a-z0-9_-]", "-", name.lower())


def run(command, directory, files, words):
    """Runs Compose in the deployment's directory; `files` are its options that name files. Raises EngineRefused."""
    done = subprocess.run(
        command + files + words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        cwd=directory, timeout=SECONDS_TO_START,
    )
    text = done.stdout.decode("utf-8", "replace").strip()
    if done.returncode != 0:
        raise engines.EngineRefused("'%s %s': %s" % (" ".join(command), words[0], "; ".join(text.split("\n")[-5:])))
    return text


class Composed:
    """Makes the containers with Compose. The file names the front and the container that serves; while a new one is
    tried it is in a second file, which takes the first one's place when the new one has taken over."""

    def __init__(self, engine, settings, names, directory):
        self._engine = engine
        self._settings = settings
        self._names = names
        self._directory = directory
        self._command = engines.compose_command()
        self._model = None

    def _write(self, front_image):
        text = document([self._front(front_image), self._model], self._names.network)
        with open(os.path.join(self._directory, NEXT_FILE_NAME), "w", encoding="utf-8") as stream:
            stream.write(text)

    def _up(self, service):
        files = ["--project-name", project(self._names.network), "--file", NEXT_FILE_NAME]
        run(self._command, self._directory, files, ["up", "--detach", "--no-deps", "--no-recreate", service])

    def _front(self, image_name):
        settings = self._settings
        host = "[%s]" % settings.host if ":" in settings.host else settings.host
        return Service(
            "front", self._names.front, image_name, containers.labels(self._settings, self._names, None),
            {"DOLPHINML_DEPLOYMENT": self._names.deployment, "DOLPHINML_STATE": containers.STATE_IN_FRONT},
            settings.restart_policy, ports=["%s:%d:8080" % (host, settings.port)], entrypoint=["python"],
            command=[containers.FRONT_PROGRAM, "serve"],
            volumes=["./%s:%s:ro" % (FRONT_PROGRAM, containers.PROGRAM), "./%s:%s" % (FRONT_STATE, containers.STATE_IN_FRONT)],
        )

    def start_model(self, number, built, model):
        settings = self._settings
        self._model = Service(
            "model-%d" % number, self._names.model(number), built.name, containers.labels(self._settings, self._names, model),
            built.environment(settings), settings.restart_policy, cpus=settings.cpu_limit,
            memory=settings.memory_limit, health_check=containers.health_command(built.port),
            start_period=settings.start_timeout,
        )
        front = self._engine.inspect("container", self._names.front)
        self._write(front["Config"]["Image"] if front else built.name)
        self._up("model-%d" % number)

    def start_front(self, built, program):
        os.makedirs(os.path.join(self._directory, FRONT_STATE), exist_ok=True)
        # A copy for as long as this front lives: the one that was given is made anew by each task.
        own = os.path.join(self._directory, FRONT_PROGRAM)
        shutil.rmtree(own, ignore_errors=True)
        shutil.copytree(program, own)
        self._write(built.name)
        self._up("front")

    def commit(self):
        os.replace(os.path.join(self._directory, NEXT_FILE_NAME), os.path.join(self._directory, FILE_NAME))
