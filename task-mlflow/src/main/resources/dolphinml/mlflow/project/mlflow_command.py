"""The command `mlflow run` as this MLflow has it: its options are read and carried out by its own code."""

from dolphinml.mlflow.project.in_child import Fault, one_line


def words(request):
    """The command line: options of the node first, then what the user typed, which counts more; the form's version
    counts most, as in the stock plugin."""
    line = []
    for option, key in (("--entry-point", "entryPoint"), ("--env-manager", "envManager"), ("--backend", "backend")):
        if request.get(key):
            line.append("%s=%s" % (option, request[key]))
    line += request["words"]
    if request.get("version"):
        line.append("--version=" + request["version"])
    return line + ["--", request["repository"]]


def parse(command, request):
    """The options of `mlflow run` by name; raises Fault with click's own sentence."""
    import click

    try:
        options = dict(command.make_context("mlflow run", words(request)).params)
    except click.ClickException as error:
        raise Fault("%s: %s; write options as on the command line of mlflow run" % (
            _field(error), error.format_message().rstrip(".")))
    except click.exceptions.Exit:
        raise Fault("params: they ask for help instead of a run; leave --help out")
    except Exception as error:  # MLflow's own check of an environment manager
        raise Fault("mlflow.envManager: %s" % one_line(error))
    for parameter in options["param_list"] or ():
        if "=" not in parameter:
            raise Fault("params: -P %s has no value; write -P name=value" % parameter)
    options["backend"] = options["backend"] or "local"
    return options


def _field(error):
    name = getattr(getattr(error, "param", None), "name", None)
    return {"env_manager": "mlflow.envManager", "backend": "mlflow.backend"}.get(name, "params")


def call(command, options):
    """Runs the project and returns the exit code; raises Fault where MLflow itself says why it cannot."""
    import click
    import mlflow.projects

    run, said = mlflow.projects.run, []

    def waiting(*arguments, **keywords):
        # A task that ends while its work goes on elsewhere would be no honest success.
        keywords["synchronous"] = True
        try:
            return run(*arguments, **keywords)
        except mlflow.projects.ExecutionException as error:
            said.append(one_line(error))
            raise

    mlflow.projects.run = waiting
    try:
        command.callback(**options)
    except click.ClickException as error:
        raise Fault("params: " + error.format_message())
    except SystemExit as end:
        if said and not said[0].endswith("failed"):
            raise Fault(said[0])
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return 130
    except mlflow.exceptions.MlflowException as error:
        raise Fault(one_line(error))
    return 0
