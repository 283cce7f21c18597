# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Registered models on a real server: what production means after a training, and who wins."""

import threading

import mlflow
import pytest

from dsharness.waiting import wait_until

BAD, GOOD = "C=0.00001", "C=1"

ALIASES = hasattr(mlflow.tracking.MlflowClient, "set_registered_model_alias")
needs_aliases = pytest.mark.skipif(not ALIASES, reason="MLflow before 2.3 has no aliases")


@pytest.fixture
def name(request):
    return request.node.name.replace("[", "-").rstrip("]")


@pytest.fixture
def register(train, csv, name):
    """register("C=1", ...) -> Ended; a training of lr that is registered under the test's name."""
    return lambda params, **given: train(
        algorithm="lr", dataPath=csv("cancer"), params=params, registerModel=True, modelName=name, **given
    )


@pytest.fixture
def production(client, name):
    """The version that is production, by alias and by stage alike."""

    def version():
        staged = [
            version.version
            for version in client.search_model_versions("name='%s'" % name)
            if version.current_stage == "Production"
        ]
        named = [client.get_model_version_by_alias(name, "production").version] if ALIASES else staged
        assert named == staged
        return str(*staged)

    return version


def test_the_newest_version_is_production(register, production, client, name):
    first, second = register(GOOD), register(BAD)
    assert first.outputs == {"mlflow.model_uri": "models:/%s/1" % name, "mlflow.model_name": name, "mlflow.model_version": "1"}
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
    assert (
        "Promotion: version 2 wins over version 1: accuracy %.6g against %.6g, better by %.6g\n"
        % (better.metrics["accuracy"], first.metrics["accuracy"], gain)
        in better.log
    )
    assert production() == "2"

    worse = register(BAD, promoteIf="accuracy")
    assert (
        "Promotion: version 2 stays production, version 3 is the challenger: accuracy %.6g against %.6g, worse by"
        % (worse.metrics["accuracy"], better.metrics["accuracy"])
        in worse.log
    )
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

    assert error(modelName=" ") == ("modelName: nothing is given, but registerModel is on; give the name in the model registry")
    assert error(modelName="a/b") == "modelName: 'a/b' has a '/' or ':'; the registry takes neither"
    assert error(modelName="m", promoteIf="acuracy") == (
        "mlflow.promoteIf: 'acuracy' is not a metric of this training;"
        " use one of accuracy, f1, precision, recall, roc_auc, log_loss"
    )


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
            "API request to endpoint /api/2.0/mlflow/registered-models/alias failed with error code 404 != 200."
        )


@needs_aliases
@pytest.mark.parametrize("kind", ["absent", "refused"])
@pytest.mark.parametrize("lacking", ["alias", "stage"])
def test_takes_what_the_server_has(register, client, name, capsys, kind, lacking):
    from dolphinml.mlflow.preset import promotion
    from dolphinml.mlflow.preset.registry import RegistryEntry

    register(BAD)
    register(GOOD)
    model = RegistryEntry(name, Lacking(client, **{kind: (lacking,)}))
    promotion.promote_newest(model, "1")
    uri = "models:/%s@production" % name if lacking == "stage" else "models:/%s/Production" % name
    assert capsys.readouterr().out == "Version 1 of '%s' is production: %s\n" % (name, uri)
    if lacking == "alias":
        assert str(model.production().version) == "1"
        assert promotion.promote_if_better(model, "2", "accuracy", {"accuracy": 2.0})
        assert "no aliases; version 2 is not marked as challenger" in capsys.readouterr().out


def test_says_when_neither_is_there(register, client, name, capsys):
    from dolphinml.mlflow.preset import promotion
    from dolphinml.mlflow.preset.registry import RegistryEntry

    register(GOOD)
    promotion.promote_newest(RegistryEntry(name, Lacking(client, absent=("alias", "stage"))), "1")
    assert "Warning: the registry has neither stages nor aliases" in capsys.readouterr().out


@needs_aliases
def test_a_refusal_of_the_server_does_not_count_as_a_lack(register, client, name):
    from dolphinml.mlflow.preset.registry import RegistryEntry

    register(GOOD)
    with pytest.raises(mlflow.exceptions.MlflowException):
        RegistryEntry(name, client).set_alias("production", "77")


@pytest.fixture
def rivals(client, experiment, name):
    """rivals(0.7, 0.9, ...) -> versions whose runs go on and have logged that accuracy; all but the first wait."""
    from dolphinml.mlflow.preset.registry import TURN

    def make(*values):
        client.create_registered_model(name)
        runs = [client.create_run(experiment) for _ in values]
        for value, run in zip(values, runs):
            client.log_metric(run.info.run_id, "accuracy", value)
            waiting = {TURN: "waiting"} if run is not runs[0] else None
            client.create_model_version(name, run.info.artifact_uri, run.info.run_id, tags=waiting)
        client.transition_model_version_stage(name, "1", "Production")
        if ALIASES:
            client.set_registered_model_alias(name, "production", "1")
        return [run.info.run_id for run in runs]

    return make


class Slow:
    """The real client; what it knows when it would change production, it keeps until `go` is set."""

    def __init__(self, client):
        self._client, self.reached, self.go = client, threading.Event(), threading.Event()

    def transition_model_version_stage(self, *values, **named):
        self.reached.set()
        assert self.go.wait(90)
        return self._client.transition_model_version_stage(*values, **named)

    def __getattr__(self, name):
        return getattr(self._client, name)


def contest(model, version, value):
    from dolphinml.mlflow.preset import promotion

    with model.turn(version):
        promotion.promote_if_better(model, version, "accuracy", {"accuracy": value})


@pytest.mark.parametrize("first, second, winner", [(0.9, 0.8, "2"), (0.8, 0.9, "3")])
def test_of_two_parallel_trainings_the_worse_cannot_win(rivals, production, client, name, capsys, first, second, winner):
    from dolphinml.mlflow.preset.registry import RegistryEntry

    rivals(0.7, first, second)
    slow = Slow(client)
    threads = [
        threading.Thread(target=contest, args=(RegistryEntry(name, slow), "2", first)),
        threading.Thread(target=contest, args=(RegistryEntry(name, client), "3", second)),
    ]
    log = ""

    def waits():
        nonlocal log
        log += capsys.readouterr().out
        return "Version 3 waits until version 2 has been compared" in log

    threads[0].start()
    assert slow.reached.wait(90)
    threads[1].start()
    wait_until(waits)
    slow.go.set()
    for thread in threads:
        thread.join(90)
    assert production() == winner
    assert not any(version.tags for version in client.search_model_versions("name='%s'" % name))


def test_a_training_that_was_killed_is_not_waited_for(rivals, production, client, name, capsys):
    from dolphinml.mlflow.preset.registry import RegistryEntry

    runs = rivals(0.7, 0.9, 0.8)
    client.set_terminated(runs[1], "KILLED")
    contest(RegistryEntry(name, client), "3", 0.8)
    assert production() == "3" and "waits until" not in capsys.readouterr().out


def test_a_training_that_is_lost_is_not_waited_for_for_ever(rivals, production, client, name, capsys, monkeypatch):
    from dolphinml.mlflow.preset import registry

    rivals(0.7, 0.9, 0.8)
    monkeypatch.setattr(registry, "SECONDS_FOR_ONE_TURN", 0.0)
    contest(registry.RegistryEntry(name, client), "3", 0.8)
    assert production() == "3" and "WARNING Version 2 is still being compared" in capsys.readouterr().out


@pytest.fixture
def guarded(server, monkeypatch):
    """guarded(path) lets trainings reach the server through a gate that refuses POST to that path."""
    import http.server
    import urllib.error
    import urllib.request

    gates = []

    def start(forbidden):
        class Gate(http.server.BaseHTTPRequestHandler):
            def _pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
                if self.command == "POST" and self.path.endswith(forbidden):
                    return self._answer(403, b'{"error_code": "PERMISSION_DENIED", "message": "not you"}', {})
                kept = {key: value for key, value in self.headers.items() if key.lower() != "host"}
                request = urllib.request.Request(server.address + self.path, body, kept, method=self.command)
                try:
                    answer = urllib.request.urlopen(request, timeout=90)
                except urllib.error.HTTPError as error:
                    answer = error
                return self._answer(answer.code, answer.read(), answer.headers)

            def _answer(self, code, body, headers):
                self.send_response(code)
                self.send_header("Content-Type", headers.get("Content-Type", "application/json"))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _pass_on

            def log_message(self, *_):
                pass

        gates.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gate))
        threading.Thread(target=gates[-1].serve_forever, daemon=True).start()
        monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:%d" % gates[-1].server_address[1])

    yield start
    for gate in gates:
        gate.shutdown()
        gate.server_close()


def test_a_refusal_of_the_registry_is_known_before_the_training(register, client, guarded, name):
    guarded("/registered-models/create")
    refused = register(GOOD)
    assert refused.error.startswith(
        "modelName: the model registry does not let this user register '%s' (PERMISSION_DENIED: not you" % name
    )
    assert "Trained" not in refused.log
    guarded("/model-versions/create")
    client.create_registered_model(name)
    refused = register(GOOD)
    assert refused.error.startswith("modelName: the model registry does not let") and "Trained" not in refused.log
    assert client.search_model_versions("name='%s'" % name) == []
