#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Brings workflow files into DolphinScheduler 3.1 to 3.4 and runs them, through its REST API; standard library only.

    ds_client.py --url http://127.0.0.1:12345/dolphinscheduler --project demo iris/workflow.json --run

Makes the project, the workflows and, before them, the workflows that their nodes run, whose files it finds in the same
folder; a workflow of the same name is replaced. Log in with an access token (--token or DOLPHINSCHEDULER_TOKEN) or as a
user (--user; the password from --password, DOLPHINSCHEDULER_PASSWORD or a prompt): other users of this machine can read
what is on a command line. With --run the exit code is 0 if the workflow ends as SUCCESS.
"""

import argparse
import getpass
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

#: States in which nothing of a workflow runs any more.
FINAL = frozenset(("SUCCESS", "FAILURE", "STOP", "PAUSE", "BLOCK", "KILL"))

#: What a node is besides its name, code and parameters, and its value where a file does not say it.
TASK_DEFAULTS = {
    "description": "",
    "flag": "YES",
    "isCache": "NO",
    "taskPriority": "MEDIUM",
    "workerGroup": "default",
    "environmentCode": -1,
    "failRetryTimes": 0,
    "failRetryInterval": 0,
    "timeoutFlag": "CLOSE",
    "timeoutNotifyStrategy": "",
    "timeout": 0,
    "delayTime": 0,
    "taskGroupId": 0,
    "taskGroupPriority": 0,
    "cpuQuota": -1,
    "memoryMax": -1,
    "taskExecuteType": "BATCH",
}


class Refused(Exception):
    """The server refused, or there is no such request on its line."""


class SessionEnded(Refused):
    """The server does not know this session, or not any more."""


class Api:
    """A session with one API server."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self._headers = {}
        self._credentials = None

    def login(self, user, password):
        self._credentials = None
        session = self.post("/login", userName=user, userPassword=password)["sessionId"]
        self._headers = {"sessionId": session, "Cookie": "sessionId=" + session}
        self._credentials = (user, password)
        return self

    def use_token(self, token):
        self._headers = {"token": token}
        return self

    def get(self, path, **fields):
        return self.call("GET", path + ("?" + urllib.parse.urlencode(fields) if fields else ""))

    def post(self, path, **fields):
        return self.call("POST", path, urllib.parse.urlencode(fields).encode("ascii"))

    def put(self, path, **fields):
        return self.call("PUT", path, urllib.parse.urlencode(fields).encode("ascii"))

    def delete(self, path):
        return self.call("DELETE", path)

    def pages(self, path, **fields):
        """Everything that a list in pages has."""
        number = 1
        while True:
            page = self.get(path, pageNo=number, pageSize=100, **fields)
            yield from page["totalList"]
            if number >= page["totalPage"]:
                return
            number += 1

    def call(self, method, path, body=None, content_type="application/x-www-form-urlencoded"):
        """The `data` of the server's answer."""
        answer = self._json(method, path, self.fetch(method, path, body, content_type))
        if answer.get("code") != 0:
            raise Refused("%s %s: %s" % (method, path.partition("?")[0], answer.get("msg")))
        return answer.get("data")

    def fetch(self, method, path, body=None, content_type="application/x-www-form-urlencoded"):
        """The bytes of the server's answer."""
        try:
            return self._fetch(method, path, body, content_type)
        except SessionEnded:
            if self._credentials is None:
                raise
            # From 3.3 on a login of the same user elsewhere, in the web interface for instance, ends this session.
            self.login(*self._credentials)
            return self._fetch(method, path, body, content_type)

    def _fetch(self, method, path, body, content_type):
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=self._headers)
        if body is not None:
            request.add_header("Content-Type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            kind = SessionEnded if error.code == 401 else Refused
            raise kind(
                "%s %s: HTTP %d %s" % (method, path.partition("?")[0], error.code, error.read()[:500].decode("utf-8", "replace"))
            ) from error

    @staticmethod
    def _json(method, path, content):
        try:
            return json.loads(content.decode("utf-8"))
        except ValueError:
            raise Refused(
                "%s %s: the answer is not JSON; does the address end in /dolphinscheduler?" % (method, path.partition("?")[0])
            ) from None

    def knows(self, path, **fields):
        """Whether the server has this address: it then answers in JSON, with a code."""
        try:
            content = self.fetch("GET", path + "?" + urllib.parse.urlencode(fields))
            return "code" in json.loads(content.decode("utf-8"))
        except (Refused, ValueError):
            return False

    def project(self, name):
        """The project of that name, created if it does not exist."""
        for each in self.pages("/projects", searchVal=name):
            if each["name"] == name:
                return Project(self, each["code"])
        return Project(self, self.post("/projects", projectName=name, description="")["code"])

    def environment(self, name, config, worker_groups=("default",)):
        """Makes a DolphinScheduler environment of shell `export` lines, or replaces the one of that name; its code."""
        fields = {"name": name, "config": config, "description": "", "workerGroups": json.dumps(list(worker_groups))}
        for each in self.pages("/environment/list-paging", searchVal=name):
            if each["name"] == name:
                self.post("/environment/update", code=each["code"], **fields)
                return each["code"]
        return self.post("/environment/create", **fields)

    def tenant_of_user(self):
        """The tenant of the user of this session, else `default`, which DolphinScheduler 3.2 and later have."""
        return self.get("/users/get-user-info").get("tenantCode") or "default"


class Names:
    """What a server calls a workflow: "process" up to DolphinScheduler 3.2, "workflow" from 3.3 on."""

    def __init__(self, word):
        self.definition = "/%s-definition" % word
        self.instances = "/%s-instances" % word
        self.start = "/executors/start-%s-instance" % word
        self.definition_code = "%sDefinitionCode" % word
        self.instance_id = "%sInstanceId" % word
        self.instance_priority = "%sInstancePriority" % word
        self.sub_instance_id = "sub%sInstanceId" % word.capitalize()
        self.sub_type = "SUB_%s" % word.upper()
        self.relations = "%sTaskRelationList" % word
        self.listed_by = "processDefineCode" if word == "process" else self.definition_code


class Project:
    """Workflows of one project."""

    def __init__(self, api, code):
        self.api = api
        self.code = code
        self.path = "/projects/%d" % code
        self._names = None

    @property
    def names(self):
        """Found out once, by asking for the list of workflows as 3.3 and later call it."""
        if self._names is None:
            new = self.api.knows(self.path + "/workflow-definition", pageNo=1, pageSize=1)
            self._names = Names("workflow" if new else "process")
        return self._names

    def workflows(self):
        return list(self.api.pages(self.path + self.names.definition))

    def save(self, workflow, tenant, known=None, environment=None):
        """Makes or replaces a workflow and switches it on; returns its code.

        `known` are the codes on this server of the workflows that its nodes run, by their codes in the files;
        `environment` is the code of a DolphinScheduler environment for all of its nodes.
        """
        path = self.path + self.names.definition
        found = [each["code"] for each in self.workflows() if each["name"] == workflow.name]
        old = {}
        if found:
            self.release(found[0], "OFFLINE")
            old = {each["name"]: each["code"] for each in self.api.get("%s/%d" % (path, found[0]))["taskDefinitionList"]}
        new = iter(self.task_codes(len(workflow.tasks)))
        codes = {task["code"]: old.get(task["name"]) or next(new) for task in workflow.tasks}
        fields = dict(workflow.fields(self.names, codes, known or {}, environment), tenantCode=tenant)
        if found:
            self.api.put("%s/%d" % (path, found[0]), **fields)
            code = found[0]
        else:
            code = self.api.post(path, **fields)["code"]
        self.release(code)
        return code

    def task_codes(self, count):
        return self.api.get(self.path + "/task-definition/gen-task-codes", genNum=count)

    def release(self, code, state="ONLINE"):
        self.api.post("%s%s/%d/release" % (self.path, self.names.definition, code), releaseState=state, name="")

    def start(self, code, parameters=None, tenant="default", seconds=300):
        """Runs a workflow with global parameters {name: value}; returns the instance's id when the master has made it."""
        before = {each["id"] for each in self.instances(code)}
        self.api.post(
            self.path + self.names.start,
            **{
                self.names.definition_code: code,
                self.names.instance_priority: "MEDIUM",
                "tenantCode": tenant,
                "scheduleTime": "",
                "failureStrategy": "CONTINUE",
                "warningType": "NONE",
                "warningGroupId": 0,
                "execType": "START_PROCESS",
                "taskDependType": "TASK_POST",
                "runMode": "RUN_MODE_SERIAL",
                "workerGroup": "default",
                "startParams": json.dumps(parameters or {}),
                "dryRun": 0,
            },
        )
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            new = [each["id"] for each in self.instances(code) if each["id"] not in before]
            if new:
                return min(new)
            time.sleep(0.2)
        raise Refused("the master made no instance of workflow %d within %d s" % (code, seconds))

    def instances(self, code):
        """The newest instances of a workflow."""
        fields = {self.names.listed_by: code, "pageNo": 1, "pageSize": 50}
        return self.api.get(self.path + self.names.instances, **fields)["totalList"]

    def instance(self, instance):
        return self.api.get("%s%s/%d" % (self.path, self.names.instances, instance))

    def tasks(self, instance):
        """The task instances: id, name, taskType, state, varPool, startTime, endTime and more."""
        return self.api.get("%s%s/%d/tasks" % (self.path, self.names.instances, instance))["taskList"] or []

    def inner_of(self, task):
        """The id of the instance that a task of a SUB_PROCESS or SUB_WORKFLOW node runs; None before there is one."""
        path = "%s%s/query-sub-by-parent" % (self.path, self.names.instances)
        try:
            return (self.api.get(path, taskId=task["id"]) or {}).get(self.names.sub_instance_id)
        except Refused:
            return None

    def all_tasks(self, instance):
        """The tasks of an instance, and of the workflows that its nodes run."""
        for task in sorted(self.tasks(instance), key=lambda each: each["id"]):
            yield task
            inner = self.inner_of(task) if task["taskType"] == self.names.sub_type else None
            if inner is not None:
                yield from self.all_tasks(inner)

    def log(self, task_instance):
        """The log of a task instance, by its id; empty before there is one."""
        try:
            text = self.api.fetch("GET", "/log/download-log?taskInstanceId=%d" % task_instance)
        except Refused:
            return ""
        return text.decode("utf-8", "replace")

    def wait(self, instance, seconds=float("inf"), every=1.0, watch=None):
        """Waits for the end of an instance and returns its state; calls `watch()` after each look."""
        deadline = time.monotonic() + seconds
        while True:
            state = self.instance(instance)["state"]
            if watch is not None:
                watch()
            if state in FINAL:
                return state
            if time.monotonic() > deadline:
                raise Refused("workflow instance %d is still %s after %g s" % (instance, state, seconds))
            time.sleep(every)


class Workflow:
    """A workflow of a file that a DolphinScheduler has exported, of whatever line."""

    def __init__(self, exported):
        definition = exported.get("processDefinition") or exported["workflowDefinition"]
        self.code = definition["code"]
        self.name = definition["name"]
        self.tasks = exported["taskDefinitionList"]
        self.parameters = json.loads(definition.get("globalParams") or "[]")
        self._definition = definition
        self._relations = exported.get("processTaskRelationList") or exported["workflowTaskRelationList"]

    def runs(self):
        """The codes of the workflows that its nodes run."""
        return [code for code in map(_runs, self.tasks) if code is not None]

    def set(self, values):
        """Gives global parameters another value; returns the names of those that it has."""
        known = [each for each in self.parameters if each["prop"] in values]
        for each in known:
            each["value"] = values[each["prop"]]
        return {each["prop"] for each in known}

    def fields(self, names, codes, known, environment):
        """What the API takes; `codes` are the codes of its nodes on the server, by their codes in the file."""
        tasks = [self._task(task, names, codes, known, environment) for task in self.tasks]
        relations = [
            {
                "name": each.get("name") or "",
                "preTaskCode": codes.get(each["preTaskCode"], 0),
                "preTaskVersion": each["preTaskVersion"],
                "postTaskCode": codes[each["postTaskCode"]],
                "postTaskVersion": each["postTaskVersion"],
                "conditionType": each.get("conditionType") or "NONE",
                "conditionParams": each.get("conditionParams") or {},
            }
            for each in self._relations
        ]
        places = [dict(each, taskCode=codes[each["taskCode"]]) for each in json.loads(self._definition.get("locations") or "[]")]
        return {
            "name": self.name,
            "description": self._definition.get("description") or "",
            "globalParams": json.dumps(self.parameters),
            "locations": json.dumps(places),
            "timeout": self._definition.get("timeout") or 0,
            "executionType": self._definition.get("executionType") or "PARALLEL",
            "taskRelationJson": json.dumps(relations),
            "taskDefinitionJson": json.dumps(tasks),
        }

    @staticmethod
    def _task(task, names, codes, known, environment):
        made = {field: task.get(field, default) for field, default in TASK_DEFAULTS.items()}
        made.update(code=codes[task["code"]], name=task["name"], taskType=task["taskType"])
        parameters = _recoded(task["taskParams"], codes)
        inner = _runs(task)
        if inner is not None:
            made["taskType"] = names.sub_type
            parameters.pop("processDefinitionCode", None)
            parameters.pop("workflowDefinitionCode", None)
            parameters[names.definition_code] = known[inner]
        if environment is not None:
            made["environmentCode"] = environment
        return dict(made, taskParams=parameters)


def _recoded(value, codes):
    """The parameters of a node with the server's codes of other nodes: those that a SWITCH or CONDITIONS leads to."""
    if isinstance(value, dict):
        return {name: _recoded(each, codes) for name, each in value.items()}
    if isinstance(value, list):
        return [_recoded(each, codes) for each in value]
    return codes.get(value, value) if isinstance(value, int) else value


def _runs(task):
    """The code of the workflow that a node runs; None for every other node."""
    if task["taskType"] not in ("SUB_PROCESS", "SUB_WORKFLOW"):
        return None
    return task["taskParams"].get("processDefinitionCode") or task["taskParams"]["workflowDefinitionCode"]


def read(path):
    """The workflows of a file."""
    try:
        exported = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        return [Workflow(each) for each in (exported if isinstance(exported, list) else [exported])]
    except (ValueError, KeyError, TypeError, AttributeError) as unlike:
        raise Refused("%s is not the export of a workflow (%r)" % (path, unlike)) from None


def with_inner(paths):
    """The workflows of some files in the order in which they are made: those that others run come first."""
    beside, made = {}, {}
    for path in paths:
        for other in sorted(pathlib.Path(path).resolve().parent.glob("*.json")):
            try:
                beside.update((each.code, each) for each in read(other))
            except Refused:
                continue  # some other file of that folder

    def add(workflow):
        for code in workflow.runs():
            if code not in beside:
                raise Refused("%s runs the workflow %d, whose file is not beside its own" % (workflow.name, code))
            add(beside[code])
        made[workflow.code] = workflow

    last = [workflow for path in paths for workflow in read(path)]
    beside.update((each.code, each) for each in last)
    for workflow in last:
        add(workflow)
    return list(made.values())


def save_all(project, workflows, tenant, values=None, environment=None):
    """Makes workflows in their order, with these values of their global parameters; returns {code in the file: code}."""
    values = values or {}
    unknown = set(values) - {name for workflow in workflows for name in workflow.set(values)}
    if unknown:
        raise Refused(
            "no global parameter is called %s; there are %s"
            % (
                ", ".join(sorted(unknown)),
                ", ".join(sorted({each["prop"] for workflow in workflows for each in workflow.parameters})) or "none",
            )
        )
    codes = {}
    for workflow in workflows:
        codes[workflow.code] = project.save(workflow, tenant, codes, environment)
        print("%-24s %d" % (workflow.name, codes[workflow.code]), flush=True)
    return codes


def outputs(task):
    """The output parameters of a task: {name: value}."""
    pool = task.get("varPool") or []
    pool = json.loads(pool) if isinstance(pool, str) else pool
    return {each["prop"]: each["value"] for each in pool if each.get("direct") == "OUT"}


def run(project, code, tenant):
    """Runs a workflow to its end and prints each change of a task's state, the outputs, the ends of logs of failures."""
    instance = project.start(code, tenant=tenant)
    seen = {}

    def tell():
        for task in project.all_tasks(instance):
            if seen.get(task["id"]) != task["state"]:
                seen[task["id"]] = task["state"]
                print("%-24s %s" % (task["name"], task["state"]), flush=True)

    state = project.wait(instance, watch=tell)
    for task in project.all_tasks(instance):
        for name, value in outputs(task).items():
            print("%-24s %s = %s" % (task["name"], name, value))
        if task["state"] == "FAILURE":
            print("the end of the log of %s:" % task["name"])
            print("\n".join(project.log(task["id"]).splitlines()[-20:]))
    print(state)
    return state


def pair(text):
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError("%r is not NAME=VALUE" % text)
    return name, value


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog=__doc__.partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="an exported workflow, such as iris/workflow.json")
    parser.add_argument("--url", default="http://127.0.0.1:12345/dolphinscheduler", help="of the API server")
    parser.add_argument("--token", default=os.environ.get("DOLPHINSCHEDULER_TOKEN"), help="an access token of the web UI")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password", default=os.environ.get("DOLPHINSCHEDULER_PASSWORD"))
    parser.add_argument("--project", default="ml-examples", help="created if it does not exist")
    parser.add_argument("--tenant", help="who the tasks run as; without it the tenant of the user, or default")
    parser.add_argument(
        "--environment",
        type=pair,
        metavar="NAME=FILE",
        help="makes a DolphinScheduler environment of a file of export lines, for all nodes",
    )
    parser.add_argument(
        "--set",
        type=pair,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="the value of a global parameter of the workflows",
    )
    parser.add_argument("--run", action="store_true", help="run the workflow of the last file and wait for its end")
    return parser.parse_args()


def session(chosen):
    api = Api(chosen.url)
    if chosen.token:
        return api.use_token(chosen.token)
    if chosen.password is None and not sys.stdin.isatty():
        raise Refused("give --token, or a password in DOLPHINSCHEDULER_PASSWORD")
    return api.login(chosen.user, chosen.password or getpass.getpass("Password of %s: " % chosen.user))


def main():
    chosen = arguments()
    workflows = with_inner(chosen.files)
    api = session(chosen)
    environment = None
    if chosen.environment:
        name, file = chosen.environment
        environment = api.environment(name, pathlib.Path(file).read_text(encoding="utf-8"))
    tenant = chosen.tenant or api.tenant_of_user()
    project = api.project(chosen.project)
    codes = save_all(project, workflows, tenant, dict(chosen.set), environment)
    if chosen.run:
        return 0 if run(project, codes[workflows[-1].code], tenant) == "SUCCESS" else 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except urllib.error.URLError as unreachable:
        sys.exit("ds_client.py: the server cannot be reached: %s" % unreachable.reason)
    except (Refused, OSError) as trouble:
        sys.exit("ds_client.py: %s" % trouble)
