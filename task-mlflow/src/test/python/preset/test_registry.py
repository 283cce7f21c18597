"""Registered models on a real server: what production means after a training, and who wins."""

import mlflow
import pytest

BAD, GOOD = "C=0.00001", "C=1"

ALIASES = hasattr(mlflow.tracking.MlflowClient, "set_registered_model_alias")
needs_aliases = pytest.mark.skipif(not ALIASES, reason="MLflow before 2.3 has no aliases")


@pytest.fixture
def name(request):
    return request.node.name.replace("[", "-").rstrip("]")


@pytest.fixture
def register(train, csv, name):
    """register("C=1", ...) -> Ended; a training of lr that is registered under the test's name."""
    return lambda params, **given: train(algorithm="lr", dataPath=csv("cancer"), params=params, registerModel=True,
                                         modelName=name, **given)


@pytest.fixture
def production(client, name):
    """The version that is production, by alias and by stage alike."""

    def version():
        staged = [version.version for version in client.search_model_versions("name='%s'" % name)
                  if version.current_stage == "Production"]
        named = [client.get_model_version_by_alias(name, "production").version] if ALIASES else staged
        assert named == staged
        return str(*staged)

    return version


def test_the_newest_version_is_production(register, production, client, name):
    first, second = register(GOOD), register(BAD)
    assert first.outputs == {"mlflow.model_uri": "models:/%s/1" % name, "mlflow.model_name": name,
                             "mlflow.model_version": "1"}
    assert second.outputs["mlflow.model_version"] == "2"
    assert production() == "2"
    assert client.get_model_version(name, "1").current_stage == "Archived"
    uris = ["models:/%s/Production" % name] + ["models:/%s@production" % name] * ALIASES
    assert "Version 2 of '%s' is production: %s\n" % (name, ", ".join(uris)) in second.log
    for uri in uris + [second.outputs["mlflow.model_uri"]]:
        assert mlflow.pyfunc.load_model(uri).metadata.run_id == second.run_id


def test_the_better_one_wins_and_the_worse_and_the_equal_one_do_not(register, production, client, name):
    first = register(BAD, promoteIf="accuracy")
    assert "Promotion: no version of '%s' is production yet\n" % name in first.log
    assert production() == "1"

    better = register(GOOD, promoteIf="accuracy")
    gain = better.metrics["accuracy"] - first.metrics["accuracy"]
    assert gain > 0
    assert "Promotion: version 2 wins over version 1: accuracy %.6g against %.6g, better by %.6g\n" % (
        better.metrics["accuracy"], first.metrics["accuracy"], gain) in better.log
    assert production() == "2"

    worse = register(BAD, promoteIf="accuracy")
    assert "Promotion: version 2 stays production, version 3 is the challenger: accuracy %.6g against %.6g, worse by" % (
        worse.metrics["accuracy"], better.metrics["accuracy"]) in worse.log
    equal = register(GOOD, promoteIf="accuracy")
    assert "Promotion: version 2 stays production, version 4 is the challenger: accuracy" in equal.log
    assert ", equal\n" in equal.log
    assert production() == "2"
    if ALIASES:
        assert str(client.get_model_version_by_alias(name, "challenger").version) == "4"


def test_of_a_loss_the_smaller_one_wins(register, production):
    bad, good = register(BAD, promoteIf="log_loss"), register(GOOD, promoteIf="log_loss")
    assert good.metrics["log_loss"] < bad.metrics["log_loss"]
    assert "Promotion: version 2 wins over version 1: log_loss" in good.log
    assert "worse by" in register(BAD, promoteIf="log_loss").log
    assert production() == "2"


@needs_aliases
def test_the_present_one_is_found_by_its_stage_alone(register, production, client, name):
    register(GOOD)
    client.delete_registered_model_alias(name, "production")
    assert "version 1 stays production" in register(BAD, promoteIf="f1-score").log
    assert "version 1 stays production" in register(GOOD, promoteIf="f1").log
    register(BAD)
    assert production() == "4"


def test_without_a_metric_to_compare_with_the_present_one_stays(register, client, experiment, name):
    run = client.create_run(experiment)
    client.create_registered_model(name)
    client.create_model_version(name, run.info.artifact_uri, run.info.run_id)
    client.transition_model_version_stage(name, "1", "Production")
    ended = register(GOOD, promoteIf="accuracy")
    assert "version 1 stays production, version 2 is the challenger: the run of version 1 has no accuracy" in ended.log


def test_refuses_before_training_what_cannot_be_registered(train, csv):
    def error(**given):
        ended = train(algorithm="lr", dataPath=csv("iris"), registerModel=True, **given)
        assert ended.log == ""
        return ended.error

    assert error(modelName=" ") == (
        "modelName: nothing is given, but registerModel is on; the name in the model registry")
    assert error(modelName="a/b") == "modelName: 'a/b' has a '/' or ':'; the registry takes neither"
    assert error(modelName="m", promoteIf="acuracy") == (
        "mlflow.promoteIf: 'acuracy' is no metric of this training; one of accuracy, f1, precision, recall, roc_auc, "
        "log_loss")


class Lacking:
    """The real client without some of its methods, or answering them as a server that does not know them."""

    def __init__(self, client, absent=(), refused=()):
        self._client, self._absent, self._refused = client, absent, refused

    def __getattr__(self, name):
        if any(part in name for part in self._absent):
            raise AttributeError(name)
        if any(part in name for part in self._refused):
            return self._refuse
        return getattr(self._client, name)

    @staticmethod
    def _refuse(*values, **named):
        raise mlflow.exceptions.MlflowException(
            "API request to endpoint /api/2.0/mlflow/registered-models/alias failed with error code 404 != 200.")


@needs_aliases
@pytest.mark.parametrize("kind", ["absent", "refused"])
@pytest.mark.parametrize("lacking", ["alias", "stage"])
def test_takes_what_the_server_has(register, client, name, capsys, kind, lacking):
    from dolphinml.mlflow.preset import promotion
    from dolphinml.mlflow.preset.registry import RegisteredModel

    register(BAD)
    register(GOOD)
    model = RegisteredModel(name, Lacking(client, **{kind: (lacking,)}))
    promotion.newest(model, "1")
    uri = "models:/%s@production" % name if lacking == "stage" else "models:/%s/Production" % name
    assert capsys.readouterr().out == "Version 1 of '%s' is production: %s\n" % (name, uri)
    if lacking == "alias":
        assert str(model.production().version) == "1"
        assert promotion.better(model, "2", "accuracy", {"accuracy": 2.0})
        assert "no aliases; version 2 is not marked as challenger" in capsys.readouterr().out


def test_says_when_neither_is_there(register, client, name, capsys):
    from dolphinml.mlflow.preset import promotion
    from dolphinml.mlflow.preset.registry import RegisteredModel

    register(GOOD)
    promotion.newest(RegisteredModel(name, Lacking(client, absent=("alias", "stage"))), "1")
    assert "Warning: the registry has neither stages nor aliases" in capsys.readouterr().out


@needs_aliases
def test_a_refusal_of_the_server_is_no_lack(register, client, name):
    from dolphinml.mlflow.preset.registry import RegisteredModel

    register(GOOD)
    with pytest.raises(mlflow.exceptions.MlflowException):
        RegisteredModel(name, client).set_alias("production", "77")
