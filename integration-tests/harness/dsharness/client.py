# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""DolphinScheduler's REST API: the client of the examples, and what only tests, the demo and the benchmarks need."""

import contextlib
import json
import sys
import time
import urllib.parse
import uuid

from dsharness import places

sys.path.insert(0, str(places.PROJECT / "examples"))
import ds_client
from ds_client import FINAL, Refused
from ds_client import outputs as out_parameters

__all__ = ["FINAL", "PASSWORD", "USER", "Client", "Project", "Refused", "out_parameters"]

USER = "admin"
PASSWORD = "dolphinscheduler123"


class Client(ds_client.Api):
    """A session with one API server. Every call raises Refused with the server's own words when it fails."""

    def login(self, user=USER, password=PASSWORD):
        return super().login(user, password)

    def get(self, path, **fields):
        """Repeats a query that failed: H2 answers one with a NullPointerException of its own now and then."""
        try:
            return super().get(path, **fields)
        except Refused as refusal:
            # DolphinScheduler hides the exception behind "query ... error"; what it refuses for a reason has no such word.
            if "error" not in str(refusal).lower():
                raise
            return super().get(path, **fields)

    def upload(self, path, file_name, content):
        """Posts one file as a form does; `content` are its bytes."""
        boundary = uuid.uuid4().hex
        body = (
            b"--%s\r\n" % boundary.encode()
            + ('Content-Disposition: form-data; name="file"; filename="%s"\r\n' % file_name).encode()
            + b"Content-Type: application/json\r\n\r\n"
            + content
            + b"\r\n--%s--\r\n" % boundary.encode()
        )
        return self.call("POST", path, body, "multipart/form-data; boundary=" + boundary)

    def tenant(self, code):
        """Makes the tenant unless it is there, and gives it to the user of this session."""
        found = self.get("/tenants", pageNo=1, pageSize=100, searchVal=code)["totalList"]
        if not any(each["tenantCode"] == code for each in found):
            self.post("/tenants", tenantCode=code, queueId=1, description="")
            found = self.get("/tenants", pageNo=1, pageSize=100, searchVal=code)["totalList"]
        chosen = next(each for each in found if each["tenantCode"] == code)
        user = self.get("/users/get-user-info")
        self.post(
            "/users/update",
            id=user["id"],
            userName=user["userName"],
            userPassword="",
            email=user.get("email") or "admin@example.com",
            tenantId=chosen["id"],
            queue="",
            phone="",
            state=1,
        )
        return code

    def project(self, name):
        """The project of that name, made unless it is there."""
        return Project(self, super().project(name).code)

    def export_of(self, project, code):
        """A workflow as the UI would export it, parsed."""
        data = urllib.parse.urlencode({"codes": code}).encode("ascii")
        return json.loads(self.fetch("POST", project.path + project.names.definition + "/batch-export", data))


class Project(ds_client.Project):
    """Workflows of one project."""

    def create(self, workflow, tenant):
        """Saves the workflow and switches it on; returns its code."""
        codes = self.task_codes(len(workflow.nodes))
        tasks, relations, locations = workflow.definition(codes)
        made = self.api.post(
            self.path + self.names.definition,
            name=workflow.name,
            description=workflow.description,
            globalParams=json.dumps(workflow.global_parameters()),
            locations=json.dumps(locations),
            timeout=0,
            tenantCode=tenant,
            taskRelationJson=json.dumps(relations),
            taskDefinitionJson=json.dumps(tasks),
            executionType="PARALLEL",
        )
        self.release(made["code"])
        return made["code"]

    def import_file(self, file_name, content):
        """Does what "import workflow" of the UI does with an exported file; returns the new workflow's code."""
        before = {each["code"] for each in self.workflows()}
        self.api.upload(self.path + self.names.definition + "/import", file_name, content)
        new = [each for each in self.workflows() if each["code"] not in before]
        if len(new) != 1:
            raise Refused("the import of %s made %d workflows" % (file_name, len(new)))
        return new[0]["code"]

    def task(self, instance, name):
        """The newest task instance of that name; None before it was submitted."""
        found = [each for each in self.tasks(instance) if each["name"] == name]
        return max(found, key=lambda each: each["id"]) if found else None

    def attempts(self, instance, name):
        """Every task instance of that name, those that were retried included."""
        found = self.api.get(self.path + "/task-instances", **{self.names.instance_id: instance, "pageNo": 1, "pageSize": 100})
        return [each for each in found["totalList"] if each["name"] == name]

    def inner(self, instance, name):
        """The instance that the SUB_PROCESS node of that name runs; None before there is one."""
        task = self.task(instance, name)
        return None if task is None else self.inner_of(task)

    def execute(self, instance, kind):
        """STOP, PAUSE, REPEAT_RUNNING, START_FAILURE_TASK_PROCESS."""
        self.api.post(self.path + "/executors/execute", **{self.names.instance_id: instance, "executeType": kind})

    def kill(self, instance, seconds=90):
        """Stops the workflow, and returns when the master knows it. DolphinScheduler 3.1 may forget a stop that comes
        while a task is ending: the workflow keeps running until it is stopped again."""
        self.execute(instance, "STOP")
        deadline = time.monotonic() + seconds
        seen = 0
        while seen < 3:
            time.sleep(0.5)
            state = self.instance(instance)["state"]
            if state in FINAL:
                return
            if state == "READY_STOP":
                seen += 1
                continue
            seen = 0
            if time.monotonic() > deadline:
                raise Refused("workflow instance %d is still %s %d s after it was stopped" % (instance, state, seconds))
            with contextlib.suppress(Refused):  # it has ended since that look
                self.execute(instance, "STOP")

    def log(self, task_instance):
        """The log of a task instance as text, without the head that the server adds; empty before it has one."""
        text = super().log(task_instance)
        return text.split("\n", 1)[1] if text.startswith("[LOG-PATH]") and "\n" in text else text

    def wait(self, instance, seconds=900, every=0.3, watch=None):
        return super().wait(instance, seconds, every, watch)
