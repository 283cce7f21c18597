"""deployType DOCKER and DOCKER COMPOSE: model containers behind a front container that owns the published port.

The front container stays; a redeploy starts a model container beside the old one, checks it, and tells the front to
hand the next request to it. All of them bear the engine's restart policy, so the service survives a restart of the
machine without this worker.
"""

import json
import os
import shutil
import time

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy import compose, deployment, health, image, launch, model_files, own_compose, ports
from dolphinml.mlflow.deploy import ownership, record, undo
from dolphinml.mlflow.deploy import engine as engines
from dolphinml.mlflow.deploy.waiting import Heartbeat, Signs

LOG_LINES_OF_A_FAILURE = 40
LABEL_DEPLOYMENT = image.LABEL + "deployment"
LABEL_MODEL = image.LABEL + "model"
LABEL_VERSION = image.LABEL + "version"
STATE_IN_FRONT = "/var/lib/dolphinml"
PROGRAM = "/dolphinml"
FRONT_PROGRAM = PROGRAM + "/dolphinml/mlflow/deploy/relay/container_front.py"
SECONDS_TO_STOP = 10

# Runs in the model's container: its address there is the same whatever the engine's network looks like from outside.
_PROBE = (
    "import sys,urllib.request as u,urllib.error as e\n"
    "o=u.build_opener(u.ProxyHandler({}));b=sys.stdin.buffer.read()\n"
    "r=u.Request(sys.argv[1],b or None,{'Content-Type':'application/json'} if b else {})\n"
    "try:\n a=o.open(r,timeout=float(sys.argv[2]));s=a.status\n"
    "except e.HTTPError as x:\n a=x;s=x.code\n"
    "sys.stdout.write('%d\\n%s'%(s,a.read().decode('utf-8','replace')))\n"
)


def health_command(port):
    """The health check of a model container, for the engine's own use."""
    code = "import urllib.request as u;u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:%d/ping',timeout=5)"
    return 'python -c "%s"' % (code % port)


class Names:
    """What the engine calls the parts of one deployment."""

    def __init__(self, deployment_name):
        self.deployment = deployment_name
        self.network = "dolphinml-" + deployment_name
        self.front = "dolphinml-%s-front" % deployment_name

    def model(self, number):
        return "dolphinml-%s-%d" % (self.deployment, number)


def labels(settings, names, model):
    """Those of a part of the deployment; `model` is None for what is not a model's container."""
    told = dict(settings.labels, **ownership.labels())
    told[LABEL_DEPLOYMENT] = names.deployment
    if model is not None:
        told.update({LABEL_MODEL: model.name, LABEL_VERSION: model.version})
    return told


def refuse_foreign_deployment(engine, names, directory, known):
    """The name must not be that of a deployment of another user of this engine."""
    parts = {names.front}
    parts.update(engine.containers(["label=%s=%s" % (LABEL_DEPLOYMENT, names.deployment)]))
    parts.update(engine.containers(["label=%s=%s" % (ownership.LABEL_COMPOSE, compose.project(names.network))]))
    ownership.refuse_foreign(engine, parts, names.deployment, directory, known)


def refuse_foreign_port(settings, engine, names):
    """The port must be free or published by this deployment's own front."""
    others = [name for name in engine.containers(["publish=%d" % settings.port]) if name != names.front]
    if others:
        raise TaskFailure(
            "deployPort: %d is published by container '%s', which is not of deployment '%s'; remove that container or "
            "take another port" % (settings.port, others[0], settings.name)
        )
    published = published_at(engine, names.front)
    if published == (settings.host, settings.port):
        return
    holder = ports.holder(settings.port) if published is None or published[1] != settings.port else None
    if holder is not None:
        raise TaskFailure(
            "deployPort: %d is held by %s; end that process or take another port" % (settings.port, holder)
        )


def published_at(engine, container):
    """(host, port) on this machine at which the container is published, or None when there is none that runs."""
    known = engine.inspect("container", container)
    if known is None or not known["State"]["Running"]:
        return None
    for bindings in (known["HostConfig"].get("PortBindings") or {}).values():
        for binding in bindings or ():
            return binding.get("HostIp") or "0.0.0.0", int(binding["HostPort"])
    return None


class Plain:
    """Makes the containers with `docker run`."""

    def __init__(self, engine, settings, names):
        self._engine = engine
        self._settings = settings
        self._names = names

    def _labels(self, model):
        words = []
        for key, value in sorted(labels(self._settings, self._names, model).items()):
            words += ["--label", "%s=%s" % (key, value)]
        return words

    def _make_network(self):
        if self._engine.inspect("network", self._names.network) is None:
            self._engine.run(["network", "create", self._names.network] + self._labels(None))

    def start_model(self, number, built, model):
        self._make_network()
        settings = self._settings
        words = ["run", "--detach", "--name", self._names.model(number), "--network", self._names.network,
                 "--restart", settings.restart_policy] + self._labels(model)
        for key, value in sorted(built.environment(settings).items()):
            words += ["--env", "%s=%s" % (key, value)]
        if settings.cpu_limit is not None:
            words += ["--cpus", "%g" % settings.cpu_limit]
        if settings.memory_limit is not None:
            words += ["--memory", str(settings.memory_limit)]
        words += ["--health-cmd", health_command(built.port), "--health-interval", "10s", "--health-timeout", "10s",
                  "--health-retries", "3", "--health-start-period", "%ds" % settings.start_timeout]
        self._engine.run(words + settings.run_options + [built.name])

    def start_front(self, built, program):
        settings = self._settings
        host = "[%s]" % settings.host if ":" in settings.host else settings.host
        self._engine.run(
            ["create", "--name", self._names.front, "--network", self._names.network, "--restart",
             settings.restart_policy, "--publish", "%s:%d:8080" % (host, settings.port), "--env",
             "DOLPHINML_DEPLOYMENT=" + self._names.deployment, "--entrypoint", "python"]
            + self._labels(None) + [built.name, FRONT_PROGRAM, "serve"]
        )
        self._engine.run(["cp", program + "/.", "%s:%s" % (self._names.front, PROGRAM)])
        self._engine.run(["start", self._names.front])

    def commit(self):
        pass

    def remove_all(self):
        parts = ["label=%s=%s" % (LABEL_DEPLOYMENT, self._names.deployment)]
        for name in self._engine.containers(parts):
            if ownership.foreign(self._engine.inspect("container", name) or {}) is None:
                self._engine.remove(name)
        if not self._engine.containers(parts) and self._engine.inspect("network", self._names.network) is not None:
            self._engine.run(["network", "rm", self._names.network])


class Containers:
    """One deployment's way from an image to a container that has taken over."""

    def __init__(self, task, settings, engine, directory, maker):
        self._console = task.console
        self._settings = settings
        self._engine = engine
        self._directory = directory
        self._names = Names(settings.name)
        self._maker = maker

    def current(self, known):
        """The name of the model container that serves, or None. When the front cannot be asked it is the one of the
        record: what may serve must never be taken for a left-over."""
        try:
            return self._ask_front("current")["name"]
        except engines.EngineRefused:
            recorded = (known or {}).get("container")
            return recorded if recorded and self._engine.inspect("container", recorded) is not None else None

    def _ask_front(self, *words, **options):
        said = self._engine.run(
            ["exec", self._names.front, "python", FRONT_PROGRAM] + [str(word) for word in words],
            timeout=options.get("timeout", engines.SECONDS_PER_COMMAND),
        )
        return json.loads(said)

    def probe(self, container, port, path, body="", timeout=5.0):
        """(status, body) of one request inside of the container."""
        said = self._engine.run(
            ["exec", "-i", container, "python", "-c", _PROBE, "http://127.0.0.1:%d%s" % (port, path), str(timeout)],
            stdin=body, timeout=timeout + 30,
        )
        status, _, text = said.partition("\n")
        return int(status), text

    def answers(self, container, port):
        try:
            return self.probe(container, port, "/ping")[0] == 200
        except (engines.EngineRefused, ValueError):
            return False

    def start_healthy(self, number, built, model, payload):
        """Starts a model container and returns its name when it is healthy and has predicted."""
        name = self._names.model(number)
        self._maker.start_model(number, built, model)
        self._console.line("Container %s started from image %s" % (name, built.name))
        self._check_limits(name)
        self._await_health(name, built.port)
        if payload is not None:
            self._check_prediction(name, built.port, payload)
        return name

    def _check_limits(self, name):
        settings, host = self._settings, self._engine.inspect("container", name)["HostConfig"]
        wanted = {
            "cpuLimit": (int(round((settings.cpu_limit or 0) * 1e9)), host.get("NanoCpus") or 0),
            "memoryLimit": (settings.memory_limit or 0, host.get("Memory") or 0),
        }
        for field, (asked, given) in wanted.items():
            if asked and asked != given:
                raise TaskFailure("%s: the engine did not put it in force (%d asked, %d given)" % (field, asked, given))

    def _await_health(self, name, port):
        signs = Signs(self._console, "Waiting for GET /ping of container " + name)
        shown = 0
        while True:
            lines = self._engine.last_log(name, 1000)
            for line in lines[shown:]:
                signs.line("  | " + line)
            shown = len(lines)
            state = (self._engine.inspect("container", name) or {}).get("State") or {}
            restarts = (self._engine.inspect("container", name) or {}).get("RestartCount", 0)
            if not state.get("Running") or restarts:
                self._fail(name, "ended%s before it was healthy" % _how(state))
            if self.answers(name, port):
                self._console.line("Healthy after %.1f s" % signs.seconds)
                return
            if signs.seconds > self._settings.start_timeout:
                self._fail(
                    name, "did not answer GET /ping within %d s (mlflow.startTimeout)" % self._settings.start_timeout
                )
            signs.sign()
            time.sleep(0.5)

    def _check_prediction(self, name, port, payload):
        with Heartbeat(self._console, "Waiting for one prediction of the model's input example"):
            try:
                status, body = self.probe(name, port, "/invocations", payload, self._settings.timeout + 5.0)
            except (engines.EngineRefused, ValueError) as refusal:
                self._fail(name, "is up but did not answer the model's own input example: %s" % refusal)
        if status != 200:
            reason = health.reason(body)[:2000]
            self._fail(name, "is up but cannot predict the model's own input example: HTTP %d: %s" % (status, reason))
        self._console.line("Prediction of the model's input example: %s" % body.strip()[:300])

    def _fail(self, name, what):
        summary = "Container %s of %s %s" % (name, self._settings.model, what)
        lines = self._engine.last_log(name, LOG_LINES_OF_A_FAILURE)
        raise TaskFailure(
            summary, ["The last lines of the container's log:"] + ["  | " + line for line in lines] + [summary]
        )

    def open_front(self, built):
        """Sees to it that the front is published where it is asked for."""
        if published_at(self._engine, self._names.front) != (self._settings.host, self._settings.port):
            # The first time, or on another port than before, the front is made anew.
            self._engine.remove(self._names.front)
            self._maker.start_front(built, launch.copied_program(self._directory))
            self._await_front()

    def switch(self, name, port):
        """Lets this container serve."""
        self._ask_front("switch", name, port)

    def switch_command(self, name, port):
        """The argv of the same, for somebody else to run."""
        return self._engine.command(["exec", self._names.front, "python", FRONT_PROGRAM, "switch", name, str(port)])

    def switch_back(self, name, port):
        """Lets the old container serve if the new one does so already; a front that does not run hands to neither."""
        if published_at(self._engine, self._names.front) is not None and self._ask_front("current")["name"] != name:
            self.switch(name, port)

    def commit(self):
        self._maker.commit()

    def _await_front(self):
        signs = Signs(self._console, "Waiting for the front container")
        while True:
            try:
                return self._ask_front("current")
            except engines.EngineRefused as refusal:
                if signs.seconds > 30:
                    self._fail(self._names.front, "does not answer: %s" % refusal)
            time.sleep(0.2)

    def retire(self, name):
        """Ends a replaced container after its last request."""
        with Heartbeat(self._console, "Waiting for the last requests in container " + name):
            seconds = self._settings.timeout + 5
            self._ask_front("drained", name, seconds, timeout=seconds + 30)
            self._engine.run(["stop", "--time", str(SECONDS_TO_STOP), name])
            self._engine.remove(name)
        self._console.line("Container %s ended after its last request" % name)


def _how(state):
    if state.get("OOMKilled"):
        return " for want of memory (the engine killed it at its memory limit; raise memoryLimit)"
    return " with exit code %s" % state.get("ExitCode")


def same_as(settings):
    return {
        "host": settings.host, "port": settings.port, "workers": settings.workers, "timeout": settings.timeout,
        "cpuLimit": settings.cpu_limit, "memoryLimit": settings.memory_limit, "baseImage": settings.base_image,
        "buildOptions": settings.build_options, "runOptions": settings.run_options, "labels": settings.labels,
        "restartPolicy": settings.restart_policy, "deployType": settings.type,
    }


def deploy(task, settings, model):
    if settings.serve_mode == "foreground":
        raise TaskFailure("mlflow.serveMode: 'foreground' is for deployType MLFLOW; a container runs by itself, 'detached'")
    engine = engines.connect()
    directory = record.open_directory(settings.state_directory, settings.name)
    with deployment.locked(task, directory, settings.name):
        known = record.read(directory)
        if known is not None and known["deployType"] != settings.type:
            raise TaskFailure(
                "deployType: deployment '%s' runs as %s; stop it first (mlflow.deployAction=stop), or give this one "
                "another name and port" % (settings.name, known["deployType"])
            )
        if settings.type == "DOCKER COMPOSE" and settings.compose_file:
            return deployment.outputs(own_compose.deploy(task, settings, engine, model, directory, known))
        return deployment.outputs(_deploy(task, settings, engine, model, directory, known))


def _maker(settings, engine, directory):
    names = Names(settings.name)
    if settings.type == "DOCKER":
        return Plain(engine, settings, names)
    return compose.Composed(engine, settings, names, directory)


def _adopted(task, settings, engine, model, containers, known):
    if settings.force or known is None or known.get("sameAs") != same_as(settings):
        return None
    serving = containers.current(known)
    if serving is None or serving != known.get("container") or not deployment.is_same_model(known, settings, model):
        return None
    if not containers.answers(serving, known["containerPort"]):
        return None
    task.console.line(
        "Deployment '%s' serves %s since %s and is healthy: adopted, nothing is started"
        % (settings.name, model.uri, known["since"])
    )
    return known


def _next_number(engine, names, known):
    """A number that no container of this deployment has."""
    taken = [(known or {}).get("generation", 0)]
    for name in engine.containers(["label=%s=%s" % (LABEL_DEPLOYMENT, names.deployment)]):
        last = name.rpartition("-")[2]
        if last.isdigit():
            taken.append(int(last))
    return max(taken) + 1


def _deploy(task, settings, engine, model, directory, known):
    names = Names(settings.name)
    containers = Containers(task, settings, engine, directory, _maker(settings, engine, directory))
    refuse_foreign_deployment(engine, names, directory, known)
    refuse_foreign_port(settings, engine, names)
    adopted = _adopted(task, settings, engine, model, containers, known)
    if adopted is not None:
        return adopted
    serving = containers.current(known)
    _remove_strays(task, engine, names, serving)
    number = _next_number(engine, names, known)
    built, payload, about = build(task, settings, engine, model, directory)
    about.update(container=names.model(number), containerPort=built.port, image=built.name, generation=number)
    _replace(task, engine, containers, names, number, built, model, payload, directory, about, serving)
    if serving is not None:
        containers.retire(serving)
    if settings.prune_images:
        image.prune(task, settings, engine, model)
    return about


def build(task, settings, engine, model, directory):
    """(image, input example or None, the record as far as it is known)"""
    target = os.path.join(directory, "model")
    shutil.rmtree(target, ignore_errors=True)
    try:
        with Heartbeat(task.console, "Fetching the model's files"):
            model_files.fetch(model, target)
        identity, flavors = model_files.identity(target), model_files.flavors(target)
        payload = deployment.example_to_try(task.console, settings, target)
        built = image.build(task, settings, engine, model, identity, target, directory)
    finally:
        shutil.rmtree(target, ignore_errors=True)
    return built, payload, deployment.describe(task, settings, model, identity, flavors, same_as(settings))


def _replace(task, engine, containers, names, number, built, model, payload, directory, about, serving):
    """Starts, checks and switches; takes everything back when that does not succeed."""
    port = (record.read(directory) or {}).get("containerPort", built.port)
    new = [names.model(number)] if serving else [names.model(number), names.front]
    commands = [engine.command(["rm", "-f", "-v", name]) for name in new]
    if not serving:
        commands.append(engine.command(["network", "rm", names.network]))
    # What serves must not be removed: the front hands back first, in case it has been switched.
    back = undo.Undo(directory, commands, containers.switch_command(serving, port) if serving else ())
    try:
        name = containers.start_healthy(number, built, model, payload)
        containers.open_front(built)
        with task.unstoppable():
            about["since"] = record.now()
            record.prepare(directory, about)
            containers.switch(name, built.port)
            containers.commit()
            record.put(directory)
            back.done()
            task.console.line(
                "Deployment '%s' serves %s at %s from container %s" % (names.deployment, model.uri, about["endpoint"], name)
            )
    except BaseException as error:
        if back.armed and _taken_back(task, engine, containers, names, new, serving, port):
            back.done()
        if isinstance(error, engines.EngineRefused):
            raise TaskFailure("The Docker engine refused: %s" % error)
        raise


def _taken_back(task, engine, containers, names, new, serving, port):
    """Removes what is new and says what is there then; False when the engine does not let it."""
    try:
        if serving:
            containers.switch_back(serving, port)
        for container in new:
            engine.remove(container)
        if not serving and engine.inspect("network", names.network) is not None:
            engine.run(["network", "rm", names.network])
    except engines.EngineRefused as refusal:
        task.console.line(
            "Container %s could not be taken back: %s; that is tried once more when this task has ended" % (new[0], refusal)
        )
        return False
    task.console.line(
        "Deployment '%s' serves from container %s as before" % (names.deployment, serving) if serving
        else "No deployment '%s' was there before, and none is there now" % names.deployment
    )
    return True


def _remove_strays(task, engine, names, serving):
    """Containers of this deployment that neither serve nor are the front, as a crash of the worker leaves them."""
    for name in engine.containers(["label=%s=%s" % (LABEL_DEPLOYMENT, names.deployment)]):
        if name not in (serving, names.front):
            task.console.line("Removing container %s, which a former task left" % name)
            engine.remove(name)


def state(known, directory):
    """(whether it serves, a sentence about it)"""
    engine = engines.connect()
    if known.get("composeFile"):
        return own_compose.state(known)
    container = engine.inspect("container", known["container"])
    if container is None or ownership.foreign(container) is not None:
        return False, "its container %s is gone" % known["container"]
    if not container["State"]["Running"]:
        return False, "its container %s is %s%s" % (
            known["container"], container["State"]["Status"], _how(container["State"]))
    front = engine.inspect("container", Names(known["name"]).front)
    if front is None or not front["State"]["Running"]:
        return False, "its front container %s does not run" % Names(known["name"]).front
    healthy = (container["State"].get("Health") or {}).get("Status", "unknown")
    return healthy in ("healthy", "starting"), "container %s from image %s, health check: %s" % (
        known["container"], known["image"], healthy)


def stop(known, directory, console):
    engine = engines.connect()
    if known.get("composeFile"):
        own_compose.stop(known, directory)
    names = Names(known["name"])
    Plain(engine, None, names).remove_all()
    for name in (compose.FILE_NAME, compose.NEXT_FILE_NAME):
        if os.path.exists(os.path.join(directory, name)):
            os.unlink(os.path.join(directory, name))
    for name in (compose.FRONT_STATE, compose.FRONT_PROGRAM):
        shutil.rmtree(os.path.join(directory, name), ignore_errors=True)
    record.remove(directory)
