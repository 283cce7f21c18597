# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""BentoML's stores: one in each deployment's directory, which holds each model version once, and the one of the task's user."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from typing import Container, Iterator, List, Optional, Set

from dolphinml.common.program import TaskFailure

OLDEST_BENTOML = (1, 3)
OLDEST_PYTHON = (3, 9)
# Not `bentoml`: the server starts in the parent directory, where that could be mistaken for the package.
STORE = "bento-store"
KINDS = ("models", "bentos")
LINES_OF_A_FAILURE = 20
_NO_TRACKING = {"BENTOML_DO_NOT_TRACK": "True"}


class BentoFailed(Exception):
    """A BentoML command failed; the text is the end of its output."""


def refuse_unfit_environment() -> None:
    """Raises TaskFailure if this Python environment cannot serve with BentoML."""
    if sys.version_info[:2] < OLDEST_PYTHON:
        raise TaskFailure(
            "mlflow.environment: Python %d.%d in %s is too old for BentoML; use an environment with Python %d.%d or newer"
            % (sys.version_info[:2] + (sys.prefix,) + OLDEST_PYTHON)
        )
    version = _installed_version()
    if version is None:
        raise TaskFailure(
            "mlflow.environment: %s lacks the package 'bentoml'; install bentoml %d.%d or newer there, or name a requirements"
            " file, to which it is added" % ((sys.prefix,) + OLDEST_BENTOML)
        )
    found = re.match(r"(\d+)\.(\d+)", version)
    if found and tuple(map(int, found.groups())) < OLDEST_BENTOML:
        raise TaskFailure(
            "mlflow.environment: BentoML %s in %s is too old; install bentoml %d.%d or newer there"
            % ((version, sys.prefix) + OLDEST_BENTOML)
        )


def _installed_version() -> Optional[str]:
    from importlib import metadata  # Python 3.8

    try:
        return metadata.version("bentoml")
    except metadata.PackageNotFoundError:
        return None


def bento_model_tag(name: str, version: str, identity: str) -> str:
    """Returns `name:version` in the characters that BentoML allows; only copies of one model have the same tag."""
    version = "-".join(filter(None, (_letters(version)[:40], _letters(identity)[:12])))
    return "%s:%s" % (_letters(name) or "model", version)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:60].strip("-")


class Home:
    """A BentoML home directory. `variables` are the environment variables of the programs that use it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.variables = dict(_NO_TRACKING, BENTOML_HOME=path)

    def run(self, arguments: List[str], cwd: Optional[str] = None) -> str:
        """Runs one BentoML command and returns its output; raises BentoFailed."""
        # A user who has never used BentoML has no home yet.
        os.makedirs(self.path, exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "bentoml"] + arguments,
            env=dict(os.environ, **self.variables),
            cwd=cwd or self.path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            errors="replace",
        )
        if done.returncode != 0:
            raise BentoFailed("\n".join(done.stdout.rstrip().split("\n")[-LINES_OF_A_FAILURE:]))
        return done.stdout

    def version_of(self, name: str) -> Optional[str]:
        """Returns the version of the newest Bento of that name, or None."""
        try:
            with open(os.path.join(self.path, "bentos", name, "latest"), encoding="utf-8") as stream:
                return stream.read().strip()
        except OSError:
            return None

    def has_bento(self, bento_tag: str) -> bool:
        return os.path.isfile(os.path.join(self.path, "bentos", *bento_tag.split(":"), "bento.yaml"))

    def bentos(self) -> List[str]:
        return sorted(filter(self.has_bento, _tags(os.path.join(self.path, "bentos"))))


def users_home() -> Home:
    """Returns the BentoML home of the task's user: BENTOML_HOME or ~/bentoml."""
    return Home(os.path.abspath(os.environ.get("BENTOML_HOME") or os.path.join(os.path.expanduser("~"), "bentoml")))


def copy_bento(bento_tag: str, source: Home, target: Home, folder: str) -> None:
    """Copies a Bento with its models from one home to another, through a temporary archive in `folder`."""
    archive = os.path.join(folder, "carried.tar")
    try:
        source.run(["export", bento_tag, archive])
        target.run(["import", archive])
    finally:
        if os.path.exists(archive):
            os.unlink(archive)


class BentoStore:
    """The store in the directory of one deployment. Each server has its own BentoML home with links to the store, because a home
    also holds files that only one server may use.

    Models and Bentos are added and removed atomically: a killed task leaves no partial one that the next task would use.
    """

    def __init__(self, directory: str) -> None:
        self._path = os.path.join(directory, STORE)

    def make_home(self, path: str) -> Home:
        os.makedirs(path)
        for kind in KINDS:
            os.makedirs(os.path.join(self._path, kind), exist_ok=True)
            os.symlink(os.path.join(self._path, kind), os.path.join(path, kind))
        return Home(path)

    def has_model(self, model_tag: str) -> bool:
        return os.path.isfile(self._place("models", model_tag, "model.yaml"))

    def has_bento(self, bento_tag: str) -> bool:
        return os.path.isfile(self._place("bentos", bento_tag, "bento.yaml"))

    def models_of(self, bento_tag: str) -> Set[str]:
        """Returns the tags of the models that a Bento in the store is served with."""
        import yaml

        if not self.has_bento(bento_tag):
            return set()
        with open(self._place("bentos", bento_tag, "bento.yaml"), encoding="utf-8") as stream:
            return {each.get("tag") for each in (yaml.safe_load(stream) or {}).get("models") or ()}

    def import_model(self, model_tag: str, files: str, folder: str) -> None:
        """Adds a model that MLflow saved to the store, through `folder` on the same file system; raises TaskFailure."""
        with self.incoming(folder) as home:
            os.environ.update(home.variables)
            try:
                import bentoml
            except Exception as error:  # an old BentoML fails in many ways with newer packages
                raise TaskFailure(
                    "mlflow.environment: BentoML %s in %s cannot be imported: %s: %s; install a newer one there"
                    % (_installed_version(), sys.prefix, type(error).__name__, error)
                )
            bentoml.mlflow.import_model(model_tag, files)

    @contextlib.contextmanager
    def incoming(self, folder: str) -> Iterator[Home]:
        """Yields a temporary home in `folder` and then moves its models and Bentos into the store."""
        path = os.path.join(folder, "incoming")
        os.makedirs(path)
        try:
            yield Home(path)
            for kind in KINDS:
                for tag_ in _tags(os.path.join(path, kind)):
                    target = self._place(kind, tag_)
                    if not os.path.exists(target):
                        os.makedirs(os.path.dirname(target), exist_ok=True)
                        os.rename(os.path.join(path, kind, *tag_.split(":")), target)
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def keep(self, kind: str, tags: Container[Optional[str]]) -> None:
        """Removes the models or Bentos that are not in `tags`; `kind` is one of KINDS."""
        for each in _tags(os.path.join(self._path, kind)):
            if each not in tags:
                self._remove(kind, each)

    def remove_bento(self, bento_tag: str) -> None:
        self._remove("bentos", bento_tag)

    def _remove(self, kind: str, tag_: str) -> None:
        removed = os.path.join(self._path, "removed")
        shutil.rmtree(removed, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.rename(self._place(kind, tag_), removed)
        shutil.rmtree(removed, ignore_errors=True)

    def _place(self, kind: str, tag_: str, *more: str) -> str:
        return os.path.join(self._path, kind, *(tuple(tag_.split(":")) + more))

    @staticmethod
    def remove(directory: str) -> None:
        shutil.rmtree(os.path.join(directory, STORE), ignore_errors=True)


def _tags(folder: str) -> List[str]:
    """Returns the tags of the models or Bentos in a folder."""
    return [
        "%s:%s" % (name, version)
        for name in (os.listdir(folder) if os.path.isdir(folder) else ())
        for version in os.listdir(os.path.join(folder, name))
        if os.path.isdir(os.path.join(folder, name, version))
    ]
