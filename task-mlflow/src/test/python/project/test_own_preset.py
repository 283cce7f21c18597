# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The example of docs/en/howto/preset.md, as the node runs it that the page describes, from a repository of a site."""

import json
import pathlib
import shlex
import shutil
import subprocess

from frame import committed

EXAMPLE = pathlib.Path(__file__).resolve().parents[5] / "examples" / "own-preset"

# What a node with ml.mlflow.preset_repository hands on: PresetRepositoryTest holds the plugin to it.
WORDS = pathlib.Path(__file__).resolve().parents[2] / "resources" / "preset-words.json"


def bare_repository(directory):
    """A repository without files whose tag v3 is the example, and whose newest commit is not."""
    shutil.copytree(str(EXAMPLE), str(directory / "presets"))
    committed(directory / "presets", "v3")
    shutil.rmtree(str(directory / "presets" / "Project-BasicAlgorithm"))
    (directory / "presets" / "README").write_text("moved")
    committed(directory / "presets", "v4")
    bare = directory / "presets.git"
    subprocess.run(["git", "clone", "-q", "--bare", "presets", bare.name], cwd=str(directory), check=True)
    return bare


def test_the_example_trains_and_registers_in_the_run_of_the_task(frame, client, tmp_path):
    from sklearn.datasets import load_iris

    data = tmp_path / "my iris.csv"
    load_iris(as_frame=True).frame.rename(columns={"target": "label"}).to_csv(data, index=False)
    address = "file://%s#Project-BasicAlgorithm" % bare_repository(tmp_path)
    words = [word.replace("/data/my iris.csv", str(data)) for word in json.loads(WORDS.read_text())["BasicAlgorithm"]]
    (tmp_path / "tmp").mkdir()
    run = frame.project(
        address, words, version="v3", experimentName="own", outputs=["accuracy"], environment={"TMPDIR": str(tmp_path / "tmp")}
    ).finish()
    assert run.report["status"] == "success", run.log
    assert run.outputs["accuracy"] > 0.9
    assert run.outputs["mlflow.model_uri"] == "models:/iris/1"
    recorded = client.get_run(run.run_id).data
    assert recorded.metrics["accuracy"] == run.outputs["accuracy"]
    # MLflow records them as they stand in its command line.
    assert recorded.params == {
        name: shlex.quote(value)
        for name, value in {
            "algorithm": "svm",
            "data_path": str(data),
            "params": "C=1;kernel='rbf'",
            "search_params": "C=[1,2]",
            "model_name": "iris",
            "label_column": "label",
        }.items()
    }
    assert recorded.tags["mlflow.source.name"] == address and recorded.tags["mlflow.source.git.commit"]
    # What was fetched is gone.
    assert list((tmp_path / "tmp").iterdir()) == []


def test_options_reach_a_preset_that_declares_them_and_others_give_a_warning(frame, client, tmp_path):
    data = tmp_path / "groups.csv"
    data.write_text("x,kind\n" + "".join("%d,%s\n" % (at, "ab"[at // 20]) for at in range(40)))
    offers = [
        {"name": "label_column", "value": "kind", "option": "mlflow.labelColumn"},
        {"name": "promote_if", "value": "accuracy", "option": "mlflow.promoteIf"},
    ]
    words = ["-P", "algorithm=lr", "-P", "data_path=%s" % data]
    run = frame.project("%s#Project-BasicAlgorithm" % EXAMPLE, words, offers=offers, experimentName="own").finish()
    assert run.report["status"] == "success", run.log
    assert client.get_run(run.run_id).data.params["label_column"] == "kind"
    assert "WARNING mlflow.promoteIf = accuracy has no effect: the preset's project declares no parameter 'promote_if'" in run.log
