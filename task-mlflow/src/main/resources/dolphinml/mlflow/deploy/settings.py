"""What the node asks for, checked: every fault is found before anything is touched, and all are told at once."""

import ipaddress
import re

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy import image, limits, places

ACTIONS = ("deploy", "status", "stop")
TYPES = ("MLFLOW", "DOCKER", "DOCKER COMPOSE")
SERVE_MODES = ("detached", "foreground")
ENVIRONMENT_MANAGERS = ("local", "virtualenv", "conda", "uv")
RESTART_POLICIES = ("no", "on-failure", "always", "unless-stopped")

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
_HOST_NAME = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?\Z")
_IMAGE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._/:@-]*\Z")
_VARIABLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*\Z")
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")
_FORMS = (
    "'models:/name/3', 'models:/name/Production', 'models:/name@alias', 'models:/name/latest', 'runs:/id/model' "
    "or the path of a model's directory"
)


def model_name_in(key):
    """The name that a model's URI or path ends in, or None where the form is not one of the known ones."""
    if key.startswith("models:"):
        match = re.match(r"^models:/+([^/@]+)(?:/([^/]+)|@([^/@]+))?$", key)
        if not match or key.startswith("models://"):
            return None
        alone = match.group(2) is None and match.group(3) is None
        # A logged model of MLflow 3 is named by its id and has no versions.
        return match.group(1) if not alone or re.match(r"^m-[0-9a-f]{32}$", match.group(1)) else None
    if key.startswith("runs:"):
        match = re.match(r"^runs:/([0-9A-Za-z_-]+)/(.+)$", key)
        return match.group(2).rstrip("/").rpartition("/")[2] if match else None
    return key.rstrip("/").rpartition("/")[2] or None


def default_name(key, port):
    """The deployment's name where the node gives none: the model's name and the port."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", model_name_in(key) or "model").strip("-._") or "model"
    return "%s-%d" % (name[:80], port)


class Settings:
    """The node's `deployment` object with its defaults filled in. Attributes have the request's names in snake case."""

    def __init__(self, request, task_type_faults=()):
        given = {key: value for key, value in request.items() if value not in (None, "")}
        self.faults = list(task_type_faults)
        self.action = self._choice(given, "action", "mlflow.deployAction", ACTIONS, "deploy")
        self.type = self._choice(given, "deployType", "deployType", TYPES, "MLFLOW")
        self.tracking_uri = given.get("trackingUri")
        self.model = str(given.get("model", ""))
        self.host = str(given.get("host", "0.0.0.0"))
        self.port = self._whole(given, "port", "deployPort", 7000 if self.action == "deploy" else 0, 0, 65535)
        self.name = given.get("name")
        self.state_directory = places.state_directory(given.get("stateDir"))
        self.serve_mode = self._choice(given, "serveMode", "mlflow.serveMode", SERVE_MODES, "detached")
        self.environment_manager = self._choice(
            given, "envManager", "mlflow.envManager", ENVIRONMENT_MANAGERS, "local"
        )
        self.workers = self._whole(given, "workers", "mlflow.workers", 1, 1, 1024)
        self.timeout = self._whole(given, "timeout", "mlflow.scoringTimeout", 60, 1, 86400)
        self.start_timeout = self._whole(given, "startTimeout", "mlflow.startTimeout", 600, 1, 86400)
        self.restart_policy = self._choice(
            given, "restartPolicy", "mlflow.restartPolicy", RESTART_POLICIES, "unless-stopped"
        )
        self.check_prediction = bool(given.get("checkPrediction", True))
        self.force = bool(given.get("force", False))
        self._read_container(given)
        self._check_model()
        self._check_host()
        self._check_name()

    def _read_container(self, given):
        self.cpu_limit, fault = limits.cpu(given.get("cpuLimit"))
        self.faults += fault
        self.memory_limit, fault = limits.memory(given.get("memoryLimit"))
        self.faults += fault
        self.base_image = given.get("baseImage")
        self.build_options = [str(word) for word in given.get("buildOptions") or ()]
        self.image_environment = given.get("imageEnvManager") or "local"
        self.run_options = [str(word) for word in given.get("runOptions") or ()]
        self.labels = {str(key): str(value) for key, value in (given.get("labels") or {}).items()}
        self.compose_file = given.get("composeFile")
        self._check_container()
        self.prune_images = bool(given.get("pruneImages", False))
        self.keep_images = self._whole(given, "keepImages", "mlflow.keepImages", 2, 1, 1000)

    def _check_container(self):
        """What no engine can be told, and what would end up as an instruction of its own in the Dockerfile."""
        if self.base_image is not None and not _IMAGE.match(self.base_image):
            self.faults.append("mlflow.baseImage: '%s' cannot name an image; as in registry/name:tag" % self.base_image)
        for name in image.build_arguments(self.build_options):
            if not _VARIABLE.match(name):
                self.faults.append(
                    "mlflow.buildOptions: '%s' cannot name a build argument; use letters, digits and underscores" % name)
        for field, texts in (("mlflow.buildOptions", self.build_options), ("mlflow.runOptions", self.run_options),
                             ("mlflow.labels", self.labels.values()), ("deployModelKey", [self.model])):
            if any("\0" in text for text in texts):
                self.faults.append("%s: it holds a NUL character; leave it out" % field)

    def _choice(self, given, key, field, known, default):
        value = str(given.get(key, default)).strip()
        for choice in known:
            if value.lower() == choice.lower():
                return choice
        self.faults.append("%s: '%s' is not known; one of %s" % (field, value, ", ".join(known)))
        return default

    def _whole(self, given, key, field, default, smallest, largest):
        value = given.get(key, default)
        try:
            number = int(str(value).strip())
        except ValueError:
            self.faults.append("%s: '%s' is not a whole number; from %d to %d" % (field, value, smallest, largest))
            return default
        if not smallest <= number <= largest:
            self.faults.append("%s: %d is out of range; from %d to %d" % (field, number, smallest, largest))
            return default
        return number

    def _check_model(self):
        if self.action != "deploy" and self.name:
            return
        if not self.model:
            self.faults.append("deployModelKey: no model is given; one of %s" % _FORMS)
        elif model_name_in(self.model) is None:
            self.faults.append("deployModelKey: '%s' does not name a model; one of %s" % (self.model, _FORMS))
        if self.port == 0:
            self.faults.append("deployPort: no port is given; a number from 1 to 65535")

    def _check_host(self):
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            if not _HOST_NAME.match(self.host):
                self.faults.append(
                    "mlflow.host: '%s' is no address; an IP address or host name of the worker, 0.0.0.0 for all" % self.host
                )

    def _check_name(self):
        if self.name is not None and not _NAME.match(str(self.name)):
            self.faults.append(
                "mlflow.deploymentName: '%s' cannot name a deployment; up to 100 letters, digits, dots, dashes and "
                "underscores, a letter or digit first" % self.name
            )
        if self.name is None and not self.faults:
            self.name = default_name(self.model, self.port)

    def raise_faults(self):
        if self.faults:
            raise TaskFailure("; ".join(self.faults) if len(self.faults) == 1 else _summary(self.faults), self.faults)


def _summary(faults):
    return "%d fields are wrong: %s" % (len(faults), " | ".join(faults))
