# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A deployment as a Kubernetes object whose controller serves the model: the base class of KServe's and Seldon's engines.

The platform itself replaces the old version with the new one. The task applies the manifest and checks that the new version's
own pods serve and predict; otherwise it applies the previous manifest again. The deployment's record is kept in the cluster, so
any worker can change the deployment.
"""

import json
import os
import queue
import re
import shutil
import sys
import time
import uuid
from typing import Any, Dict, List, Optional, Tuple

from dolphinml.common import processes
from dolphinml.common.optional import given
from dolphinml.common.program import Task, TaskFailure, workdir
from dolphinml.common.waiting import WaitingLog
from dolphinml.kubernetes import pods, rights
from dolphinml.kubernetes.contracts import FAILED, START, SUCCEEDED, started_by
from dolphinml.kubernetes.events import Events
from dolphinml.kubernetes.kubectl import Refused, reference
from dolphinml.kubernetes.objects import at, title
from dolphinml.kubernetes.pod_logs import PodLogs
from dolphinml.kubernetes.pods import Resource
from dolphinml.mlflow.deploy.cluster import access, restoring, runtime_packages, template
from dolphinml.mlflow.deploy.cluster.access import refusals_of_the_cluster
from dolphinml.mlflow.deploy.cluster.access_log import AccessLogCounter
from dolphinml.mlflow.deploy.cluster.gateway import Service
from dolphinml.mlflow.deploy.cluster.memory import MANAGED_BY, Memory, write_file
from dolphinml.mlflow.deploy.cluster.observation import Observation, observe
from dolphinml.mlflow.deploy.detached import launch
from dolphinml.mlflow.deploy.engines.engine import Candidate, Engine, UndoCommands
from dolphinml.mlflow.deploy.faults import EngineRefused
from dolphinml.mlflow.deploy.model.described import DescribedModel
from dolphinml.mlflow.deploy.request.settings import Settings
from dolphinml.mlflow.deploy.state import record
from dolphinml.mlflow.deploy.state.record import Record

SECONDS_BETWEEN_LOOKS = 2.0
#: A status may still describe the previous version, so a failure must persist for this long.
SECONDS_OF_A_FAILURE = 5.0
SECONDS_OF_A_FAILURE_WITHOUT_PODS = 15.0
LOG_LINES = 2000
LOOKS_BETWEEN_EVENTS = 3

# Access log lines of successful probes and predictions: too many for the task's log.
_OF_NO_INTEREST = re.compile(r'"(?:GET|HEAD|POST) /\S* HTTP/[\d.]+" [123]\d\d')


class _Lines:
    """A console that collects its lines."""

    def __init__(self) -> None:
        self._queue: "queue.Queue[str]" = queue.Queue()

    def line(self, text: str) -> None:
        self._queue.put(text)

    def drain(self) -> List[str]:
        found = []
        while not self._queue.empty():
            found.append(self._queue.get())
        return found


class ClusterService(Engine):
    """One object of a cluster. Subclasses define its kind and its manifest."""

    source = DescribedModel

    #: The kind of object that serves, and the platform that provides it.
    API_VERSION = KIND_OF_OBJECT = PLATFORM = ""

    #: Types that a node's own manifest must have where generated parts are merged into it, in addition to `template.COMMON`.
    FORMS: List[template.Form] = []

    def __init__(self, task: Task, settings: Settings, directory: str, known: Optional[Record]) -> None:
        super().__init__(task, settings, directory, known)
        self._task = task
        self._access = settings.access or access.access_of_settings(task, settings, known)
        self._memory = Memory(self._access, settings.name)
        self._remembered: Dict[str, Any] = {}
        self._template: Optional[Resource] = None
        self._manifest: Resource = {}
        self._first: Resource = {}
        self._start = ""
        self._started = False
        self._seen: Optional[Observation] = None
        self._seen_at = 0.0
        self._failing_since: Optional[float] = None
        self._loading: Optional[str] = None
        self._lines = _Lines()
        self._logs = PodLogs(self._access.kubectl, self._lines, "all", LOG_LINES)
        self._events = Events(self._access.kubectl, self._lines)
        self._looks = 0
        self._reported: Dict[str, str] = {}
        #: Whether the candidate runs beside the serving version with a share of the requests; otherwise it replaces it.
        self._shares = False
        #: The counters of the serving version and of the candidate, while they share the requests.
        self._answers: List[AccessLogCounter] = []

    # -- for subclasses

    def generated(self, candidate: Candidate) -> Resource:
        """Returns the manifest of this candidate, without the parts common to all kinds."""
        raise NotImplementedError

    @staticmethod
    def put_address(manifest: Resource, address: str) -> None:
        """Sets the address of the model's files in a manifest."""
        raise NotImplementedError

    @staticmethod
    def mark(manifest: Resource, start: str) -> None:
        """Labels the pods of this manifest with the start."""
        raise NotImplementedError

    def cannot_share(self, observation: Observation) -> Optional[str]:
        """Returns why the serving version cannot share its requests with a candidate; None if it can."""
        raise NotImplementedError

    def with_canary(self, manifest: Resource, former: Resource, percent: int) -> Resource:
        """Returns the manifest that sends the candidate `percent` of the requests and the previous version the others."""
        raise NotImplementedError

    def with_all_requests(self, manifest: Resource) -> Resource:
        """Returns the manifest that sends the candidate all requests, after `with_canary`."""
        return manifest

    def has_all(self, observation: Observation) -> bool:
        """Whether the candidate gets all requests."""
        return True

    def manifests_to_restore(self, former: Resource, shared: bool) -> List[Resource]:
        """Returns the manifests to apply and wait for, one after the other, to restore the previous version."""
        return [former]

    def service(self, resource: Resource) -> Service:
        """Returns the gateway.Service of an object that is ready; raises EngineRefused if its status has no address."""
        raise NotImplementedError

    def revision(self, observation: Observation) -> str:
        """Returns the platform's name for the version that serves."""
        raise NotImplementedError

    def deployment_revision(self, observation: Observation) -> str:
        """Returns the Deployment of this start with its revision, as in iris-predictor-3."""
        for part in observation.parts:
            if started_by(at(part, "spec", "template") or {}) == self._start:
                number = (at(part, "metadata", "annotations") or {}).get("deployment.kubernetes.io/revision")
                return "%s-%s" % (part["metadata"]["name"], number) if number else part["metadata"]["name"]
        return ""

    def alternative(self) -> str:
        """Returns what to do if the cluster does not have this kind, as the end of a sentence."""
        return "install %s there, or use another deployType" % self.PLATFORM

    # -- records

    @classmethod
    @refusals_of_the_cluster
    def find_record(cls, task: Task, settings: Settings, known: Optional[Record]) -> Optional[Record]:
        own = known if known is not None and known.get("cluster") else None
        settings.access = settings.access or access.access_of_settings(task, settings, own)
        found = Memory(settings.access, settings.name).read().get("record")
        return dict(found, cluster=settings.access.described) if found else None

    # -- before anything is started

    @property
    def identity(self) -> Resource:
        return {
            "apiVersion": self.API_VERSION,
            "kind": self.KIND_OF_OBJECT,
            "metadata": {"name": self.settings.name, "namespace": self._access.namespace},
        }

    @refusals_of_the_cluster
    def check(self) -> None:
        self._template = template.read_manifest(self._task, self.settings, self.API_VERSION, self.KIND_OF_OBJECT, self.FORMS)
        self._remembered = self._memory.read()
        try:
            current = self._access.kubectl.get(reference(self.identity), *self._access.where())
        except Refused as refused:
            if refused.reason == "NoKind":
                raise TaskFailure(
                    "deployType: the cluster has no kind %s in %s; %s"
                    % (self.KIND_OF_OBJECT, self.API_VERSION, self.alternative())
                )
            raise
        if current is not None and not self._remembered:
            raise TaskFailure(
                "mlflow.deploymentName: there is %s already, and no task of this kind has made it; delete it, or give the"
                " deployment another name" % title(current)
            )
        self._check_rights()
        self._check_canary(current)
        trying = self._remembered.get("candidate")
        if trying:
            self.console.line(
                "Another task began to deploy %s (%s) and has not come to its end; this one takes its place"
                % (trying.get("model"), trying.get("by"))
            )

    def _check_rights(self) -> None:
        """Checks the permissions needed after the manifest has been applied, and to restore the previous one."""
        kind = rights.resource(self.API_VERSION, self.KIND_OF_OBJECT)
        needed = [("delete", kind), ("patch", kind), ("list", "deployments.apps"), ("list", "pods"), ("update", "configmaps")]
        found = [
            rights.missing(self._access.kubectl, rights.Right(verb, resource, self._access.namespace))
            for verb, resource in needed
        ]
        faults = [fault for fault in found if fault]
        if faults:
            raise TaskFailure(faults[0], block=faults)

    def _check_canary(self, current: Optional[Resource]) -> None:
        if not self.settings.canary or self.known is None or current is None:
            return
        fault = self.cannot_share(observe(self._access, self.identity))
        if fault is not None:
            raise TaskFailure("mlflow.canary: %s; leave the canary out" % fault)
        self._shares = True

    def same_as(self) -> Dict[str, Any]:
        settings = self.settings
        return {
            "deployType": settings.type,
            "cluster": {key: settings.cluster.get(key) for key in ("serviceAccount", "replicas", "runtime", "image")},
            "cpuLimit": settings.cpu_limit,
            "memoryLimit": settings.memory_limit,
            "timeout": settings.timeout,
            "labels": settings.labels,
            "storageMap": settings.storage_map,
            "manifest": self._template,
            "namespace": self._access.namespace,
            # Omitted if it is on, so that earlier deployments still compare equal.
            **({} if settings.cluster.get("readinessProbe", True) else {"readinessProbe": False}),
        }

    @refusals_of_the_cluster
    def answers(self) -> bool:
        if self._started:
            return self._shares
        found = observe(self._access, self.identity)
        return (
            found.resource is not None
            and found.start == given(self.known).get("start")
            and (found.verdict.state == SUCCEEDED)
            and "candidate" not in self._remembered
        )

    def unanswered_reason(self, address: str) -> Optional[str]:
        if not self.settings.check_prediction:
            return None
        resource = self._access.kubectl.get(reference(self.identity), *self._access.where())
        return self.service(resource).unanswered_reason() if resource else "it is not there"

    def files_of(self, number: int) -> str:
        files = os.path.join(self.directory, "model")
        shutil.rmtree(files, ignore_errors=True)
        return files

    @refusals_of_the_cluster
    def prepare(self, candidate: Candidate) -> None:
        self._candidate = candidate
        try:
            runtime_packages.check_runtime_packages(
                self.console, candidate.files, self.settings.cluster.get("runtimePackages"), workdir(self._task)
            )
        finally:
            shutil.rmtree(candidate.files, ignore_errors=True)
        self._start = "%d-%s" % (candidate.number, uuid.uuid4().hex[:12])
        self._manifest = self._complete(candidate)
        self._first = self._manifest
        if self._shares:
            percent = max(1, int(round(100 * self.settings.canary)))
            self._first = self.with_canary(self._manifest, self._remembered["manifest"], percent)
        self.console.line("The manifest:")
        for line in template.yaml_lines(self._first):
            self.console.line("  " + line)
        try:
            restoring.apply(self._access, self.directory, self._first, "--dry-run=server")
        except Refused as refused:
            raise TaskFailure("%s is not accepted by the cluster: %s" % (title(self.identity), refused.sentence))

    def _complete(self, candidate: Candidate) -> Resource:
        manifest = template.merged(self._template or {}, self.generated(candidate))
        self.put_address(manifest, candidate.model.address)
        meta = manifest.setdefault("metadata", {})
        meta.update(name=self.settings.name, namespace=self._access.namespace)
        meta["labels"] = dict(meta.get("labels") or {}, **dict(self.settings.labels, **MANAGED_BY))
        annotations = meta.setdefault("annotations", {})
        annotations[START] = self._start
        annotations["dolphinml.github.io/model"] = candidate.model.uri
        self.mark(manifest, self._start)
        return manifest

    def undo(self) -> UndoCommands:
        environment = {key: value for key, value in self._access.kubectl.environment.items() if key != processes.MARKER_VARIABLE}
        path = write_file(
            self.directory,
            "restore.json",
            {
                "cluster": self._access.described,
                "environment": environment,
                "deployment": self.settings.name,
                "plan": self._plan(),
            },
        )
        program = os.path.join(launch.copied_program(self.directory), "dolphinml", "mlflow", "deploy", "cluster", "restore.py")
        return (), [[sys.executable, program, path]]

    def _plan(self) -> Dict[str, Any]:
        former = self._remembered.get("manifest")
        return {
            "identity": self.identity,
            "start": self._start,
            "former": self.manifests_to_restore(former, self._shares) if former else [],
        }

    # -- the candidate, which the platform puts in place of the serving version

    @refusals_of_the_cluster
    def start(self, candidate: Candidate) -> None:
        self._access.kubectl.patience = access.PATIENCE_DURING
        self._memory.write(
            self.directory,
            candidate={
                "start": self._start,
                "model": candidate.model.uri,
                "by": record.origin({"by": self._task.request.get("task")}),
            },
        )
        self._started = True
        self._events.skip(self._access.namespace)
        placed = restoring.apply(self._access, self.directory, self._first)
        self.console.line("%s has been applied" % title(placed))

    def _look(self) -> Observation:
        if self._seen is None or time.monotonic() - self._seen_at >= SECONDS_BETWEEN_LOOKS:
            self._seen = observe(self._access, self.identity)
            self._seen_at = time.monotonic()
            if self._seen.resource is not None:
                self._report(self._seen)
        return self._seen

    def _report(self, seen: Observation) -> None:
        verdict, resource = seen.verdict, given(seen.resource)
        self._say("", "%s: %s%s" % (title(self.identity), verdict.word, " (%s)" % verdict.why if verdict.why else ""))
        for replica, words in seen.troubles():
            self._say(replica, "[%s] %s" % (replica, words))
        names = {at(resource, "metadata", "uid"): title(self.identity)}
        for pod in seen.pods:
            uid, replica = at(pod, "metadata", "uid"), pods.replica(pod, resource)
            names[uid] = replica
            self._logs.follow(pod, replica)
        if self._looks % LOOKS_BETWEEN_EVENTS == 0:
            self._events.show(self._access.namespace, names, [resource])
        self._looks += 1

    def _say(self, about: str, words: str) -> None:
        if self._reported.get(about) != words:
            self._reported[about] = words
            self._lines.line(words)

    @refusals_of_the_cluster
    def failure(self) -> Optional[str]:
        seen = self._look()
        if seen.resource is None:
            return "was deleted"
        if seen.start != self._start:
            return "was changed by another task"
        crash = seen.crash_loop()
        if crash is not None:
            return "had a container that ended again and again (%s)" % crash
        if seen.verdict.state != FAILED:
            self._failing_since = None
            return None
        self._failing_since = self._failing_since or time.monotonic()
        patience = SECONDS_OF_A_FAILURE if seen.pods else SECONDS_OF_A_FAILURE_WITHOUT_PODS
        if time.monotonic() - self._failing_since < patience:
            return None
        return "failed (%s)" % seen.verdict.sentence

    @refusals_of_the_cluster
    def ping(self) -> bool:
        seen = self._look()
        if seen.resource is None or seen.start != self._start or seen.verdict.state != SUCCEEDED:
            return False
        # If the runtime has no readiness probe, the platform only sees that the server listens.
        self._loading = self.service(seen.resource).loading() if self.settings.check_prediction else None
        return self._loading is None

    def log(self) -> List[str]:
        return [line for line in self._lines.drain() if not _OF_NO_INTEREST.search(line)]

    @refusals_of_the_cluster
    def predict(self, payload: str, seconds: float) -> str:
        return self.service(given(self._look().resource)).predict(payload, seconds, self._announced())

    def version_variable(self) -> Dict[str, str]:
        """Returns the environment variable that makes MLServer report the new version."""
        return {"name": "MLSERVER_MODEL_VERSION", "value": self._candidate.model.version or self._start}

    def _announced(self) -> Optional[str]:
        """Returns the version that the new server reports; None if the node's own manifest leaves that to the server."""
        variable = json.dumps(self.version_variable(), sort_keys=True)
        return self.version_variable()["value"] if variable in json.dumps(self._manifest, sort_keys=True) else None

    def describe(self) -> str:
        return title(self.identity)

    @property
    def unhealthy(self) -> str:
        if self._loading is not None:
            return "has not loaded the model (%s)" % self._loading
        is_known = self._seen is not None and self._seen.resource is not None
        return "did not become ready (%s)" % (given(self._seen).verdict.sentence if is_known else "nothing is known of it")

    @property
    def awaited(self) -> str:
        return title(self.identity)

    def remedy(self, package: str) -> str:
        return (
            "the runtime has no '%s': serve the model with a runtime or image that has it (mlflow.runtime, mlflow.image)"
            % package
        )

    def share(self, fraction: float) -> None:
        """Starts to count the answers; the platform has shared the requests since the start of the candidate."""
        self._answers = [AccessLogCounter(self._access), AccessLogCounter(self._access)]
        self.statistics()

    @refusals_of_the_cluster
    def statistics(self) -> Tuple[Dict[str, Any], Dict[str, Any]]:
        seen = self._look()
        old, new = self._answers
        old.follow(seen.others)
        new.follow(seen.pods)
        return old.summary, new.summary

    # -- the switch, which the platform has already made, or makes here after a canary

    def endpoint(self, task: Task) -> str:
        return ""

    def endpoint_fault(self, address: str) -> Optional[str]:
        """Returns None: the test prediction has already used the address through which clients reach the service."""
        return None

    @refusals_of_the_cluster
    def take_over(self, about: Record) -> Record:
        if self._shares:
            restoring.apply(self._access, self.directory, self.with_all_requests(self._manifest))
        waiting = WaitingLog(self.console, "Waiting until the new version has all requests")
        while True:
            seen = observe(self._access, self.identity)
            if seen.resource is None or seen.start != self._start:
                raise EngineRefused("%s was changed by another task" % title(self.identity))
            if not self._shares or seen.verdict.state == SUCCEEDED and self.has_all(seen):
                break
            if waiting.seconds > self.settings.start_timeout:
                raise EngineRefused(
                    "%s does not give the new version all requests: %s"
                    % (title(self.identity), seen.verdict.why or seen.verdict.word)
                )
            waiting.report()
            time.sleep(1.0)
        about.update(
            endpoint=self.service(seen.resource).base,
            revision=self.revision(seen),
            start=self._start,
            cluster=self._access.described,
        )
        return super().take_over(about)

    def switch(self, about: Record) -> None:
        self._manifest = self.with_all_requests(self._manifest)
        known = {key: value for key, value in about.items() if key != "cluster"}
        self._memory.write(self.directory, record=known, manifest=self._manifest, candidate=None)

    @refusals_of_the_cluster
    def discard(self) -> None:
        self._stop_logs()
        if self._started:
            restoring.restore(
                self._access,
                self.console,
                self._memory,
                self.directory,
                self._plan(),
                max(self.settings.start_timeout, restoring.SECONDS_FOR_THE_FORMER),
            )
        self._forget_undo()

    def _forget_undo(self) -> None:
        for name in ("restore.json", "manifest.json"):
            path = os.path.join(self.directory, name)
            if os.path.exists(path):
                os.unlink(path)

    def _stop_logs(self) -> None:
        self._logs.stop()
        for answers in self._answers:
            answers.stop()

    def retire(self) -> None:
        self._stop_logs()
        self._forget_undo()

    # -- deployments of earlier tasks

    @classmethod
    def _identity_of(cls, known: Record) -> Resource:
        return {
            "apiVersion": cls.API_VERSION,
            "kind": cls.KIND_OF_OBJECT,
            "metadata": {"name": known["name"], "namespace": known["cluster"]["namespace"]},
        }

    @classmethod
    @refusals_of_the_cluster
    def serving_state(cls, known: Record, directory: str) -> Tuple[bool, str]:
        identity = cls._identity_of(known)
        seen = observe(access.access_of_record(known), identity)
        if seen.resource is None:
            return False, "%s is not there" % title(identity)
        words = seen.verdict.sentence
        if seen.start != known.get("start"):
            return False, "%s is of another start: %s" % (title(identity), words)
        crash = seen.crash_loop()
        if crash is not None:
            return False, crash
        return seen.verdict.state == SUCCEEDED, "%s: %s" % (title(identity), words)

    @classmethod
    @refusals_of_the_cluster
    def stop(cls, known: Record, directory: str, console: Any) -> None:
        reached = access.access_of_record(known, console)
        resource = reached.kubectl.get(reference(cls._identity_of(known)), *reached.where())
        if resource is not None:
            restoring.delete_object(reached, console, resource)
        Memory(reached, known["name"]).remove()
        record.remove_record(directory)
