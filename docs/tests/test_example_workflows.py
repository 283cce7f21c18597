# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The workflows of examples/ have what the importers and masters of each line of DolphinScheduler need."""

import json
import re
import sys

import pytest
from book import PROJECT

sys.path.insert(0, str(PROJECT / "examples"))
import ds_client

EXAMPLES = PROJECT / "examples"
FILES = sorted(path for path in EXAMPLES.glob("*/*.json") if "processDefinition" in path.read_text(encoding="utf-8"))

#: What "Import Workflow" of a line reads from a file and its master cannot do without: a field that is missing is null
#: there, and the instance fails, hangs or leaves the node out.
OF_DEFINITION = {"code", "name", "description", "globalParams", "locations", "timeout", "executionType", "flag"}
OF_RELATION = {"preTaskCode", "preTaskVersion", "postTaskCode", "postTaskVersion", "conditionType", "conditionParams"}
OF_TASK = {
    "code",
    "name",
    "version",
    "description",
    "taskType",
    "taskParams",
    "flag",
    "taskPriority",
    "workerGroup",
    "environmentCode",
    "failRetryTimes",
    "failRetryInterval",
    "timeoutFlag",
    "timeout",
    "delayTime",
    "taskGroupId",
    "taskGroupPriority",
    "cpuQuota",
    "memoryMax",
    "taskExecuteType",
}
IMPORTED = {
    "3.1": (OF_DEFINITION | {"tenantId", "warningGroupId"}, OF_RELATION, OF_TASK),
    # Without isCache the master fails on null, and the instance stays RUNNING without a task.
    "3.2": (OF_DEFINITION | {"warningGroupId"}, OF_RELATION, OF_TASK | {"isCache"}),
}

#: What the API of a line takes from ds_client.py: form fields, and the JSON of tasks and relations in two of them.
OF_REQUEST = {
    "name",
    "description",
    "globalParams",
    "locations",
    "timeout",
    "executionType",
    "taskRelationJson",
    "taskDefinitionJson",
}
SENT = {
    "3.1": ("process", OF_TASK - {"version"}),
    "3.2": ("process", (OF_TASK - {"version"}) | {"isCache"}),
    "3.3": ("workflow", (OF_TASK - {"version"}) | {"isCache"}),
    "3.4": ("workflow", OF_TASK - {"version"}),
}
#: The node that runs a workflow, and the field in which it names it.
INNER = {"process": ("SUB_PROCESS", "processDefinitionCode"), "workflow": ("SUB_WORKFLOW", "workflowDefinitionCode")}


def name(path):
    return str(path.relative_to(EXAMPLES))


def missing(fields, entry):
    return {field for field in fields if entry.get(field) is None}


def test_there_are_workflows():
    assert len(FILES) >= 7


@pytest.mark.parametrize("path", FILES, ids=name)
@pytest.mark.parametrize("line", IMPORTED)
def test_the_file_has_what_the_import_of_the_line_needs(line, path):
    of_definition, of_relation, of_task = IMPORTED[line]
    [exported] = json.loads(path.read_text(encoding="utf-8"))
    assert not missing(of_definition, exported["processDefinition"])
    for relation in exported["processTaskRelationList"]:
        assert not missing(of_relation, relation), relation
    for task in exported["taskDefinitionList"]:
        assert not missing(of_task, task), task["name"]
        assert task.get("isCache", "NO") == "NO"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_codes_are_of_this_file(path):
    [exported] = json.loads(path.read_text(encoding="utf-8"))
    codes = {task["code"] for task in exported["taskDefinitionList"]}
    assert len(codes) == len(exported["taskDefinitionList"])
    after = {relation["postTaskCode"] for relation in exported["processTaskRelationList"]}
    assert after == codes
    assert {relation["preTaskCode"] for relation in exported["processTaskRelationList"]} <= codes | {0}
    assert {place["taskCode"] for place in json.loads(exported["processDefinition"]["locations"])} == codes
    assert {relation["processDefinitionCode"] for relation in exported["processTaskRelationList"]} == {
        exported["processDefinition"]["code"]
    }


@pytest.mark.parametrize("path", FILES, ids=name)
def test_what_a_node_reads_is_a_parameter_of_its_workflow(path):
    """From 3.4 on an output of an earlier task only overrides a parameter that exists."""
    for workflow in ds_client.read(path):
        known = {each["prop"] for each in workflow.parameters}
        for task in workflow.tasks:
            own = {each["prop"] for each in task["taskParams"].get("localParams") or () if each["direct"] == "IN"}
            read = set(re.findall(r"\$\{([\w.]+)\}", json.dumps(task["taskParams"])))
            assert read - own - known - {each for each in read if each.startswith("system.")} == set(), task["name"]


def test_workflows_have_codes_of_their_own():
    workflows = [each for path in FILES for each in ds_client.read(path)]
    assert len({each.code for each in workflows}) == len({each.name for each in workflows}) == len(FILES)


@pytest.mark.parametrize("path", FILES, ids=name)
@pytest.mark.parametrize("line", SENT)
def test_the_client_sends_what_the_api_of_the_line_needs(line, path):
    word, of_task = SENT[line]
    inner_type, inner_field = INNER[word]
    for workflow in ds_client.with_inner([path]):
        codes = {task["code"]: 10 + number for number, task in enumerate(workflow.tasks)}
        fields = workflow.fields(ds_client.Names(word), codes, dict.fromkeys(workflow.runs(), 7), 5)
        assert not missing(OF_REQUEST, fields)
        for task in json.loads(fields["taskDefinitionJson"]):
            assert not missing(of_task, task), task["name"]
            assert task["environmentCode"] == 5
            if task["taskType"].startswith("SUB_"):
                assert (task["taskType"], task["taskParams"][inner_field]) == (inner_type, 7)
        for relation in json.loads(fields["taskRelationJson"]):
            assert not missing(OF_RELATION, relation)
            assert {relation["preTaskCode"], relation["postTaskCode"]} <= {0, *codes.values()}


@pytest.mark.parametrize("line", SENT)
def test_a_condition_leads_to_the_nodes_of_the_server(line):
    [workflow] = [
        each
        for each in ds_client.with_inner([EXAMPLES / "data-to-service" / "watch-for-drift.json"])
        if each.name == "watch for drift"
    ]
    codes = {task["code"]: 10 + number for number, task in enumerate(workflow.tasks)}
    named = {task["name"]: codes[task["code"]] for task in workflow.tasks}
    fields = workflow.fields(ds_client.Names(SENT[line][0]), codes, dict.fromkeys(workflow.runs(), 7), None)
    [condition] = [task for task in json.loads(fields["taskDefinitionJson"]) if task["taskType"] == "SWITCH"]
    result = condition["taskParams"]["switchResult"]
    assert result["dependTaskList"][0]["nextNode"] == named["version the data"]
    assert result["nextNode"] == named["leave it"]


def test_the_workflows_that_nodes_run_come_first():
    workflows = ds_client.with_inner([EXAMPLES / "train-and-deploy" / "train-and-deploy.json"])
    assert [each.name for each in workflows] == ["train", "deploy", "train and deploy"]


def test_a_workflow_that_is_not_there_is_named(tmp_path):
    alone = tmp_path / "alone.json"
    alone.write_text((EXAMPLES / "train-and-deploy" / "train-and-deploy.json").read_text(encoding="utf-8"))
    with pytest.raises(ds_client.Refused, match="train and deploy runs the workflow [0-9]+, whose file is not beside"):
        ds_client.with_inner([alone])
