# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Custom projects: what `mlflow run` takes, recorded in a run of ours."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
from urllib.parse import quote

import pytest
from frame import ENOUGH, MAIN, PATIENT, Gate, command_lines, committed, free_port, living, make_project, wait_until


def run_of(client, run):
    return client.get_run(run.run_id)


def test_a_local_project_without_an_environment_file(frame, client, tmp_path):
    make_project(tmp_path / "my proj")
    run = frame.project("my proj", ["-P", "alpha=0.25"], experimentName="local", outputs=["accuracy"]).finish()
    recorded = run_of(client, run)
    assert run.outputs["mlflow.run_id"] == run.run_id == recorded.info.run_id
    assert run.outputs["mlflow.experiment_id"] == client.get_experiment_by_name("local").experiment_id
    assert run.outputs["accuracy"] == 0.25
    assert run.outputs["mlflow.model_uri"] == run.outputs["mlflow.model_version"] == ""
    assert recorded.info.status == "FINISHED"
    assert recorded.data.params == {"alpha": "0.25", "note": "none"}
    assert recorded.data.metrics == {"accuracy": 0.25, "rows": 150.0}
    assert "runs in the node's own environment" in run.log
    check_log(frame, run)
    check_tags(recorded.data.tags, tmp_path / "my proj")


def test_the_run_and_those_in_it_have_the_version_of_the_data(frame, client, tmp_path):
    make_project(tmp_path / "proj", MAIN + "    with mlflow.start_run(nested=True): pass\n")
    version = {"repository": "https://host/data.git", "location": "data/iris.csv", "version": "v3", "rev": "c0ffee", "md5": "1a"}
    run = frame.project("proj", experimentName="with data", fetched={"train": dict(version, path="/exec/iris.csv")}).finish()
    assert run.process.returncode == 0, run.log
    experiment = client.get_experiment_by_name("with data").experiment_id
    runs = client.search_runs([experiment])
    assert len(runs) == 2 and run.run_id in {each.info.run_id for each in runs}
    for each in runs:
        assert {name: each.data.tags["dvc.train." + name] for name in version} == version


def test_a_metric_that_is_not_finite_is_handed_on(frame, tmp_path):
    make_project(tmp_path / "proj")
    run = frame.project("proj", ["-P", "alpha=nan"], experimentName="diverged", outputs=["accuracy"]).finish()
    assert run.process.returncode == 0 and run.outputs["accuracy"] == "nan", run.log


def check_log(frame, run):
    link = "%s/#/experiments/%s/runs/%s" % (frame.address, run.outputs["mlflow.experiment_id"], run.run_id)
    began = run.lines.index("Run %s: %s" % (run.run_id, link))
    assert began < run.lines.index("trained with none")
    assert run.lines[-1] == "Run %s FINISHED: %s" % (run.run_id, link)
    assert "  accuracy  0.25" in run.lines and "  rows      150" in run.lines
    # A server of MLflow 1 does not tell its version.
    told = "tracking server %s%s" % (frame.address, " (MLflow %s)" % frame.mlflow if frame.mlflow >= "2" else "")
    assert run.lines[0].startswith("Python ") and run.lines[0].endswith("MLflow %s, %s" % (frame.mlflow, told))


def check_tags(tags, project):
    assert tags["dolphinscheduler.project"] == tags["dolphinscheduler.project.code"] == "11"
    assert tags["dolphinscheduler.workflow"] == "22"
    assert tags["dolphinscheduler.workflow.instance.id"] == "33"
    assert tags["dolphinscheduler.task"] == tags["mlflow.runName"] == "a task"
    assert tags["dolphinscheduler.task.instance.id"] == "44"
    # Those of MLflow itself are all there.
    assert tags["mlflow.source.type"] == "PROJECT"
    assert tags["mlflow.source.name"] == str(project)
    assert tags["mlflow.project.entryPoint"] == "main"
    assert tags["mlflow.project.backend"] == "local"


def test_a_value_is_never_code(frame, client, tmp_path):
    make_project(tmp_path / "proj")
    note = 'it\'s "two" $(touch MARK) `id`; 中文 \\ *'
    run = frame.project("proj", ["-P", "note=" + note, "--run-name", "by hand"], experimentName="h $(touch MARK) \"'").finish()
    assert run.report["status"] == "success", run.log
    recorded = run_of(client, run)
    assert recorded.data.tags["note"] == note
    assert recorded.data.tags["mlflow.runName"] == "by hand"
    assert client.get_experiment(recorded.info.experiment_id).name == "h $(touch MARK) \"'"
    assert not list(tmp_path.rglob("MARK"))


def test_the_typed_option_counts_more_than_that_of_the_node(monkeypatch, tmp_path):
    mlflow_cli = pytest.importorskip("mlflow.cli", reason="needs an environment with MLflow")
    from dolphinml.mlflow.project import mlflow_command

    request = {
        "repository": "-x y",
        "entryPoint": "main",
        "envManager": "local",
        "version": "v2",
        "words": ["-e", "strict", "--env-manager", "conda", "-v", "v1", "-P", "a=b=c"],
    }
    options = mlflow_command.parse_options(mlflow_cli.run, request)
    assert (options["uri"], options["entry_point"], options["version"]) == ("-x y", "strict", "v2")
    assert options["env_manager"] == "conda" and list(options["param_list"]) == ["a=b=c"]


def test_a_script_needs_no_mlproject(frame, client, tmp_path):
    main = MAIN.replace("sys.argv[1]", "0.5").replace("sys.argv[2]", "''")
    make_project(tmp_path / "proj", mlproject=None, main=main)
    run = frame.project("proj", entryPoint="main.py").finish()
    assert run.outputs["mlflow.experiment_id"] == "0"
    assert run_of(client, run).data.metrics["rows"] == 150


@pytest.fixture
def git_server(tmp_path):
    """The address of a git server with a repository that has its project in a subdirectory; tag v1 and branch main."""
    daemon = os.path.join(subprocess.run(["git", "--exec-path"], stdout=subprocess.PIPE).stdout.decode().strip(), "git-daemon")
    if not shutil.which("git") or not os.path.exists(daemon):
        pytest.skip("needs git with git-daemon")
    project = make_project(tmp_path / "git" / "repo" / "deep", main=MAIN + "print('the first version')\n")
    repository = committed(project.parent, "v1")
    (project / "main.py").write_text(MAIN + "print('the second version')\n")
    committed(repository, "v2")
    port = free_port()
    process = subprocess.Popen(
        [
            daemon,
            "--export-all",
            "--base-path=%s" % repository.parent,
            "--listen=127.0.0.1",
            "--port=%d" % port,
            "--reuseaddr",
            str(repository.parent),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = "git://127.0.0.1:%d/repo" % port
    wait_until(
        lambda: (
            subprocess.run(["git", "ls-remote", address], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
        )
    )
    yield address
    process.terminate()
    process.wait()


def test_the_newest_version_of_a_git_repository(monkeypatch, git_server):
    pytest.importorskip("mlflow", reason="needs an environment with MLflow")
    from mlflow.projects import utils

    from dolphinml.mlflow.project import project_source

    monkeypatch.setattr(utils, "_fetch_project", utils._fetch_project)
    directory = project_source.fetch_source(git_server + "#deep", None).directory
    assert "the second version" in (pathlib.Path(directory) / "main.py").read_text()
    # MLflow takes these files and fetches no second time.
    assert utils._fetch_project(uri=git_server + "#deep", version=None) == directory


def test_a_git_repository_with_version_and_subdirectory(frame, client, git_server):
    tagged = frame.project(git_server + "#deep", experimentName="git", version="v1")
    wrong = frame.project(git_server + "#deep", experimentName="git", version="v9")
    assert "the first version" in tagged.finish().log
    assert run_of(client, tagged).data.tags["mlflow.source.git.commit"]
    assert run_of(client, tagged).data.tags["mlflow.source.name"] == git_server + "#deep"
    assert wrong.finish().lines[-1] == (
        "mlflowProjectRepository: '%s#deep' cannot be fetched (fatal: couldn't find remote ref v9)" % git_server
    )


@pytest.fixture
def prepare(tmp_path, monkeypatch):
    """prepare(repository=..., version=...) -> what the project's process says before the run."""
    pytest.importorskip("mlflow", reason="needs an environment with MLflow")
    from mlflow.projects import utils

    from dolphinml.mlflow.project import project_child

    monkeypatch.chdir(tmp_path)
    fetching = utils._fetch_project

    def said(**command):
        monkeypatch.setattr(utils, "_fetch_project", fetching)
        return project_child.prepare_project(dict({"words": []}, **command))[0]

    return said


@pytest.fixture
def work_tree(tmp_path):
    """A directory with a project in a subdirectory: v1, then v2, then what nobody has committed."""
    project = make_project(tmp_path / "my 100% repo" / "deep", main="print('v1')\n")
    committed(project.parent, "v1")
    (project / "main.py").write_text("print('v2')\n")
    committed(project.parent, "v2")
    (project / "main.py").write_text("print('not committed')\n")
    return project.parent


def fetched_code():
    from mlflow.projects import utils

    return (pathlib.Path(utils._fetch_project(uri="any")) / "main.py").read_text()


@pytest.mark.parametrize("address", ["{0}#deep", "my 100% repo#deep", "file://{1}#deep", "{0}/.git#deep"])
def test_a_version_of_a_directory_with_git(prepare, work_tree, address):
    from dolphinml.mlflow.project.in_child import Fault

    repository = address.format(work_tree, quote(str(work_tree)))
    notes = prepare(repository=repository, version="v1")["notes"]
    assert fetched_code() == "print('v1')\n"
    said = "The project is version v1 of %s; changes that are not committed there are not used" % work_tree
    assert (said in notes) == (".git" not in address)
    assert not any("WARNING" in note for note in notes)
    # Others may work there.
    assert (work_tree / "deep" / "main.py").read_text() == "print('not committed')\n"
    with pytest.raises(Fault) as fault:
        prepare(repository=repository, version="v9")
    assert str(fault.value) == (
        "mlflowProjectRepository: '%s' cannot be fetched (fatal: couldn't find remote ref v9)" % repository
    )


def test_a_commit_of_a_directory_with_git(prepare, work_tree):
    first = subprocess.run(["git", "rev-parse", "v1"], cwd=str(work_tree), stdout=subprocess.PIPE, check=True).stdout
    prepare(repository="%s#deep" % work_tree, words=["--version", first.decode().strip()])
    assert fetched_code() == "print('v1')\n"


def test_a_directory_with_git_is_taken_as_it_is_without_a_version(prepare, work_tree):
    prepare(repository="%s#deep" % work_tree)
    assert fetched_code() == "print('not committed')\n"


def test_the_version_that_clients_send_leaves_a_directory_as_it_is(prepare, work_tree):
    subprocess.run(["git", "branch", "-f", "master", "v1"], cwd=str(work_tree), check=True)
    repository = "%s#deep" % work_tree
    [note] = [note for note in prepare(repository=repository, version="master")["notes"] if "WARNING" in note]
    assert note.startswith("WARNING The version master has no effect: pydolphinscheduler sends it by default, so")
    assert fetched_code() == "print('not committed')\n"
    prepare(repository=repository, words=["-v", "master"])
    assert fetched_code() == "print('v1')\n"


@pytest.mark.parametrize("address", ["proj", "file://{here}/proj"])
def test_a_version_of_a_directory_without_git(prepare, tmp_path, address):
    from dolphinml.mlflow.project.in_child import Fault

    make_project(tmp_path / "proj", main="print('as it is')\n")
    repository = address.format(here=tmp_path)
    notes = prepare(repository=repository, version="main")["notes"]
    assert notes[0] == "WARNING The version main has no effect: %s is not a git repository" % repository
    assert fetched_code() == "print('as it is')\n"
    with pytest.raises(Fault) as fault:  # somebody has typed it
        prepare(repository=repository, words=["-v", "main"])
    assert "only supported for Git" in str(fault.value)


def test_faults_are_reported_before_a_run_is_made(frame, client, tmp_path):
    make_project(tmp_path / "proj")
    run = frame.project("proj", entryPoint="evaluate", experimentName="never made").finish()
    assert run.process.returncode == 1
    assert run.lines[-1] == "mlflow.entryPoint: 'evaluate' is not an entry point of the project; use one of main, strict"
    assert run.report["error"] == run.lines[-1]
    assert client.get_experiment_by_name("never made") is None


TYPED = """
name: typed
entry_points:
  main:
    parameters: {data: path, at: {type: uri, default: "s3://bucket/x"}}
    command: "python main.py {data} {at}"
  fixed:
    parameters: {data: {type: path, default: /no/default}}
    command: "python main.py {data}"
"""


def test_parameters_that_are_paths_and_addresses(tmp_path, monkeypatch):
    pytest.importorskip("mlflow", reason="needs an environment with MLflow")
    from mlflow.projects import utils

    from dolphinml.mlflow.project import project_child

    fetch = utils._fetch_project
    monkeypatch.chdir(tmp_path)
    make_project(tmp_path / "typed", mlproject=TYPED)
    for data in ("typed/main.py", str(tmp_path), "file://%s/typed" % tmp_path, "s3://bucket/data.csv"):
        monkeypatch.setattr(utils, "_fetch_project", fetch)
        told, _ = project_child.prepare_project({"words": ["-P", "data=" + data], "repository": "typed"})
        assert told["manager"] == "local"


def test_a_project_has_a_clean_environment(frame, tmp_path):
    """MLflow 3 takes its variable away in a thread of its own, while others copy the environment."""
    make_project(
        tmp_path / "proj",
        main="import os\nprint(sorted(name + '=' + value for name, value in os.environ.items() if 'TELEMETRY' in name))",
    )
    assert "['MLFLOW_DISABLE_TELEMETRY=true']\n" in frame.project("proj").finish().log
    wanted = frame.project("proj", environment={"MLFLOW_DISABLE_TELEMETRY": "false"}).finish().log
    assert "'MLFLOW_DISABLE_TELEMETRY=false'" in wanted


@pytest.mark.parametrize(
    "command, sentence",
    [
        (dict(repository="nowhere"), "mlflowProjectRepository: there is no directory '{here}/nowhere' on this worker"),
        (dict(repository="proj#deep"), "mlflowProjectRepository: '{here}/proj' has no directory 'deep'"),
        (dict(repository="empty"), "mlflowProjectRepository: 'empty' has no file MLproject; add one, or"),
        (dict(repository="broken"), "mlflowProjectRepository: its MLproject cannot be read ("),
        (dict(repository="proj", entryPoint="evaluate.py"), "mlflow.entryPoint: 'evaluate.py' is not an entry point"),
        (dict(repository="proj", entryPoint="strict"), "params: No value given for missing parameters: 'beta'"),
        (dict(repository="proj", words=["-P", "alpha"]), "params: -P alpha has no value; write -P name=value"),
        (dict(repository="proj", words=["--no-such-option"]), "params: "),
        (dict(repository="proj", words=["surplus"]), "params: Got unexpected extra argument"),
        (dict(repository="proj", words=["--help"]), "params: --help prints help"),
        (dict(repository="proj", words=["--run-id", "1"]), "params: --run-id cannot be given"),
        (dict(repository="proj", envManager="docker"), "mlflow.envManager: "),
        (
            dict(repository="typed", words=["-P", "data=no.csv"]),
            "params: the parameter 'data' is a path, and there is no '{here}/no.csv' on this worker; give the path",
        ),
        (
            dict(repository="typed", words=["-P", "data=file:///no/where.csv"]),
            "params: the parameter 'data' is a path, and there is no '/no/where.csv' on this worker",
        ),
        (dict(repository="typed", entryPoint="fixed"), "params: the parameter 'data' is a path, and there is no '/no/default'"),
        (
            dict(repository="typed", words=["-P", "data=typed", "-P", "at=server"]),
            "params: the parameter 'at' is an address, and 'server' is not one; give one with its scheme",
        ),
        (dict(repository="proj", backend="farm"), "mlflow.backend: 'farm' is not a backend of this MLflow; use local, "),
    ],
)
def test_each_fault_has_a_sentence(tmp_path, monkeypatch, command, sentence):
    pytest.importorskip("mlflow", reason="needs an environment with MLflow")
    from mlflow.projects import utils

    from dolphinml.mlflow.project import project_child
    from dolphinml.mlflow.project.in_child import Fault

    monkeypatch.setattr(utils, "_fetch_project", utils._fetch_project)
    monkeypatch.chdir(tmp_path)
    make_project(tmp_path / "proj")
    make_project(tmp_path / "broken", mlproject="entry_points: [")
    make_project(tmp_path / "typed", mlproject=TYPED)
    (tmp_path / "empty").mkdir()
    with pytest.raises(Fault) as fault:
        project_child.prepare_project(dict({"words": []}, **command))
    assert str(fault.value).startswith(sentence.format(here=tmp_path))
    assert "\n" not in str(fault.value)


def test_a_failing_project(frame, client, tmp_path):
    make_project(tmp_path / "proj", main="import mlflow\nmlflow.start_run()\nraise ValueError('no data for Monday')\n")
    run = frame.project("proj", experimentName="fails").finish()
    assert run.process.returncode == 1
    assert run.lines[-1] == "ValueError: no data for Monday"
    assert run.lines[-2].startswith("Run %s FAILED: http" % run.run_id)
    assert run_of(client, run).info.status == "FAILED"


def test_how_the_command_ended_is_logged(frame, tmp_path):
    make_project(tmp_path / "killed", main="import os\nos.kill(os.getpid(), 9)\n")
    make_project(tmp_path / "gives up", main="raise SystemExit(3)\n")
    killed, gives_up = frame.project("killed"), frame.project("gives up")
    assert killed.finish().lines[-1] == "The project's command was killed by signal 9 (SIGKILL)"
    assert gives_up.finish().lines[-1] == "The project's command ended with exit code 3"
    assert (killed.process.returncode, gives_up.process.returncode) == (1, 1)


@pytest.mark.parametrize(
    "code, words",
    [
        (3, "ended with exit code 3"),
        (-11, "was killed by signal 11 (SIGSEGV)"),
        (139, "ended with exit code 139, as by signal 11 (SIGSEGV)"),
        (128, "ended with exit code 128"),
        (255, "ended with exit code 255"),
        (-40, "was killed by signal 40"),
    ],
)
def test_exit_codes_in_words(code, words):
    from dolphinml.mlflow.project import command_exit

    assert command_exit.describe_exit(code) == words


SLEEPS = """
import subprocess, sys, signal, time
import mlflow
with mlflow.start_run():
    mlflow.log_metric("before", 1)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(["bash", "-c", "trap '' TERM INT; nohup sleep 900 & wait"], start_new_session=True)
    print("sleeping now", flush=True)
    time.sleep(900)
"""


def test_a_parameter_that_names_a_secret_gets_its_value(frame, tmp_path):
    make_project(tmp_path / "proj")
    word = {"secretReference": "env:NOTE", "field": "params", "before": "note="}
    run = frame.project("proj", words=["-P", word, "-P", "alpha=0.25"], environment={"NOTE": "hush-hush-4711"}).finish()
    assert run.process.returncode == 0, run.lines
    assert "Secrets read: env:NOTE" in run.lines and "trained with ******" in run.lines
    assert "hush-hush" not in "\n".join(run.lines)


def test_a_killed_run_is_closed_as_killed_and_leaves_no_process(frame, client, tmp_path):
    make_project(tmp_path / "proj", main=SLEEPS)
    run = frame.project("proj", experimentName="killed", limits=PATIENT).until("sleeping now")
    assert run_of(client, run).info.status == "RUNNING"
    wait_until(lambda: len(living(run.marker)) >= 4)
    run.process.send_signal(signal.SIGTERM)
    run.finish(ENOUGH)
    assert run.process.returncode == 143
    assert living(run.marker) == []
    recorded = run_of(client, run)
    assert recorded.info.status == "KILLED"
    assert recorded.info.end_time
    assert recorded.data.metrics == {"before": 1.0}
    assert run.lines[-1] == "Stopped before the end."


def test_a_kill_while_the_program_starts(frame, client, tmp_path):
    make_project(tmp_path / "proj", main=SLEEPS)
    run = frame.project("proj", experimentName="killed early", limits=PATIENT)
    wait_until(lambda: len(living(run.marker)) >= 2)
    run.process.send_signal(signal.SIGTERM)
    assert run.finish(ENOUGH).process.returncode == 143
    assert living(run.marker) == []
    experiment = client.get_experiment_by_name("killed early")
    left = client.search_runs([experiment.experiment_id]) if experiment else []
    assert [each.info.status for each in left if each.info.status != "KILLED"] == []


def test_what_the_worker_exports_does_not_count(frame, client, tmp_path):
    make_project(tmp_path / "proj")
    foreign = {"MLFLOW_RUN_ID": "0" * 32, "MLFLOW_EXPERIMENT_ID": "4711", "MLFLOW_TRACKING_URI": "http://127.0.0.1:1"}
    run = frame.project("proj", experimentName="named", environment=foreign).finish()
    assert client.get_experiment(run.outputs["mlflow.experiment_id"]).name == "named"


def test_without_a_name_the_exported_experiment_counts(client, monkeypatch):
    from dolphinml.mlflow.project import experiments

    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "exported")
    made = experiments.get_or_create_experiment(client, "")
    assert made.name == "exported"
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", made.experiment_id)
    assert experiments.get_or_create_experiment(client, "").name == "exported"
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID")
    assert experiments.get_or_create_experiment(client, "").name == "Default"


def test_a_new_experiment_is_made_once(client):
    from concurrent.futures import ThreadPoolExecutor

    from dolphinml.mlflow.project import experiments

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: experiments.get_or_create_experiment(client, "made by many").experiment_id, range(16)))
    assert set(made) == {client.get_experiment_by_name("made by many").experiment_id}


def test_a_deleted_experiment(client):
    from dolphinml.common.program import TaskFailure
    from dolphinml.mlflow.project import experiments

    number = client.create_experiment("thrown away")
    client.delete_experiment(number)
    with pytest.raises(TaskFailure) as failure:
        experiments.get_or_create_experiment(client, "thrown away")
    assert str(failure.value).startswith("experimentName: the experiment 'thrown away' (id %s) is deleted; restore it" % number)


def test_a_server_that_is_not_there(frame, tmp_path):
    make_project(tmp_path / "proj")
    address = "http://alice:pa55word@127.0.0.1:%d" % free_port()
    run = frame.project("proj", trackingUri=address).finish()
    assert run.lines == [
        "mlflowTrackingUri: the tracking server %s does not answer (Connection refused); start it, or give the address"
        " of one that runs" % address.replace("alice:pa55word@", "")
    ]


def test_a_server_that_never_answers(tmp_path):
    import socket

    from dolphinml.mlflow.tracking import reachability
    from dolphinml.mlflow.tracking.tracking_server import TrackingServer

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        began = time.monotonic()
        probe = reachability.probe(TrackingServer("http://127.0.0.1:%d" % silent.getsockname()[1]))
    assert time.monotonic() - began < ENOUGH
    assert "does not answer (no answer" in probe.fault


@pytest.mark.parametrize(
    "address, words",
    [
        ("http://127.0.0.1:abc", "does not answer (nonnumeric port: 'abc')"),
        ("http://[bad", "does not answer (Invalid IPv6 URL)"),
    ],
)
def test_an_address_that_is_none(address, words):
    from dolphinml.mlflow.tracking import reachability
    from dolphinml.mlflow.tracking.tracking_server import TrackingServer

    assert words in reachability.probe(TrackingServer(address)).fault


def test_credentials_stay_out_of_logs_and_process_lists(frame, client, server, tmp_path):
    main = MAIN.replace(
        "with mlflow",
        "import os, time\nprint('I know', os.environ['MLFLOW_TRACKING_PASSWORD'],"
        " flush=True)\nwhile not os.path.exists(os.environ['GATE']): time.sleep(0.05)\nwith mlflow",
    )
    make_project(tmp_path / "proj", main=main)
    gate = Gate(server.address, "alice", "pa55 word/@:x")
    address = "http://alice:pa55%%20word%%2F%%40%%3Ax@127.0.0.1:%d" % gate.port
    opens = {"GATE": str(tmp_path / "open")}
    run = frame.project("proj", trackingUri=address, experimentName="gate", environment=opens).until("I know")
    seen = command_lines()
    (tmp_path / "open").touch()
    run.finish()
    assert run_of(client, run).data.metrics["accuracy"] == 0.5
    assert any("main.py" in line for line in seen)
    for place in seen + [run.log, str(run_of(client, run).data.tags)]:
        assert "pa55" not in place and "alice:" not in place
    assert "http://127.0.0.1:%d/#/experiments/" % gate.port in run.log
    wrong = frame.project("proj", trackingUri=address.replace("pa55", "pa66")).finish()
    assert wrong.lines[-1].startswith("mlflowTrackingUri: the tracking server http://127.0.0.1:%d refuses (" % gate.port)
    assert "401" in wrong.lines[-1] and "pa66" not in wrong.log
    exported = {"MLFLOW_TRACKING_USERNAME": "alice", "MLFLOW_TRACKING_PASSWORD": "pa55 word/@:x", "GATE": "/"}
    by_environment = frame.project("proj", trackingUri="http://127.0.0.1:%d" % gate.port, environment=exported).finish()
    assert by_environment.report["status"] == "success", by_environment.log
    assert "I know ******" in by_environment.log
    reference = {"secretReference": "env:ADDRESS", "field": "mlflowTrackingUri"}
    by_reference = frame.project("proj", trackingUri=reference, environment={"ADDRESS": address, "GATE": "/"}).finish()
    assert by_reference.report["status"] == "success", by_reference.log
    assert "I know ******" in by_reference.log and "pa55" not in by_reference.log
    missing = frame.project("proj", trackingUri=reference).finish()
    assert missing.lines == [
        "mlflowTrackingUri: there is no environment variable ADDRESS for the secret env:ADDRESS;"
        " export it where the task's user gets it, or use a file"
    ]


def test_the_model_of_a_project_is_handed_on(frame, client, tmp_path):
    main = """
import mlflow.pyfunc
class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [1] * len(model_input)
with mlflow.start_run():
    where = {"name": "model"} if mlflow.__version__ >= "3" else {"artifact_path": "model"}
    mlflow.pyfunc.log_model(python_model=Model(), pip_requirements=[], **where)
"""
    make_project(tmp_path / "logs", main=main)
    make_project(tmp_path / "registers", main=main.replace("pip_req", "registered_model_name='handed on', pip_req"))
    logged, registered = frame.project("logs"), frame.project("registers")
    assert logged.finish().outputs["mlflow.model_uri"].startswith(("runs:/%s/" % logged.run_id, "models:/m-"))
    assert logged.outputs["mlflow.model_version"] == ""
    assert registered.finish().outputs["mlflow.model_uri"] == "models:/handed on/1"
    assert registered.outputs["mlflow.model_version"] == "1"


def test_a_python_without_mlflow(frame, tmp_path):
    make_project(tmp_path / "proj")
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "mlflow.py").write_text("raise ImportError('No module named mlflow')\n")
    run = frame.project("proj", environment={"PYTHONPATH": str(blocked)}).finish()
    assert run.lines[-1] == (
        "mlflow.environment: %s cannot import mlflow (No module named mlflow); install mlflow"
        " there, or name another environment" % sys.executable
    )
