# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Initializes DVC in a Git repository and verifies that its store can be used."""

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from dolphinml.common.program import TaskFailure
from dolphinml.data import fetch, repository
from dolphinml.dvc.store import Store
from dolphinml.dvc.working_branch import WorkingBranch

if TYPE_CHECKING:
    from dolphinml.common.program import Task

STORE = "origin"


class Initialize:
    """One initialization; see run_dvc.py for the request. Repeating it changes nothing."""

    def __init__(self, task: "Task", settings: Dict[str, Any], private: str) -> None:
        self._task = task
        self._console = task.console
        self._settings = settings
        self._private = private
        self._url = settings["storeUrl"]
        self._name = settings.get("remote") or STORE

    def run(self) -> Dict[str, Any]:
        remote = fetch.connect_to_repository(self._task, self._settings)
        refs = fetch.read_refs(remote)
        branch = WorkingBranch(self._task, self._settings, remote, refs, os.path.join(self._private, "repository"))
        repository.load_dvc(self._private)
        changed = self._change(branch)
        store = self._probe(branch)
        if changed:
            message = self._settings.get("message") or "Initialize DVC with the store %s" % self._url
            commit: Optional[str] = branch.publish(lambda: self._change(branch) or [".dvc/config"], message)
            self._console.line("DVC is initialized, store %s" % store.url)
        else:
            commit = branch.tip
            self._console.line("DVC was initialized already, with this store")
        return {"rev": commit, "url": store.url}

    def _change(self, branch: WorkingBranch) -> List[str]:
        """Initializes DVC in the working tree; returns the paths to commit, an empty list if nothing had to change."""
        changed = []
        if not os.path.isdir(branch.path(".dvc")):
            self._dvc("dvcRepository", branch, "init")
            changed += [".dvc/config", ".dvc/.gitignore", ".dvcignore"]
        config = fetch.open_repository(branch.folder, None).repo.config
        stores = config.get("remote") or {}
        default = (config.get("core") or {}).get("remote")
        if self._name in stores:
            url = stores[self._name].get("url")
            if _comparable_url(url) != _comparable_url(self._url):
                raise TaskFailure(
                    "dvcStoreUrl: the repository has the store %s at %s, and not at %s; change it by hand"
                    " (dvc remote modify), since its data does not move by itself." % (self._name, url, self._url)
                )
        elif default in stores and _comparable_url(stores[default].get("url")) == _comparable_url(self._url):
            self._name = default
        else:
            self._dvc("dvcStoreUrl", branch, "remote", "add", self._name, self._url)
            changed.append(".dvc/config")
        for setting, value in (self._settings.get("storeConfig") or {}).items():
            current = (fetch.open_repository(branch.folder, None).repo.config["remote"][self._name]).get(setting)
            if str(current) != value:
                self._dvc("dvc.storeConfig", branch, "remote", "modify", self._name, setting, value)
                changed.append(".dvc/config")
        if default is None:
            self._dvc("dvc.remote", branch, "remote", "default", self._name)
            changed.append(".dvc/config")
        return sorted({path for path in changed if os.path.exists(branch.path(path))})

    @staticmethod
    def _dvc(field: str, branch: WorkingBranch, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "dvc"] + list(arguments),
            cwd=branch.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode != 0:
            said = [line for line in done.stdout.decode("utf-8", "replace").splitlines() if line.strip()]
            errors = [line for line in said if line.startswith("ERROR")] or said or ["exit code %d" % done.returncode]
            raise TaskFailure(
                "%s: dvc %s failed: %s." % (field, " ".join(arguments[:2]), errors[0].replace("ERROR: ", "").rstrip("."))
            )

    def _probe(self, branch: WorkingBranch) -> Store:
        try:
            store = Store(fetch.open_repository(branch.folder, self._name))
        except TaskFailure:
            raise
        except Exception as error:
            raise TaskFailure("dvcStoreUrl: %s cannot be used: %s." % (self._url, fetch.reason_of_error(error).rstrip(".")))
        store.probe(self._private)
        return store


def _comparable_url(url: Optional[str]) -> str:
    text = str(url or "").rstrip("/")
    return text[len("file://") :] if text.startswith("file:///") else text
