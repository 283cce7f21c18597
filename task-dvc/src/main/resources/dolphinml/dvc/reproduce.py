# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a DVC pipeline: sets parameters, runs the changed stages, pushes the results and outputs the metrics."""

import json
import os
import posixpath
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Set

from dolphinml.common.program import TaskFailure
from dolphinml.data import fetch, repository
from dolphinml.dvc.store import open_store
from dolphinml.dvc.working_branch import WorkingBranch

if TYPE_CHECKING:
    from dolphinml.common.program import Task
    from dolphinml.data.repository import Repository
    from dolphinml.dvc.store import Store

PIPELINE = "dvc.yaml"
PARAMETERS = "params.yaml"
FORMATS = (".yaml", ".yml", ".json", ".toml", ".py")
METRIC = "dvc.metrics."

# How many lines of a failed command's output the message quotes at most.
REASON = 4


class Reproduce:
    """One reproduction; see run_dvc.py for the request."""

    def __init__(self, task: "Task", settings: Dict[str, Any], private: str) -> None:
        self._task = task
        self._console = task.console
        self._settings = settings
        self._private = private
        self._version = settings.get("version")
        self._remote = fetch.connect_to_repository(task, settings)

    def run(self) -> Dict[str, Any]:
        refs = fetch.read_refs(self._remote)
        if self._version in refs.tags and not self._settings.get("moveTag"):
            raise TaskFailure(
                "dvcVersion: the tag %s exists; choose another version for the result, or set dvc.moveTag=true." % self._version
            )
        branch = WorkingBranch(self._task, self._settings, self._remote, refs, os.path.join(self._private, "repository"))
        repository.load_dvc(self._private)
        opened = fetch.open_repository(branch.folder, self._settings.get("remote"))
        if not os.path.exists(branch.path(PIPELINE)):
            raise TaskFailure("dvcRepository: there is no %s at its top, so there is no pipeline to run." % PIPELINE)
        store = open_store(opened, self._settings.get("jobs"))
        self._set_parameters(branch)
        remote = ["--remote", self._settings["remote"]] if self._settings.get("remote") else []
        # With --allow-missing, only the inputs of the stages that run are fetched. It is left out if a stage has never run:
        # DVC would treat the results of that stage as missing data, and skip the stage as unchanged.
        recorded = self._recorded(opened)
        missing = ["--allow-missing"] if None not in recorded.values() else []
        opened.close()
        if not remote:
            self._dvc(branch, "repro", "--pull", *missing, *self._stages())
        else:
            self._dvc(branch, "pull", "--allow-missing", *remote)
            self._dvc(branch, "repro", *missing, *self._stages())
        opened = fetch.open_repository(branch.folder, self._settings.get("remote"))
        self._check_results(opened, recorded)
        self._dvc(branch, "push", *(remote + (["--jobs", str(self._settings["jobs"])] if self._settings.get("jobs") else [])))
        self._prove(opened, store)
        commit = self._publish(branch, opened)
        metrics = self._metrics(branch)
        return dict({"rev": commit, "version": self._version or commit, "url": store.url}, metrics=metrics)

    def _stages(self) -> List[str]:
        return ["--"] + self._settings["stages"] if self._settings.get("stages") else []

    @staticmethod
    def _recorded(opened: "Repository") -> Dict[str, Any]:
        """Returns {stage: its entry in dvc.lock, None if it has never run}."""
        try:
            return opened.recorded_stages()
        except Exception:
            # If the pipeline is invalid, DVC reports why when it runs it.
            return {"": None}

    def _check_results(self, opened: "Repository", before: Dict[str, Any]) -> None:
        """Raises TaskFailure if a stage that ran now lacks an output.

        DVC does not: with --allow-missing it keeps the previous result of an output that the stage did not create.
        """
        for stage, entry in self._recorded(opened).items():
            lost = [path for path in opened.outs_of(stage) if not os.path.lexists(os.path.join(opened.folder, path))]
            if lost and entry != before.get(stage):
                raise TaskFailure("The stage %s has ended without making its output %s." % (stage, lost[0]))

    def _set_parameters(self, branch: WorkingBranch) -> None:
        from dvc.utils.serialize import MODIFIERS

        for name, value in (self._settings.get("params") or {}).items():
            file, colon, key = name.rpartition(":")
            file = file if colon else PARAMETERS
            path = os.path.realpath(branch.path(file))
            ending = os.path.splitext(file)[1].lower()
            inside = path.startswith(os.path.realpath(branch.folder) + "/")
            if not (inside and os.path.isfile(path) and ending in FORMATS) or os.path.basename(path) == PIPELINE:
                raise TaskFailure("dvc.params: %s: there is no file %s of parameters in the repository." % (name, file))
            with MODIFIERS[ending](path) as values:
                *parents, last = key.split(".")
                for parent in parents:
                    values = values[parent] if isinstance(values, dict) and parent in values else None
                if not isinstance(values, dict) or last not in values:
                    raise TaskFailure("dvc.params: %s has no parameter %s." % (file, key))
                values[last] = value

    def _dvc(self, branch: WorkingBranch, command: str, *arguments: str) -> None:
        """Runs a DVC command and logs its output."""
        self._console.line("dvc %s" % " ".join((command,) + arguments))
        process = subprocess.Popen(
            [sys.executable, "-m", "dvc", command] + list(arguments),
            cwd=branch.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        errors, said = [], []
        assert process.stdout is not None
        with process.stdout as stream:
            for line in stream:
                text = line.decode("utf-8", "replace").rstrip()
                if text.startswith("ERROR: "):
                    errors.append(text[len("ERROR: ") :])
                elif text and "dvc.org/support" not in text:
                    self._console.line("  " + text)
                    said.append(text.strip().rstrip("."))
        if process.wait() != 0:
            # DVC reports an invalid dvc.yaml before anything runs, in lines without "ERROR: ".
            raise TaskFailure(
                "dvc %s failed: %s."
                % (command, "; ".join(errors or said[:REASON]).rstrip(".") or "exit code %d" % process.returncode)
            )

    def _prove(self, opened: "Repository", store: "Store") -> None:
        objects = opened.objects()
        lost = store.not_whole(dict.fromkeys(objects))
        if lost:
            raise TaskFailure("The store %s does not have %s, a result of the pipeline." % (store.url, objects[lost[0]]))

    def _publish(self, branch: WorkingBranch, opened: "Repository") -> str:
        paths = self._changed(branch) | {path for path in opened.kept_by_git() if os.path.exists(branch.path(path))}
        contents = {}
        for path in sorted(paths):
            with open(branch.path(path), "rb") as stream:
                contents[path] = stream.read()
        watched = sorted(set(contents) | {PIPELINE})
        before = self._versions(branch, watched)

        def change() -> List[str]:
            if self._versions(branch, watched) != before:
                raise TaskFailure(
                    "dvcRepository: others have changed the pipeline on %s while it ran; run the task again." % branch.name
                )
            for path, content in contents.items():
                os.makedirs(os.path.dirname(branch.path(path)), exist_ok=True)
                with open(branch.path(path), "wb") as stream:
                    stream.write(content)
            return list(contents) or [PIPELINE]

        message = self._settings.get("message") or "Run the pipeline%s" % (", version " + self._version if self._version else "")
        return branch.publish(change, message, self._version, lambda: bool(self._settings.get("moveTag")))

    @staticmethod
    def _versions(branch: WorkingBranch, paths: Iterable[str]) -> str:
        """Returns the blobs that HEAD has at these paths, as text to compare."""
        return branch.clone.run("ls-tree", "-r", "HEAD", "--", *[":(top,literal)" + path for path in paths])

    @staticmethod
    def _changed(branch: WorkingBranch) -> Set[str]:
        """Returns the tracked files that differ from HEAD, and the new files that DVC wrote."""
        names = branch.clone.run("diff", "--name-only", "-z", "HEAD").split("\0")
        own = branch.clone.run("ls-files", "--others", "--exclude-standard", "-z").split("\0")
        return {name for name in names if name and os.path.exists(branch.path(name))} | {
            name for name in own if posixpath.basename(name) in ("dvc.lock", ".gitignore")
        }

    def _metrics(self, branch: WorkingBranch) -> Dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "dvc", "metrics", "show", "--json"],
            cwd=branch.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            check=False,
        )
        try:
            files = json.loads(done.stdout.decode("utf-8"))[""]["data"]
        except (ValueError, KeyError, TypeError):
            return {}
        found: Dict[str, Any] = {}
        for name, each in files.items():
            if each.get("error"):
                self._console.line("Warning: no metrics from %s: %s" % (name, each["error"].get("msg") or each["error"]))
            _flatten(each.get("data"), "", found)
        return found


def _flatten(value: Any, name: str, found: Dict[str, Any]) -> None:
    if isinstance(value, dict):
        for key, each in value.items():
            _flatten(each, "%s.%s" % (name, key) if name else str(key), found)
    elif name and value is not None and not isinstance(value, list):
        found[METRIC + name] = value
