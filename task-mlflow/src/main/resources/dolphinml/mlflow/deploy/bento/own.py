# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The user's own service: a Python file, a folder, or a Bento from the user's store."""

import hashlib
import json
import os
import re
import shutil
from typing import Any, Dict, List, NoReturn

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy.bento import store
from dolphinml.mlflow.deploy.bento.bento_service import BentoService

#: The directory of a server's service, beside its BentoML home.
SERVICE = "service"
MOST_NAMED = 20
_TAG = re.compile(r"[a-z0-9]([-._a-z0-9]*[a-z0-9])?(:[a-z0-9]([-._a-z0-9]*[a-z0-9])?)?")


def _refuse_bento(sentence: str) -> NoReturn:
    raise TaskFailure("mlflow.bento: " + sentence)


def find_service(text: str, workdir: str) -> BentoService:
    """Returns the service that `mlflow.bento` names; raises TaskFailure."""
    path = os.path.join(workdir, os.path.expanduser(text))
    if os.path.exists(path):
        if os.path.commonpath([os.path.realpath(path), os.path.realpath(workdir)]) == os.path.realpath(path):
            # They include the task's request and environment variables.
            _refuse_bento("the folder '%s' holds the task's own files; put the service into a folder of its own" % text)
        return OwnFiles(text, os.path.abspath(path))
    if _TAG.fullmatch(text):
        return OwnBento(text)
    _refuse_bento(
        "'%s' is neither a file or folder on this worker nor the tag of a Bento; use a resource of the node, a path, or"
        " name:version" % text
    )


class OwnFiles(BentoService):
    """A Python file or a folder. A bentofile.yaml or bento.yaml in the folder defines the service."""

    def __init__(self, text: str, path: str) -> None:
        self._text = text
        self._path = path
        self.target = "service"

    def check(self) -> None:
        if os.path.isfile(self._path):
            if not self._path.endswith(".py"):
                _refuse_bento("the file '%s' is not a Python file; name one, or a folder" % self._text)
            return
        if any(os.path.isfile(os.path.join(self._path, name)) for name in ("bentofile.yaml", "bento.yaml")):
            self.target = "."
        elif not os.path.isfile(os.path.join(self._path, "service.py")):
            _refuse_bento("the folder '%s' has neither bentofile.yaml nor service.py" % self._text)

    @property
    def identity(self) -> str:
        digest = hashlib.sha256()
        for path in sorted(_service_files(self._path)):
            with open(path, "rb") as stream:
                content = hashlib.sha256(stream.read()).hexdigest()
            digest.update(("%s %s\n" % (content, os.path.relpath(path, self._path))).encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def populate(self, folder: str, model_tag: str, files: str, kept: store.BentoStore) -> None:
        if os.path.isdir(self._path):
            shutil.copytree(self._path, folder)
        else:
            os.makedirs(folder)
            shutil.copy(self._path, os.path.join(folder, "service.py"))
        if self.target == "service":
            # For a Bento built from this service. JSON is valid YAML.
            with open(os.path.join(folder, "bentofile.yaml"), "w", encoding="utf-8") as stream:
                json.dump(
                    {
                        "service": "service",
                        "models": [model_tag],
                        "include": ["**"],
                        "python": {"packages": ["mlflow"], "lock_packages": False},
                    },
                    stream,
                )


def _service_files(path: str) -> List[str]:
    if os.path.isfile(path):
        return [path]
    return [
        os.path.join(folder, name)
        for folder, _, names in os.walk(path)
        for name in names
        if not name.endswith(".pyc") and os.path.isfile(os.path.join(folder, name))
    ]


class OwnBento(BentoService):
    """A Bento from the store of the task's user. It is copied with its models, so later builds do not change the deployment."""

    def __init__(self, text: str) -> None:
        self._users = store.users_home()
        self._text = text

    @property
    def identity(self) -> str:
        return self.target

    def check(self) -> None:
        name, _, version = self._text.partition(":")
        if version in ("", "latest"):
            version = self._users.version_of(name) or "latest"
        self.target = self.bento = "%s:%s" % (name, version)
        if not self._users.has_bento(self.target):
            known = self._users.bentos()[:MOST_NAMED]
            _refuse_bento(
                "no file, folder or Bento is called '%s'; the Bentos in %s are: %s"
                % (self._text, self._users.path, ", ".join(known) or "none")
            )

    def populate(self, folder: str, model_tag: str, files: str, kept: store.BentoStore) -> None:
        os.makedirs(folder)
        if not kept.has_bento(self.target):
            with kept.incoming(folder) as home:
                store.copy_bento(self.target, self._users, home, folder)


class ServingNow(BentoService):
    """The deployment's current service, for a roll-back: it changes only the model, and its node need not have the service's
    files."""

    def __init__(self, directory: str, known: Dict[str, Any]) -> None:
        self._path = os.path.join(directory, "model-%d" % known["generation"], SERVICE)
        self.target = known["bentoTarget"]
        self.bento = known["bentoTag"]
        self._identity: str = known["sameAs"]["bento"]

    @property
    def identity(self) -> str:
        return self._identity

    def check(self) -> None:
        if not os.path.isdir(self._path):
            _refuse_bento("the files of the service that serves are gone from %s; deploy the version that is wanted" % self._path)

    def populate(self, folder: str, model_tag: str, files: str, kept: store.BentoStore) -> None:
        shutil.copytree(self._path, folder)
