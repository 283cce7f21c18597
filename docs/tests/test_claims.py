# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What the front page says of these plugins is what a test holds them to."""

import ast
import pathlib
import re

import pytest
from book import BY_NAME, PROJECT

CI_RUN = (PROJECT / ".ci" / "run").read_text(encoding="utf-8")
POM = (PROJECT / "pom.xml").read_text(encoding="utf-8")

#: A row of the comparison with the stock plugins, by its first cell, and the test that would fail if it were not so.
EVIDENCE = {
    "a value with a space or a quote": ("integration-tests/tests/test_parameters.py", "test_hostile_text_arrives"),
    "a value `$(command)`": ("integration-tests/tests/test_parameters.py", "test_hostile_text_arrives"),
    "number, boolean, nested JSON parameter": ("integration-tests/tests/test_parameters.py", "test_type_and_value_arrive"),
    "failing notebook in a `requirements.txt` environment": (
        "integration-tests/tests/test_failure.py",
        "test_the_traceback_is_the_end_of_the_log",
    ),
    "environment from `requirements.txt`": ("task-ml-common/src/test/python/environment/test_build.py", "test_uv_from_the_index"),
    "kill": ("integration-tests/tests/test_kill.py", "test_kill_leaves_nothing"),
    "cell output, progress": ("task-jupyter/src/test/python/test_run.py", "test_progress_bars_and_images_and_long_lines"),
    "output parameters": ("integration-tests/tests/test_outputs.py", "test_the_var_pool_has_the_exact_value"),
    "retry": ("integration-tests/tests/test_retry.py", "test_what_lies_above_the_checkpoint_is_not_done_again"),
    "deploy a model": (
        "task-mlflow/src/test/python/deploy/test_process_server.py",
        "test_a_model_is_served_and_outlives_the_task",
    ),
    "next version on the same port": (
        "task-mlflow/src/test/python/deploy/test_process_server.py",
        "test_a_redeploy_under_load_loses_no_request",
    ),
    "parallel first use of an MLflow experiment": (
        "task-mlflow/src/test/python/project/test_custom_project.py",
        "test_a_new_experiment_is_made_once",
    ),
    "preset algorithms, AutoML": (
        "task-mlflow/src/test/python/project/test_preset.py",
        "test_a_training_is_recorded_in_the_run_of_the_frame",
    ),
    "killed training": (
        "task-mlflow/src/test/python/project/test_custom_project.py",
        "test_a_killed_run_is_closed_as_killed_and_leaves_no_process",
    ),
    "SQL with `;` in a string, or with a double quote": (
        "task-openmldb/src/test/java/io/github/dolphinml/openmldb/statement/SqlScriptTest.java",
        "everyByteOfAStatementStays",
    ),
    "parallel uploads of data versions": ("task-dvc/src/test/python/test_parallel.py", "test_ten_uploads_are_all_on_the_branch"),
    "upload under a tag that exists": (
        "task-dvc/src/test/python/test_upload.py",
        "test_a_tag_with_other_content_is_a_fault_that_says_both",
    ),
    "second run of a job of the same name on Kubernetes": (
        "task-kubeflow/src/test/python/test_run_manifest.py",
        "test_a_second_run_of_the_same_name_is_a_fault_and_not_a_success",
    ),
    "job on Kubernetes that another client deletes": (
        "task-kubeflow/src/test/python/test_training_operator.py",
        "test_a_job_that_another_client_deletes_is_a_failure",
    ),
    "missing notebook, kernel, package": ("integration-tests/tests/test_bad_input.py", "test_all_faults_are_reported_at_once"),
}

#: The tests of KUBEFLOW, in the order of the rows of its table.
_CONTRACTS = "task-ml-common/src/test/python/kubernetes/test_contracts.py"
_MANIFESTS = "task-kubeflow/src/test/python/test_run_manifest.py"
_OPERATOR = "task-kubeflow/src/test/python/test_training_operator.py"
_FAULTY = "task-kubeflow/src/test/python/test_faulty_api_server.py"
_SERVER = "integration-tests/tests/test_kubeflow.py"
_LINES = "compatibility-tests/src/test/java/io/github/dolphinml/compatibility/TaskTypesTest.java"
KUBEFLOW = [
    (_CONTRACTS, "test_inference_service"),
    (_CONTRACTS, "test_seldon_deployment"),
    (_CONTRACTS, "test_train_job"),
    (_MANIFESTS, "test_a_job_is_followed_to_its_success"),
    (_MANIFESTS, "test_a_deployment_is_updated_in_place_and_waited_for"),
    (_CONTRACTS, "test_deployment"),
    (_CONTRACTS, "test_argo_workflow"),
    (_MANIFESTS, "test_a_second_run_of_the_same_name_is_a_fault_and_not_a_success"),
    (_MANIFESTS, "test_a_warning_of_the_api_server_is_shown_and_no_failure"),
    (_FAULTY, "test_answers_500_are_waited_out"),
    (_OPERATOR, "test_a_job_that_another_client_deletes_is_a_failure"),
    (_MANIFESTS, "test_a_job_that_does_not_start_in_time_is_deleted_and_says_why"),
    (_SERVER, "test_hostile_values_arrive_and_add_nothing"),
    (_SERVER, "test_a_wrong_manifest_makes_nothing_and_names_document_and_line"),
    (_CONTRACTS, "test_nothing_has_ended_before_its_controller_has_written_anything"),
    (_SERVER, "test_a_distributed_job_succeeds_with_logs_and_outputs"),
    (_MANIFESTS, "test_a_kill_deletes_what_the_run_created_and_only_that"),
    (_LINES, "aHandedKubeconfigIsForTheTasksUserOnlyAndIsGoneAtTheEnd"),
    (_SERVER, "test_no_log_has_a_token"),
]


def rows(name, after="", header="| | "):
    """The rows of the first table with this header after a line, without the header: lists of cells."""
    lines = BY_NAME[name].text.splitlines()
    lines = lines[lines.index(after) if after else 0 :]
    begin = next(number for number, line in enumerate(lines) if line.startswith(header)) + 2
    found = []
    for line in lines[begin:]:
        if not line.startswith("|"):
            return found
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def test_each_row_of_the_comparison_has_a_test():
    assert sorted({row[0] for row in rows("docs/en/migration.md")} ^ set(EVIDENCE)) == []


@pytest.mark.parametrize("page", ["docs/en/migration.md", "docs/zh/migration.md"])
def test_each_row_of_the_comparison_names_its_test(page):
    english = [row[0] for row in rows("docs/en/migration.md")]
    assert [row[-1] for row in rows(page)] == ["`%s`" % EVIDENCE[each][1] for each in english]


def test_the_rows_of_the_front_page_are_of_that_table_and_link_to_their_tests():
    front, whole = rows("README.md"), {row[0]: row for row in rows("docs/en/migration.md")}
    assert len(front) == 6
    for row in front:
        assert row[:-1] == whole[row[0]][:-1]
        assert row[-1] == "[test](%s)" % EVIDENCE[row[0]][0]


@pytest.mark.parametrize("page", ["docs/en/migration.md", "docs/zh/migration.md"])
def test_each_row_of_kubeflow_names_its_test(page):
    assert [row[-1] for row in rows(page, "## KUBEFLOW", "| ")] == ["`%s`" % name for _, name in KUBEFLOW]


@pytest.mark.parametrize("file, name", [*EVIDENCE.values(), *KUBEFLOW])
def test_the_test_exists_and_runs(file, name):
    runs = runs_in_java if file.endswith(".java") else runs_in_pytest
    assert runs(file, (PROJECT / file).read_text(encoding="utf-8"), name)


def runs_in_java(file, text, name):
    """Whether Surefire runs it: a class by its pattern, in a module of the build, with a test that nothing disables."""
    annotations = re.search(r"((?:^    @.*\n(?:^ {8}.*\n|^    }\)\n)*)+)    void %s\(" % name, text, re.MULTILINE)
    return (
        file.endswith("Test.java")
        and "<module>%s</module>" % file.split("/")[0] in POM
        and "@Disabled" not in text
        and annotations is not None
        and re.search(r"@(Parameterized)?Test\b", annotations.group(1)) is not None
    )


def runs_in_pytest(file, text, name):
    """Whether pytest collects it from a folder of .ci/run, and neither a mark nor its own code always skips it."""
    collected = [each for each in ast.parse(text).body if isinstance(each, ast.FunctionDef) and each.name == name]
    path = pathlib.PurePosixPath(file)
    in_ci = any(str(each) in CI_RUN for each in path.parents if each.parts)
    if len(collected) != 1 or not path.name.startswith("test_") or not in_ci:
        return False
    [test] = collected
    always = [*test.decorator_list, *(each.value for each in test.body if isinstance(each, ast.Expr))]
    called = [each.func for each in always if isinstance(each, ast.Call)] + always
    return not any(isinstance(each, ast.Attribute) and each.attr == "skip" for each in called)


@pytest.mark.parametrize(
    "text",
    [
        "import pytest\n@pytest.mark.skip(reason='later')\ndef test_one():\n    assert True\n",
        "import pytest\n@pytest.mark.skip\ndef test_one():\n    assert True\n",
        "import pytest\ndef test_one():\n    pytest.skip('later')\n",
        "def one():\n    pass  # test_one\n",
        "def helper():\n    def test_one():\n        assert True\n",
    ],
)
def test_a_test_of_python_that_does_not_run_is_found(text):
    assert not runs_in_pytest("integration-tests/tests/test_kill.py", text, "test_one")
    good = "def test_one():\n    assert True\n"
    assert runs_in_pytest("integration-tests/tests/test_kill.py", good, "test_one")
    assert not runs_in_pytest("elsewhere/test_kill.py", good, "test_one")


@pytest.mark.parametrize("annotations", ["", "    @Disabled\n    @Test\n", "    @BeforeEach\n"])
def test_a_test_of_java_that_does_not_run_is_found(annotations):
    file = "task-openmldb/src/test/java/SqlScriptTest.java"
    assert not runs_in_java(file, "class A {\n%s    void one() {\n" % annotations, "one")
    assert runs_in_java(file, "class A {\n    @Test\n    void one() {\n", "one")


def test_pictures_are_small():
    large = {
        each.name: each.stat().st_size for each in (PROJECT / "docs" / "pictures").iterdir() if each.stat().st_size > 200_000
    }
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
