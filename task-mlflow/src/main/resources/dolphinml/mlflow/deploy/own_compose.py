"""deployType DOCKER COMPOSE with a compose file of the user's own.

The file finds the image and the node's settings in variables (DOLPHINML_IMAGE, DOLPHINML_CONTAINER_PORT,
DOLPHINML_HOST, DOLPHINML_PORT, DOLPHINML_CPUS, DOLPHINML_MEMORY, DOLPHINML_DEPLOYMENT). It says itself how the
service is replaced, so requests may be lost meanwhile; when the new one is not healthy the former file comes back.
"""

import hashlib
import os

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy import compose, containers, deployment, engine as engines, health, record, undo
from dolphinml.mlflow.deploy.waiting import Signs

FILE_NAME, VARIABLES_NAME = "own-compose.yml", "own-compose.env"
LOG_LINES_OF_A_FAILURE = 40
UP = ["up", "--detach", "--remove-orphans"]


def _files(directory, prefix=""):
    return [
        "--project-name", compose.project("dolphinml-" + os.path.basename(directory)), "--project-directory", directory,
        "--env-file", os.path.join(directory, prefix + VARIABLES_NAME), "--file", os.path.join(directory, prefix + FILE_NAME),
    ]


def _variables(settings, built):
    return {
        "DOLPHINML_IMAGE": built.name, "DOLPHINML_CONTAINER_PORT": built.port, "DOLPHINML_HOST": settings.host,
        "DOLPHINML_PORT": settings.port, "DOLPHINML_DEPLOYMENT": settings.name,
        "DOLPHINML_CPUS": settings.cpu_limit if settings.cpu_limit is not None else 0,
        "DOLPHINML_MEMORY": settings.memory_limit if settings.memory_limit is not None else 0,
    }


def _own_text(task, settings):
    path = os.path.join(task.request.get("workdir") or os.getcwd(), settings.compose_file)
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise TaskFailure(
            "mlflow.composeFile: '%s' cannot be read: %s; a resource of the node, by its path in the task's directory"
            % (settings.compose_file, error)
        )


def _write(directory, prefix, text, variables):
    with open(os.path.join(directory, prefix + FILE_NAME), "w", encoding="utf-8") as stream:
        stream.write(text)
    with open(os.path.join(directory, prefix + VARIABLES_NAME), "w", encoding="utf-8") as stream:
        stream.write("".join("%s=%s\n" % pair for pair in sorted(variables.items())))


def _url(known):
    host = known["host"] if known["host"] not in ("0.0.0.0", "::") else "127.0.0.1"
    return "http://%s:%d" % ("[%s]" % host if ":" in host else host, known["port"])


def _adopted(task, settings, model, known, same_as):
    if settings.force or known is None or known.get("sameAs") != same_as:
        return False
    if not deployment.is_same_model(known, settings, model) or not health.answers(_url(known)):
        return False
    task.console.line(
        "Deployment '%s' serves %s since %s and is healthy: adopted, nothing is started"
        % (settings.name, model.uri, known["since"])
    )
    return True


def deploy(task, settings, engine, model, directory, known):
    command = engines.compose_command()
    containers.refuse_foreign_deployment(engine, containers.Names(settings.name), directory, known)
    text = _own_text(task, settings)
    same_as = dict(containers.same_as(settings), composeFile=hashlib.sha256(text.encode("utf-8")).hexdigest())
    if _adopted(task, settings, model, known, same_as):
        return known
    built, payload, about = containers.build(task, settings, engine, model, directory)
    about.update(sameAs=same_as, composeFile=settings.compose_file, image=built.name)
    _write(directory, "next-", text, _variables(settings, built))
    task.console.line("The compose file is the node's own: it decides whether requests are lost while it is replaced")
    had = known is not None and os.path.exists(os.path.join(directory, FILE_NAME))
    files, words = (_files(directory), UP) if had else (_files(directory, "next-"), ["down"])
    back = undo.Undo(directory, [command + files + words])
    try:
        _start(task, settings, command, directory, about, payload)
    except BaseException as error:
        compose.run(command, directory, files, words)
        back.done()
        task.console.line(
            "Deployment '%s' is back to %s" % (settings.name, known["model"]["uri"]) if had
            else "No deployment '%s' was there before, and none is there now" % settings.name
        )
        if isinstance(error, engines.EngineRefused):
            raise TaskFailure("mlflow.composeFile: Compose refused '%s': %s" % (settings.compose_file, error))
        raise
    with task.unstoppable():
        for name in (FILE_NAME, VARIABLES_NAME):
            os.replace(os.path.join(directory, "next-" + name), os.path.join(directory, name))
        about["since"] = record.now()
        record.write(directory, about)
        back.done()
    task.console.line("Deployment '%s' serves %s at %s" % (settings.name, model.uri, about["endpoint"]))
    return about


def _start(task, settings, command, directory, about, payload):
    files = _files(directory, "next-")
    compose.run(command, directory, files, UP)
    signs = Signs(task.console, "Waiting for GET /ping at " + _url(about))
    while not health.answers(_url(about)):
        if signs.seconds > settings.start_timeout:
            _fail(command, directory, files, "did not answer GET /ping at %s within %d s (mlflow.startTimeout)"
                  % (_url(about), settings.start_timeout))
        if not compose.run(command, directory, files, ["ps", "-q"]).strip():
            _fail(command, directory, files, "has no containers")
        signs.sign()
        signs.pause()
    task.console.line("Healthy after %.1f s" % signs.seconds)
    if payload is not None:
        try:
            answer = health.predict(_url(about), payload, settings.timeout + 5)
        except health.PredictionFailed as failure:
            _fail(command, directory, files, "cannot predict the model's own input example: %s" % failure)
        task.console.line("Prediction of the model's input example: %s" % answer[:300])


def _fail(command, directory, files, what):
    lines = compose.run(command, directory, files, ["logs", "--tail", str(LOG_LINES_OF_A_FAILURE)]).split("\n")
    summary = "The service of the node's compose file " + what
    raise TaskFailure(summary, ["The last lines of its log:"] + ["  | " + line for line in lines] + [summary])


def state(known):
    if health.answers(_url(known)):
        return True, "answers at " + _url(known)
    return False, "does not answer GET /ping at " + _url(known)


def stop(known, directory):
    compose.run(engines.compose_command(), directory, _files(directory), ["down"])
    for name in (FILE_NAME, VARIABLES_NAME):
        os.unlink(os.path.join(directory, name))
