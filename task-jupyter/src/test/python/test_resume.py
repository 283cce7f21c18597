# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A retry of a notebook that opts in begins after its last checkpoint."""

from conftest import cell

CELLS = [
    cell("fail = False", "parameters"),
    cell("import json\nprint('always ran')", "always"),
    cell("open('log', 'a').write('load\\n')\nprint('loaded')"),
    cell("json.dump([1], open('state.json', 'w'))\nopen('log', 'a').write('save\\n')", "checkpoint"),
    cell("open('log', 'a').write('train\\n')\nimport os\nif not os.path.exists('repaired'): raise ValueError('boom')"),
]


def log(runner):
    return (runner.directory / "log").read_text().split()


def fail_then_repair(runner, cells=CELLS, **request):
    assert runner.run(*cells, **request).code == 1
    (runner.directory / "repaired").touch()


def test_a_retry_skips_what_is_above_the_checkpoint(runner):
    fail_then_repair(runner)
    ended = runner.run(*CELLS)
    assert ended.code == 0, ended.log
    assert log(runner) == ["load", "save", "train", "train"]
    assert any(line.startswith("Resumed after the checkpoint: cells 4, 5 of 6") for line in ended.lines), ended.log
    assert ended.log.count("| always ran") == 1
    assert "loaded" in runner.printed()
    assert "not reached" not in ended.log


def test_without_tags_nothing_is_skipped(runner):
    plain = [dict(each, metadata={}) for each in CELLS[1:]]
    fail_then_repair(runner, plain)
    assert runner.run(*plain).code == 0
    assert log(runner) == ["load", "save", "train", "load", "save", "train"]
    assert "dolphinml" not in runner.written()["metadata"]


def test_other_parameters_another_notebook_or_another_workflow_instance_start_over(runner):
    fail_then_repair(runner, parameters={"fail": True})
    assert runner.run(*CELLS, parameters={"fail": False}).code == 0
    assert log(runner).count("load") == 2
    (runner.directory / "repaired").unlink()
    fail_then_repair(runner)
    assert runner.run(*CELLS, runKey="8/train").code == 0
    assert log(runner).count("load") == 4
    (runner.directory / "repaired").unlink()
    fail_then_repair(runner)
    changed = CELLS[:2] + [cell("open('log', 'a').write('load\\n')")] + CELLS[3:]
    assert runner.run(*changed).code == 0
    assert log(runner).count("load") == 6


def version_of(md5):
    return {
        "train": {
            "repository": "https://host/data.git",
            "location": "data/iris.csv",
            "version": "main",
            "rev": "c0ffee",
            "md5": md5,
        }
    }


def test_data_in_another_place_is_the_same_and_other_data_in_the_same_place_is_not(runner):
    fail_then_repair(runner, fetched=version_of("1a"), parameters={"train": "/exec/1/data/train/iris.csv"})
    assert runner.run(*CELLS, fetched=version_of("1a"), parameters={"train": "/exec/2/data/train/iris.csv"}).code == 0
    assert log(runner).count("load") == 1
    (runner.directory / "repaired").unlink()
    fail_then_repair(runner, fetched=version_of("1a"), parameters={"train": "/exec/1/data/train/iris.csv"})
    assert runner.run(*CELLS, fetched=version_of("2b"), parameters={"train": "/exec/1/data/train/iris.csv"}).code == 0
    assert log(runner).count("load") == 2


def test_the_runs_of_mlflow_that_a_notebook_begins_have_the_version_of_the_data(runner):
    runner.needs("mlflow")
    ended = runner.run(
        cell(
            "import mlflow\nmlflow.set_tracking_uri('sqlite:///runs.db')\n"
            "with mlflow.start_run() as run: pass\n"
            "tags = mlflow.MlflowClient().get_run(run.info.run_id).data.tags\n"
            "print(sorted((n, v) for n, v in tags.items() if n.startswith('dvc.')))"
        ),
        fetched=version_of("1a"),
    )
    assert ended.code == 0, ended.log
    assert (
        str(
            [
                ("dvc.train.location", "data/iris.csv"),
                ("dvc.train.md5", "1a"),
                ("dvc.train.repository", "https://host/data.git"),
                ("dvc.train.rev", "c0ffee"),
                ("dvc.train.version", "main"),
            ]
        )
        in runner.printed()
    )


def test_the_option_switches_it_off(runner):
    fail_then_repair(runner)
    assert runner.run(*CELLS, resume=False).code == 0
    assert log(runner).count("load") == 2


def test_a_second_retry_resumes_as_well(runner):
    assert runner.run(*CELLS).code == 1
    assert runner.run(*CELLS).code == 1
    (runner.directory / "repaired").touch()
    assert runner.run(*CELLS).code == 0
    assert log(runner) == ["load", "save", "train", "train", "train"]


def test_a_checkpoint_that_lost_its_kernel_does_not_count(runner):
    """papermill writes that the cell was completed."""
    cells = [cell("open('log', 'a').write('die\\n')\nimport os\nif not os.path.exists('repaired'): os._exit(9)", "checkpoint")]
    fail_then_repair(runner, cells)
    ended = runner.run(*cells)
    assert ended.code == 0, ended.log
    assert log(runner) == ["die", "die"]


def test_a_checkpoint_that_took_too_long_does_not_count(runner):
    cells = [
        cell(
            "open('log', 'a').write('wait\\n')\nimport os, time\nif not os.path.exists('repaired'): time.sleep(900)", "checkpoint"
        )
    ]
    fail_then_repair(runner, cells, executionTimeout=5)
    ended = runner.run(*cells)
    assert ended.code == 0, ended.log
    assert log(runner) == ["wait", "wait"]
