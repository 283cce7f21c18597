# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A service of the user's own: a Python file, a folder, or a Bento of the user's store."""

import json
import os
import re
import shutil

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy.bento import store

MOST_NAMED = 20
_TAG = re.compile(r"[a-z0-9]([-._a-z0-9]*[a-z0-9])?(:[a-z0-9]([-._a-z0-9]*[a-z0-9])?)?")


def _refuse(sentence):
    raise TaskFailure("mlflow.bento: " + sentence)


def find(text, workdir):
    """The service that the option names."""
    path = os.path.join(workdir, os.path.expanduser(text))
    if os.path.exists(path):
        return OwnFiles(text, os.path.abspath(path))
    if _TAG.fullmatch(text):
        return OwnBento(text)
    _refuse("'%s' is neither a file or folder on this worker nor the tag of a Bento; use a resource of the node, a path, or"
            " name:version" % text)


class OwnFiles:
    """A Python file or a folder; with a bentofile.yaml, that says what the service is."""

    def __init__(self, text, path):
        self._text = text
        self._path = path
        self.target = "service"

    def check(self):
        if os.path.isfile(self._path):
            if not self._path.endswith(".py"):
                _refuse("the file '%s' is not a Python file; name one, or a folder" % self._text)
            return
        if any(os.path.isfile(os.path.join(self._path, name)) for name in ("bentofile.yaml", "bento.yaml")):
            self.target = "."
        elif not os.path.isfile(os.path.join(self._path, "service.py")):
            _refuse("the folder '%s' has neither bentofile.yaml nor service.py" % self._text)

    def bring(self, folder, model_tag, files, home):
        if os.path.isdir(self._path):
            shutil.copytree(self._path, folder)
        else:
            os.makedirs(folder)
            shutil.copy(self._path, os.path.join(folder, "service.py"))
        if self.target == "service":
            # For a Bento that is built of it. JSON is YAML.
            with open(os.path.join(folder, "bentofile.yaml"), "w", encoding="utf-8") as stream:
                json.dump({"service": "service", "models": [model_tag], "include": ["**"],
                           "python": {"packages": ["mlflow"], "lock_packages": False}}, stream)


class OwnBento:
    """A Bento of the store of the task's user. It is copied with its models: what is built later changes nothing."""

    def __init__(self, text):
        self._users = store.users_home()
        self._text = text
        self.target = None

    def check(self):
        name, _, version = self._text.partition(":")
        if version in ("", "latest"):
            version = self._users.version_of(name) or "latest"
        self.target = "%s:%s" % (name, version)
        if not self._users.has_bento(self.target):
            known = self._users.bentos()[:MOST_NAMED]
            _refuse("no file, folder or Bento is called '%s'; the Bentos in %s are: %s" % (
                self._text, self._users.path, ", ".join(known) or "none"))

    def bring(self, folder, model_tag, files, home):
        os.makedirs(folder)
        if not home.has_bento(self.target):
            store.carry(self.target, self._users, home, folder)
