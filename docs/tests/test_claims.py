# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What the front page says of these plugins is what a test holds them to."""

import re

import pytest

from book import BY_NAME, PROJECT

#: A row of the front page's table, by its first cell, and the test that would fail if it were not so.
EVIDENCE = {
    "a value with a space or a quote":
        ("integration-tests/tests/test_parameters.py", "test_hostile_text_arrives"),
    "a value `$(command)`":
        ("integration-tests/tests/test_parameters.py", "test_hostile_text_arrives"),
    "number, boolean, nested JSON parameter":
        ("integration-tests/tests/test_parameters.py", "test_type_and_value_arrive"),
    "failing notebook in a `requirements.txt` environment":
        ("integration-tests/tests/test_failure.py", "test_the_traceback_is_the_end_of_the_log"),
    "environment from `requirements.txt`":
        ("task-ml-common/src/test/python/environment/test_build.py", "test_uv_from_the_index"),
    "kill":
        ("integration-tests/tests/test_kill.py", "test_kill_leaves_nothing"),
    "cell output, progress":
        ("task-jupyter/src/test/python/test_run.py", "test_progress_bars_and_images_and_long_lines"),
    "output parameters":
        ("integration-tests/tests/test_outputs.py", "test_the_var_pool_has_the_exact_value"),
    "retry":
        ("integration-tests/tests/test_retry.py", "test_what_lies_above_the_checkpoint_is_not_done_again"),
    "deploy a model":
        ("task-mlflow/src/test/python/deploy/test_process_server.py", "test_a_model_is_served_and_outlives_the_task"),
    "next version on the same port":
        ("task-mlflow/src/test/python/deploy/test_process_server.py", "test_a_redeploy_under_load_loses_no_request"),
    "parallel first use of an MLflow experiment":
        ("task-mlflow/src/test/python/project/test_custom_project.py", "test_a_new_experiment_is_made_once"),
    "preset algorithms, AutoML":
        ("task-mlflow/src/test/python/project/test_preset.py", "test_a_training_is_recorded_in_the_run_of_the_frame"),
    "killed training":
        ("task-mlflow/src/test/python/project/test_custom_project.py", "KILLED"),
    "SQL with `;` in a string, or with a double quote":
        ("task-openmldb/src/test/java/io/github/dolphinml/openmldb/statement/SqlScriptTest.java",
         "everyByteOfAStatementStays"),
    "parallel uploads of data versions":
        ("task-dvc/src/test/python/test_parallel.py", "test_ten_uploads_are_all_on_the_branch"),
    "upload under a tag that exists":
        ("task-dvc/src/test/python/test_upload.py", "test_a_tag_with_other_content_is_a_fault_that_says_both"),
    "missing notebook, kernel, package":
        ("integration-tests/tests/test_bad_input.py", "test_all_faults_are_told_at_once"),
}


def rows(name):
    """The first cells of the table that has a column `stock`."""
    lines = BY_NAME[name].text.splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("| | ")) + 2
    cells = []
    for line in lines[begin:]:
        if not line.startswith("|"):
            return cells
        cells.append(line.split("|")[1].strip())
    return cells


def test_each_row_of_the_front_page_has_a_test():
    assert sorted(set(rows("README.md")) ^ set(EVIDENCE)) == []


@pytest.mark.parametrize("row", EVIDENCE)
def test_the_test_is_there(row):
    file, name = EVIDENCE[row]
    assert name in (PROJECT / file).read_text(encoding="utf-8")


def test_pictures_are_small():
    large = {each.name: each.stat().st_size for each in (PROJECT / "docs" / "pictures").iterdir()
             if each.stat().st_size > 200_000}
    assert large == {}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_architecture_page_has_the_packages_that_are_there(language):
    page = BY_NAME["docs/%s/architecture.md" % language].text
    tables = [set(re.findall(r"^\| `([\w.]+)` \|", section, re.MULTILINE)) for section in page.split("\n## ")]
    java = PROJECT / "task-ml-common" / "src" / "main" / "java" / "io" / "github" / "dolphinml" / "common"
    python = PROJECT / "task-mlflow" / "src" / "main" / "resources" / "dolphinml" / "mlflow" / "deploy"
    layers = {each.stem for each in python.iterdir() if not each.stem.startswith("__")} - {"deploy_model"}
    assert [table for table in tables if table] == [{each.name for each in java.iterdir()}, layers | {"engines.table"}]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_architecture_page_has_the_programs_that_are_there(language):
    programs = re.findall(r"`(\w+/[\w/]+\.py)` \|$", BY_NAME["docs/%s/architecture.md" % language].text, re.MULTILINE)
    plugins = [each for each in PROJECT.glob("task-*") if each.name != "task-ml-common"]
    # MLFLOW has one for each of its three kinds of work.
    assert len(programs) == len(plugins) + 2
    for program in programs:
        module = "task-" + program.split("/")[0]
        assert (PROJECT / module / "src" / "main" / "resources" / "dolphinml" / program).is_file()
