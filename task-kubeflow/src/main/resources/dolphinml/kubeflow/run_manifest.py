# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Applies the manifest of a KUBEFLOW node with kubectl and follows its objects until they end.

request["manifest"]:
    documents             [{"number", "lines", "object"}]: the objects in order, with the line of each value by path
    namespace             for objects that do not name one, or null
    handedKubeconfig      path of the kubeconfig that DolphinScheduler passes, or null
    kubeconfig            path of the kubeconfig to use if there is no other, or null
    kubeconfigSecret      content of the kubeconfig to use instead, from a secret; may be missing
    kubectl               name or path of the program
    context               context of the kubeconfig, or null
    runKey                what all attempts of this task in this workflow instance have in common, or null
    success, failure      rules for kinds that the task does not know: [{"kind", "type", "subject", "value"}]
    sameName              "fail" or "replace": what to do if a job of this name already exists
    cleanup               "never", "success" or "always": when to delete what the task created
    ttl                   seconds that a finished job stays, or null
    logs, logLines        whose logs are shown ("all", "first" or "none"), and how many lines of each
    pollInterval, unreachableTimeout    seconds
    startTimeout          seconds that an object may wait to start, or null

Outputs: see outputs.py.
"""

import os
import sys
from typing import Any, Dict, List

if __name__ == "__main__":
    # Import from the folder of the staged programs, not from this file's: no file here may shadow a module of the user.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


from dolphinml.common import program
from dolphinml.common.program import TaskFailure
from dolphinml.kubeflow.documents import Document
from dolphinml.kubeflow.following import DELETED, NOT_STARTED, REPLACED, Followed, Following, failure_lines
from dolphinml.kubeflow.outputs import outputs_of
from dolphinml.kubeflow.ownership import OUTCOME, Owner
from dolphinml.kubeflow.placing import REPLACE, TAKE_UP, UPDATE, Placing
from dolphinml.kubeflow.removal import remove_objects
from dolphinml.kubeflow.rules import Rules
from dolphinml.kubernetes import connection
from dolphinml.kubernetes.contracts import APPLIED
from dolphinml.kubernetes.kubectl import Kubectl, Refused, Unanswered, in_namespace, reference
from dolphinml.kubernetes.objects import at
from dolphinml.kubernetes.pod_logs import PodLogs

# How long the API server may not answer before there is anything to follow, in seconds.
_PATIENCE_BEFORE = 60.0

_SECONDS_UNTIL_GONE = 90.0


def main(task: program.Task) -> Dict[str, Any]:
    settings = task.request["manifest"]
    private = os.path.dirname(os.path.abspath(sys.argv[1]))
    kubectl = connect_run(task, settings, private)
    run = ManifestRun(task, settings, kubectl, private)
    try:
        return run.run()
    except Unanswered as unanswered:
        raise TaskFailure("%s; %s" % (unanswered, run.what_continues() or "nothing has been created that is known of"))
    except Refused as refused:
        raise TaskFailure(run.with_what_continues(refused.sentence))


def connect_run(task: program.Task, settings: Dict[str, Any], private: str) -> Kubectl:
    """Returns the kubectl of this run; raises TaskFailure if there is no kubectl or no kubeconfig."""
    return connection.connect_kubectl(
        task,
        "kubeflow",
        settings,
        min(_PATIENCE_BEFORE, settings["unreachableTimeout"]),
        "choose a namespace of a cluster in the node's form, ",
        private,
    )


class ManifestRun:
    """One run: from the documents to the outputs."""

    def __init__(self, task: program.Task, settings: Dict[str, Any], kubectl: Kubectl, private: str) -> None:
        self._task = task
        self._settings = settings
        self._kubectl = kubectl
        self._private = private
        self._owner = Owner(task.request["task"], settings["runKey"])
        self._documents = [
            Document(each, settings["namespace"], private, place) for place, each in enumerate(settings["documents"])
        ]
        self._followed: List[Followed] = []

    def run(self) -> Dict[str, Any]:
        self._find_contracts()
        placing = Placing(self._task, self._kubectl, self._owner, self._settings)
        actions = placing.plan(self._documents)
        logs = PodLogs(self._kubectl, self._task.console, self._settings["logs"], self._settings["logLines"])
        following = Following(self._task, self._kubectl, logs, self._settings["pollInterval"], self._settings["startTimeout"])
        self._skip_former_warnings(following, actions)
        self._prepare_undo()
        self._place(placing, actions)
        self._kubectl.patience = self._settings["unreachableTimeout"]
        try:
            ended = following.follow(self._followed)
            logs.finish(following.pods_that_are_over(self._followed))
        finally:
            logs.stop()
        return self._end(ended, logs)

    def _find_contracts(self) -> None:
        rules = Rules(self._kubectl, self._settings["success"], self._settings["failure"])
        faults = rules.faults()
        for document in self._documents:
            contract = rules.contract(document)
            if contract is not None:
                document.contract = contract
            else:
                faults.append(
                    document.fault(
                        "it is not known when an object of this kind has ended; set kubeflow.success, as in"
                        " condition=Ready or jsonpath={.status.phase}=Succeeded, or to applied if it has no end",
                        "kind",
                    )
                )
        if faults:
            raise TaskFailure(faults[0], block=faults)

    def _skip_former_warnings(self, following: Following, actions: Dict[int, str]) -> None:
        """Skips the warnings about objects that are about to change: they are not about the new version."""
        changed = [document for place, document in enumerate(self._documents) if actions[place] in (UPDATE, REPLACE)]
        if changed:
            taken_up = [
                document.current(self._kubectl) for place, document in enumerate(self._documents) if actions[place] == TAKE_UP
            ]
            namespaces = dict.fromkeys(document.namespace for document in changed)
            following.skip_warnings(namespaces, [each for each in taken_up if each is not None])

    def _prepare_undo(self) -> None:
        """Leaves a command with which the worker deletes the objects if it has to kill this program."""
        settings = {
            "kubectl": self._kubectl.program,
            "environment": self._kubectl.environment,
            "context": self._kubectl.context,
            "secrets": self._task.request.get("secrets") or [],
            "task": self._task.request["task"],
            "runKey": self._settings["runKey"],
            "places": self._places(self._documents),
        }
        request = os.path.join(self._private, "undo.json")
        program.write_private(request, settings)
        undo = os.path.join(os.path.dirname(os.path.abspath(__file__)), "undo.py")
        self._task.undo_with([sys.executable, undo, request])

    @staticmethod
    def _places(documents: List[Document]) -> List[Dict[str, Any]]:
        return [{"namespace": document.namespace, "object": _object_identity(document.resource)} for document in documents]

    def _place(self, placing: Placing, actions: Dict[int, str]) -> None:
        made = []
        for place, document in enumerate(self._documents):
            made.append(document)
            try:
                placed = placing.place(document, actions[place], self._documents)
            except Refused as refused:
                self._task.console.line("What this attempt has created is deleted again.")
                remove_objects(self._task.console, self._kubectl, self._owner, self._places(made), _SECONDS_UNTIL_GONE)
                raise TaskFailure(document.fault(refused.sentence))
            uid = at(placed, "metadata", "uid")
            self._followed.append(Followed(document, placed, uid in placing.renewed, placing.former.get(uid, frozenset())))

    def _end(self, ended: Followed, logs: PodLogs) -> Dict[str, Any]:
        main_object = next((each for each in self._followed if each.document.contract is not APPLIED), self._followed[0])
        succeeded = ended.verdict.state == "succeeded"
        never_started = ended.verdict.word == NOT_STARTED
        lines = [] if succeeded else failure_lines(ended, logs)
        self._note_outcome("success" if succeeded else "failure")
        cleanup = self._settings["cleanup"]
        # A waiting object could still start when nothing follows it any more.
        if never_started or cleanup == "always" or (cleanup == "success" and succeeded):
            remove_objects(self._task.console, self._kubectl, self._owner, self._places(self._documents), _SECONDS_UNTIL_GONE)
        else:
            self._log_what_continues()
        declared = [each["name"] for each in self._task.request["outputs"]]
        printed = logs.values([uid for each in self._followed for uid in each.pods_by_authority()])
        outputs = outputs_of(main_object if succeeded else ended, printed, declared)
        if not succeeded:
            raise TaskFailure(lines[-1], block=lines, outputs=outputs)
        return outputs

    def _log_what_continues(self) -> None:
        for each in self._followed:
            if each.document.contract.ends and not each.verdict.final:
                self._task.console.line("%s continues in the cluster; kubeflow.cleanup=always would delete it" % each.title)

    def _note_outcome(self, outcome: str) -> None:
        """Marks each job whose end has been seen, so that a repetition of this run starts it again."""
        for each in self._followed:
            if not each.document.contract.ends or each.verdict.word in (DELETED, REPLACED):
                continue
            try:
                self._kubectl.query(
                    "annotate",
                    reference(each.document.resource),
                    "--overwrite",
                    "%s=%s" % (OUTCOME, outcome),
                    *in_namespace(each.namespace),
                )
            except (Refused, Unanswered) as fault:
                self._task.console.line("%s could not be marked as ended: %s" % (each.title, fault))

    def what_continues(self) -> str:
        """What is left in the cluster when the task no longer watches; "" if nothing is that is known of."""
        if not self._followed:
            return ""
        return "%s may continue in the cluster, and a retry of this task takes it up" % ", ".join(
            each.title for each in self._followed
        )

    def with_what_continues(self, sentence: str) -> str:
        return "; ".join(part for part in (sentence, self.what_continues()) if part)


def _object_identity(resource: Dict[str, Any]) -> Dict[str, Any]:
    return {
        "apiVersion": resource["apiVersion"],
        "kind": resource["kind"],
        "metadata": {"name": at(resource, "metadata", "name"), "namespace": at(resource, "metadata", "namespace")},
    }


if __name__ == "__main__":
    program.run(main)
