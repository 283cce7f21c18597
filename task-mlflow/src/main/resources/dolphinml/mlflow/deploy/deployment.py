"""The three actions on a deployment, whatever it runs on."""

import os
import socket
import sys

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy import containers, health, model_files, process_server, record, resolve
from dolphinml.mlflow.deploy.relay import control
from dolphinml.mlflow.deploy.settings import Settings
from dolphinml.mlflow.deploy.waiting import Heartbeat
from dolphinml.mlflow.tracking import reachability
from dolphinml.mlflow.tracking.connection import connect
from dolphinml.mlflow.tracking.tracking_server import TrackingServer


def main(task):
    settings = Settings(task.request.get("deployment") or {})
    settings.raise_faults()
    if settings.action == "stop":
        return stop(task, settings)
    if settings.action == "status":
        return status(task, settings)
    return deploy(task, settings)


def connected_registry(task, settings):
    """The registry of the node's tracking server; raises TaskFailure within seconds where it is needed and away."""
    server = TrackingServer(settings.tracking_uri)
    task.secrets.add(server.secrets)
    needed = resolve.is_of_the_server(settings.model)
    found = reachability.probe(server) if needed else reachability.Probe()
    if found.fault:
        raise TaskFailure(found.fault)
    # A server that goes down later is told after seconds and not after MLflow's own minutes of retries.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
    return resolve.Registry(connect(server, found, task.console), server.shown)


def worker_host(task):
    """The name under which clients reach this machine."""
    known = str(task.request.get("task", {}).get("host") or "").rpartition("@")[2]
    host = known.rsplit(":", 1)[0] if known.count(":") == 1 else known
    return host or socket.gethostname()


def endpoint(task, settings):
    host = settings.host
    if host in ("0.0.0.0", "::"):
        host = worker_host(task)
    return "http://%s:%d" % ("[%s]" % host if ":" in host else host, settings.port)


def outputs(known):
    return {
        "mlflow.endpoint": known["endpoint"],
        "mlflow.model_name": known["model"]["name"],
        "mlflow.model_version": known["model"]["version"],
        "mlflow.deployment_name": known["name"],
    }


def by_whom(task):
    about = task.request.get("task") or {}
    names = ("name", "instanceId", "projectCode", "workflowCode", "workflowInstanceId")
    return {name: about[name] for name in names if about.get(name) is not None}


def deploy(task, settings):
    registry = connected_registry(task, settings)
    console = task.console
    with Heartbeat(console, "Waiting for the model registry"):
        model = resolve.resolve(settings.model, registry, task.request.get("workdir") or os.getcwd())
    console.line("The model: %s%s" % (model.uri, " (%s)" % model.how if model.how else ""))
    if settings.type != "MLFLOW":
        return containers.deploy(task, settings, model)
    directory = record.open_directory(settings.state_directory, settings.name)
    server = process_server.ProcessServer(task, settings, directory)
    with locked(task, directory, settings.name):
        known = _deploy_process(task, settings, model, server)
    # Outside the lock, so that another task may replace the service while this one is it.
    if settings.serve_mode == "foreground":
        task.console.line("The task is the service now; killing the task stops the service")
        task.console.line(server.hold(known["log"]))
    server.close()
    return outputs(known)


def locked(task, directory, name):
    def wait(seconds):
        if seconds % 5 < 1:
            task.console.line("Another task changes deployment '%s'; waiting for it (%d s)" % (name, seconds))

    return record.locked(directory, wait)


def describe(task, settings, model, identity, flavors, same_as):
    """The record of a deployment, but for what its server adds (log, processes or container)."""
    return {
        "name": settings.name,
        "deployType": settings.type,
        "endpoint": endpoint(task, settings),
        "host": settings.host,
        "port": settings.port,
        "model": {
            "asked": model.asked, "uri": model.uri, "name": model.name, "version": model.version,
            "identity": identity, "flavors": flavors,
        },
        "registry": registry_of(settings),
        "by": by_whom(task),
        "sameAs": same_as,
    }


def registry_of(settings):
    """The address of the registry, as people may read it."""
    return TrackingServer(settings.tracking_uri).shown if settings.tracking_uri else ""


def is_same_model(known, settings, model):
    """Whether the deployment that serves was made from this very model."""
    if os.path.isdir(model.uri):
        return known["model"].get("identity") == model_files.identity(model.uri)
    same_registry = known.get("registry") == registry_of(settings)
    return resolve.is_of_the_server(model.uri) and same_registry and known["model"]["uri"] == model.uri


def _settings_of_the_process(settings):
    """What must be equal, beside the model, for a running server to be the one that is asked for."""
    return {
        "host": settings.host, "port": settings.port, "workers": settings.workers, "timeout": settings.timeout,
        "envManager": settings.environment_manager, "python": sys.executable, "serveMode": settings.serve_mode,
    }


def _adopted(task, settings, model, running):
    """The record of the running deployment if it is what is asked for and healthy, else None."""
    known = (running or {}).get("record")
    if settings.force or settings.serve_mode == "foreground" or not known or not running["running"]:
        return None
    if known.get("sameAs") != _settings_of_the_process(settings) or not is_same_model(known, settings, model):
        return None
    if not health.answers("http://127.0.0.1:%d" % running["serverPort"]):
        task.console.line("Deployment '%s' serves this version but does not answer: it is replaced" % settings.name)
        return None
    task.console.line(
        "Deployment '%s' serves %s since %s and is healthy: adopted, nothing is started"
        % (settings.name, model.uri, known["since"])
    )
    return known


def _deploy_process(task, settings, model, server):
    console, directory = task.console, server.directory
    running = server.running()
    if running is None or running["port"] != settings.port:
        process_server.refuse_foreign_port(settings, record.every(settings.state_directory))
    known = _adopted(task, settings, model, running)
    if known is not None:
        return known
    number = record.last_generation(directory) + 1
    record.prune_logs(directory)
    target = os.path.join(directory, "model-%d" % number)
    record.remove_files(directory, os.path.basename(target))
    try:
        with Heartbeat(console, "Fetching the model's files"):
            model_files.fetch(model, target)
        payload = example_to_try(console, settings, target)
        about = describe(
            task, settings, model, model_files.identity(target), model_files.flavors(target),
            _settings_of_the_process(settings),
        )
        known, old = server.replace(number, target, about, payload)
    except BaseException:
        if server.take_back():
            record.remove_files(directory, os.path.basename(target))
        console.line(_what_serves(settings, directory, number))
        raise
    console.line(
        "Deployment '%s' serves %s at %s; its log: %s" % (settings.name, model.uri, known["endpoint"], known["log"])
    )
    if old is not None:
        server.await_old(old)
    return known


def _what_serves(settings, directory, number):
    """What is there after the deployment with this number has failed or was stopped."""
    name = settings.name
    try:
        serving = process_server.answering(directory)
    except control.FrontSilent:
        return "The front of deployment '%s' does not answer; %s tells more" % (name, os.path.join(directory, "front.log"))
    if serving is None:
        return "No deployment '%s' was there before, and none is there now" % name
    if serving["generation"] != number:
        return "Deployment '%s' serves %s as before" % (name, serving["model"]["uri"])
    goes_on = "ends with this task" if settings.serve_mode == "foreground" else "goes on"
    return "Deployment '%s' serves %s already, and %s" % (name, serving["model"]["uri"], goes_on)


def example_to_try(console, settings, directory):
    """The input example, or None where there is none to try, with the reason in the log."""
    if not settings.check_prediction:
        console.line("No prediction is tried: mlflow.checkPrediction is false")
        return None
    payload = model_files.example(directory)
    if payload is None:
        console.line("No prediction is tried: the model was saved without an input example")
    return payload


def status(task, settings):
    """Tells what is known of the deployment; a failure when it does not serve."""
    known = _known(settings)
    if known is None:
        raise TaskFailure(_unknown(settings))
    serves, detail = ways(known).state(known, record.open_directory(settings.state_directory, settings.name))
    for line in told(known, detail):
        task.console.line(line)
    if not serves:
        raise TaskFailure("Deployment '%s' does not serve: %s" % (settings.name, detail))
    return outputs(known)


def stop(task, settings):
    """Ends the deployment; that there is none is no failure, so that a repeated stop succeeds."""
    known = _known(settings)
    if known is None:
        task.console.line(_unknown(settings) + "; nothing to stop")
        return {"mlflow.deployment_name": settings.name}
    directory = record.open_directory(settings.state_directory, settings.name)
    with locked(task, directory, settings.name):
        ways(known).stop(known, directory, task.console)
    task.console.line("Deployment '%s' (%s) is stopped" % (settings.name, known["model"]["uri"]))
    return outputs(known)


def ways(known):
    """The module that knows deployments of this record's type."""
    return process_server if known["deployType"] == "MLFLOW" else containers


def _known(settings):
    return record.read(os.path.join(settings.state_directory, settings.name))


def _unknown(settings):
    names = [known["name"] for _, known in record.every(settings.state_directory)]
    return "mlflow.deploymentName: there is no deployment '%s' of this user on this worker; %s" % (
        settings.name, "there are: " + ", ".join(names) if names else "there is none at all",
    )


def told(known, detail):
    """The lines that describe a deployment to people."""
    by = known.get("by") or {}
    lines = [
        "deployment  %s (%s)" % (known["name"], known["deployType"]),
        "state       %s" % detail,
        "model       %s" % known["model"]["uri"],
        "endpoint    %s" % known["endpoint"],
        "since       %s" % known["since"],
    ]
    if by:
        lines.append("by          %s" % record.whose(known))
    if known.get("log"):
        lines.append("log         %s" % known["log"])
    return lines
