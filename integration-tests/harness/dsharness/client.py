"""DolphinScheduler's REST API, as much of it as running and watching workflows takes."""

import contextlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

USER = "admin"
PASSWORD = "dolphinscheduler123"

#: States in which nothing of a workflow runs any more.
FINAL = frozenset(("SUCCESS", "FAILURE", "STOP", "PAUSE", "BLOCK"))


class Refused(Exception):
    """The server answered, and the answer is no."""


class Client:
    """A session with one API server. Every call raises Refused with the server's own words when it fails."""

    def __init__(self, address):
        self.address = address.rstrip("/")
        self._session = None

    def login(self, user=USER, password=PASSWORD):
        self._session = self.post("/login", userName=user, userPassword=password)["sessionId"]
        return self

    def get(self, path, **fields):
        query = "?" + urllib.parse.urlencode(fields) if fields else ""
        return self._call(urllib.request.Request(self.address + path + query))

    def post(self, path, **fields):
        data = urllib.parse.urlencode(fields).encode("utf-8")
        return self._call(urllib.request.Request(self.address + path, data=data, method="POST"))

    def delete(self, path):
        return self._call(urllib.request.Request(self.address + path, method="DELETE"))

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
        request = urllib.request.Request(self.address + path, data=body, method="POST")
        request.add_header("Content-Type", "multipart/form-data; boundary=" + boundary)
        return self._call(request)

    def download(self, path, **fields):
        """The bytes of an answer that is a file."""
        request = urllib.request.Request(self.address + path + "?" + urllib.parse.urlencode(fields))
        return self._open(request)

    def _open(self, request):
        if self._session is not None:
            request.add_header("Cookie", "sessionId=" + self._session)
            request.add_header("sessionId", self._session)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise Refused("%s: HTTP %d %s" % (request.full_url, error.code, error.read()[:500])) from error

    def _call(self, request):
        answer = json.loads(self._open(request).decode("utf-8"))
        if answer.get("code") != 0:
            raise Refused("%s: %s" % (request.full_url, answer.get("msg")))
        return answer.get("data")

    # What a workflow needs around it.

    def tenant(self, code):
        """Makes the tenant unless it is there, and gives it to the user of this session."""
        found = self.get("/tenants", pageNo=1, pageSize=100, searchVal=code)["totalList"]
        if not any(each["tenantCode"] == code for each in found):
            self.post("/tenants", tenantCode=code, queueId=1, description="")
            found = self.get("/tenants", pageNo=1, pageSize=100, searchVal=code)["totalList"]
        chosen = next(each for each in found if each["tenantCode"] == code)
        user = self.get("/users/get-user-info")
        self.post("/users/update", id=user["id"], userName=user["userName"], userPassword="",
                  email=user.get("email") or "admin@example.com", tenantId=chosen["id"], queue="", phone="", state=1)
        return code

    def project(self, name):
        """The project of that name, made unless it is there."""
        found = self.get("/projects", pageNo=1, pageSize=100, searchVal=name)["totalList"]
        for each in found:
            if each["name"] == name:
                return Project(self, each["code"])
        return Project(self, self.post("/projects", projectName=name, description="")["code"])

    def environment(self, name, config):
        """Makes a DS environment (shell `export` lines) for the default worker group; returns its code."""
        return self.post("/environment/create", name=name, config=config, description="",
                         workerGroups=json.dumps(["default"]))

    def export_of(self, project, code):
        """A workflow as the UI would export it, parsed."""
        data = urllib.parse.urlencode({"codes": code}).encode("ascii")
        path = "/projects/%d/process-definition/batch-export" % project.code
        return json.loads(self._open(urllib.request.Request(self.address + path, data=data, method="POST")))


class Project:
    """Workflows of one project."""

    def __init__(self, client, code):
        self.client = client
        self.code = code
        self._path = "/projects/%d" % code

    def task_codes(self, count):
        return self.client.get(self._path + "/task-definition/gen-task-codes", genNum=count)

    def create(self, workflow, tenant):
        """Saves the workflow and switches it on; returns its code."""
        codes = self.task_codes(len(workflow.nodes))
        tasks, relations, locations = workflow.definition(codes)
        made = self.client.post(
            self._path + "/process-definition",
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
        self.client.upload(self._path + "/process-definition/import", file_name, content)
        new = [each for each in self.workflows() if each["code"] not in before]
        if len(new) != 1:
            raise Refused("the import of %s made %d workflows" % (file_name, len(new)))
        return new[0]["code"]

    def workflows(self):
        return self.client.get(self._path + "/process-definition", pageNo=1, pageSize=100)["totalList"]

    def release(self, code, state="ONLINE"):
        self.client.post(self._path + "/process-definition/%d/release" % code, releaseState=state, name="")

    def start(self, code, parameters=None, seconds=300):
        """Runs the workflow; returns the instance's id as soon as the master has made it."""
        before = {each["id"] for each in self.instances(code)}
        self.client.post(
            self._path + "/executors/start-process-instance",
            processDefinitionCode=code,
            scheduleTime="",
            failureStrategy="CONTINUE",
            warningType="NONE",
            warningGroupId=0,
            execType="START_PROCESS",
            taskDependType="TASK_POST",
            runMode="RUN_MODE_SERIAL",
            processInstancePriority="MEDIUM",
            workerGroup="default",
            startParams=json.dumps(parameters or {}),
            dryRun=0,
        )
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            new = [each["id"] for each in self.instances(code) if each["id"] not in before]
            if new:
                return min(new)
            time.sleep(0.2)
        raise Refused("the master made no instance of workflow %d within %d s" % (code, seconds))

    def instances(self, code):
        return self.client.get(self._path + "/process-instances", processDefineCode=code, pageNo=1,
                               pageSize=50)["totalList"]

    def instance(self, instance):
        return self.client.get(self._path + "/process-instances/%d" % instance)

    def tasks(self, instance):
        """The task instances: name, state, varPool (text), startTime, endTime, id and so on."""
        return self.client.get(self._path + "/process-instances/%d/tasks" % instance)["taskList"] or []

    def task(self, instance, name):
        """The newest task instance of that name; None before it was submitted."""
        found = [each for each in self.tasks(instance) if each["name"] == name]
        return max(found, key=lambda each: each["id"]) if found else None

    def attempts(self, instance, name):
        """Every task instance of that name, those that were retried included."""
        found = self.client.get(self._path + "/task-instances", processInstanceId=instance, pageNo=1, pageSize=100)
        return [each for each in found["totalList"] if each["name"] == name]

    def inner(self, instance, name):
        """The instance that the SUB_PROCESS node of that name runs; None before there is one."""
        task = self.task(instance, name)
        try:
            found = self.client.get(self._path + "/process-instances/query-sub-by-parent", taskId=task["id"])
            return found["subProcessInstanceId"]
        except (Refused, TypeError):
            return None

    def execute(self, instance, kind):
        """STOP, PAUSE, REPEAT_RUNNING, START_FAILURE_TASK_PROCESS."""
        self.client.post(self._path + "/executors/execute", processInstanceId=instance, executeType=kind)

    def kill(self, instance, seconds=90):
        """Stops the workflow, and returns when the master knows it. DolphinScheduler 3.1 may forget a stop that comes
        in the moment in which a task ends: the workflow runs on, until somebody stops it again."""
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
        try:
            content = self.client.download("/log/%d/download-log" % self.code, taskInstanceId=task_instance)
        except Refused:
            return ""
        text = content.decode("utf-8", "replace")
        return text.split("\n", 1)[1] if text.startswith("[LOG-PATH]") and "\n" in text else text

    def wait(self, instance, seconds=900, every=0.3, watch=None):
        """Waits for the instance to end and returns its state; calls `watch()` between looks."""
        deadline = time.monotonic() + seconds
        while True:
            state = self.instance(instance)["state"]
            if watch is not None:
                watch()
            if state in FINAL:
                return state
            if time.monotonic() > deadline:
                raise Refused("workflow instance %d is still %s after %d s" % (instance, state, seconds))
            time.sleep(every)


def out_parameters(task):
    """The var pool of a task instance as {name: value}; only what goes OUT."""
    pool = json.loads(task.get("varPool") or "[]")
    return {each["prop"]: each["value"] for each in pool if each.get("direct") == "OUT"}
