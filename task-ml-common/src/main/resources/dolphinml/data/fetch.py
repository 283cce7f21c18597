# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Fetches a data version: finds the commit, reads its list of files, downloads them, and verifies their checksums."""

import glob
import os
import shutil
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple

from dolphinml.common import exceptions
from dolphinml.common.optional import given
from dolphinml.common.program import TaskFailure
from dolphinml.common.sizes import readable
from dolphinml.data import checksums, git, place, repository
from dolphinml.data.arrival import Arrival
from dolphinml.data.data_cache import DataCache
from dolphinml.data.progress import Progress, counted

if TYPE_CHECKING:
    from dolphinml.common.program import Task

# How many names a message lists at most.
SHOWN = 10


class Fields:
    """The names that messages use for the form's fields."""

    def __init__(self, repository: str, version: str, location: str, path: str) -> None:
        self.repository = repository
        self.version = version
        self.location = location
        self.path = path


FORM = Fields("dvcRepository", "dvcVersion", "dvcDataLocation", "dvcLoadSaveDataPath")


def connect_to_repository(task: "Task", settings: Dict[str, Any]) -> git.Remote:
    """Returns the remote repository that the request names; from then on its secrets are masked in the log."""
    remote = git.Remote(settings["repository"], task.request["workdir"], settings.get("gitUser"), settings.get("gitPassword"))
    task.hide(remote.secrets)
    return remote


def read_refs(remote: git.Remote, fields: Fields = FORM) -> git.Refs:
    try:
        return remote.refs()
    except git.GitFailed as failed:
        raise repository_unreachable(remote, failed, fields)


def repository_unreachable(remote: git.Remote, failed: git.GitFailed, fields: Fields = FORM) -> TaskFailure:
    sentence = "%s: %s cannot be read: %s." % (fields.repository, remote.url, failed.reason.rstrip("."))
    return TaskFailure(sentence, block=["git said:"] + ["  " + line for line in failed.lines] + [sentence])


class Version:
    """A version of a repository. `commit` is None if only a clone can resolve it; then `checkout` sets it."""

    def __init__(
        self, remote: git.Remote, refs: git.Refs, text: Optional[str], branch: Optional[str] = None, fields: Fields = FORM
    ) -> None:
        """text  a tag, a branch or a commit; None for the newest commit of the branch"""
        self._remote = remote
        self._refs = refs
        self._fields = fields
        self.text = text
        self.commit: Optional[str] = None
        self.ref: Optional[str] = None
        self._find(branch)

    def _find(self, branch: Optional[str]) -> None:
        refs = self._refs
        if not self.text:
            name = branch or refs.default
            if name is None or name not in refs.branches:
                raise self._missing("it has no commit yet" if not refs.branches else "it has no branch %s" % name)
            self.ref, self.commit = "refs/heads/" + name, refs.branches[name]
        elif self.text in refs.tags:
            self.ref, self.commit = "refs/tags/" + self.text, refs.tags[self.text]
        elif self.text in refs.branches:
            self.ref, self.commit = "refs/heads/" + self.text, refs.branches[self.text]
        elif git.is_commit(self.text):
            self.ref = self.commit = self.text

    def checkout(self, folder: str) -> git.Clone:
        """Creates a working tree of the version at `folder`, and sets `commit`."""
        try:
            clone = git.Clone(self._remote, folder)
            if self.ref is not None:
                try:
                    self.commit = clone.fetch(self.ref)
                except git.GitFailed:
                    # Some servers refuse to send a commit that is not the tip of a branch or tag, some refuse shallow clones.
                    clone.fetch_all()
            elif self.text is not None:
                clone.fetch_all()
                if self._refs.default in self._refs.branches:
                    # As in an ordinary clone, HEAD is the newest commit of the default branch.
                    clone.run("update-ref", "HEAD", self._refs.branches[self._refs.default])
                self.commit = clone.resolve("refs/remotes/origin/" + self.text) or clone.resolve(self.text)
            if self.commit is None or clone.resolve(self.commit) is None:
                raise self._missing(
                    "its tag %s is not of a commit" % self.text
                    if self.text in self._refs.tags
                    else "there is no tag, branch or commit %s in it" % self.text
                )
            clone.checkout(self.commit)
            return clone
        except git.GitFailed as failed:
            raise repository_unreachable(self._remote, failed, self._fields)

    def _missing(self, what: str) -> TaskFailure:
        known = sorted(self._refs.tags)
        tags = "its tags are " + ", ".join(known[-SHOWN:]) if known else "it has no tags"
        if len(known) > SHOWN:
            tags = "its %d tags end with %s" % (len(known), ", ".join(known[-SHOWN:]))
        return TaskFailure("%s: %s: %s; %s." % (self._fields.version, self._remote.url, what, tags))


class Fetch:
    """One download."""

    def __init__(self, task: "Task", settings: Dict[str, Any], private: str, fields: Fields = FORM) -> None:
        """
        settings  repository, version, location, path; branch, remote, jobs, cacheDir, cacheLimit, link, gitUser,
                  gitPassword are optional
        private   a folder for temporary files
        """
        self._task = task
        self._console = task.console
        self._settings = settings
        self._private = private
        self._fields = fields
        self._location = settings["location"]
        self._path = os.path.join(task.request["workdir"], settings["path"])
        self._cache: Optional[DataCache] = None

    def run(self) -> Dict[str, Any]:
        """Downloads the data and returns the facts about it: rev, version, md5, size, nfiles, path, url."""
        if self._settings.get("cacheDir"):
            self._cache = DataCache(
                self._settings["cacheDir"], self._settings.get("cacheLimit"), self._console, self._settings.get("link") == "copy"
            )
        remote = connect_to_repository(self._task, self._settings)
        version = Version(
            remote, read_refs(remote, self._fields), self._settings.get("version"), self._settings.get("branch"), self._fields
        )
        facts = self._known(version.commit)
        if facts is None:
            clone = version.checkout(os.path.join(self._private, "repository"))
            self._say(remote, version)
            facts = self._read_and_fetch(clone, given(version.commit))
        else:
            self._say(remote, version)
        facts.pop("files", None)
        return dict(facts, version=self._settings.get("version") or facts["rev"])

    def _say(self, remote: git.Remote, version: Version) -> None:
        self._console.line(
            "%s of %s is commit %s"
            % ("Version %s" % version.text if version.text else "The newest version", remote.url, version.commit)
        )

    def _place(self, is_file: bool) -> place.Place:
        return place.Place(self._path, is_file, os.path.basename(self._location))

    def _known(self, commit: Optional[str]) -> Optional[Dict[str, Any]]:
        """Returns the facts if the commit's data is in place already or can be taken from the cache, without DVC; else None."""
        if commit is None:
            return None
        for is_file in (True, False):
            target = self._place(is_file)
            facts = target.record()
            if facts and (facts.get("rev"), facts.get("location")) == (commit, self._location) and target.is_untouched(facts):
                self._console.line("%s is there already" % target.path)
                return dict(facts, path=target.path)
        facts = self._cache.facts(commit, self._location) if self._cache else None
        if self._cache and facts is not None and self._from_cache(self._cache, facts, self._place(facts["isFile"])):
            return dict(facts, path=self._place(facts["isFile"]).path)
        return None

    def _from_cache(self, cache: DataCache, facts: Dict[str, Any], target: place.Place) -> bool:
        self._check_place(target)
        folder = self._beside(target)
        try:
            if not cache.take(facts["key"], os.path.join(folder, "data")):
                return False
            target.put(os.path.join(folder, "data"), facts)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self._console.line(
            "%s: %s in %s from the worker's cache" % (target.path, readable(facts["size"]), counted(facts["nfiles"]))
        )
        return True

    def _beside(self, target: place.Place) -> str:
        try:
            os.makedirs(target.folder, exist_ok=True)
            return self._task.temporary_folder(target.folder, "dolphinml-")
        except OSError as error:
            raise TaskFailure("%s: nothing can be written to %s: %s." % (self._fields.path, target.folder, error.strerror))

    def _read_and_fetch(self, clone: git.Clone, commit: str) -> Dict[str, Any]:
        repository.load_dvc(self._private)
        opened = open_repository(clone.folder, self._settings.get("remote"), self._fields)
        content = read_content(opened, self._location, self._fields)
        if content is None:
            raise TaskFailure(
                "%s: there is no %s in commit %s; its folder %s."
                % (self._fields.location, self._location, commit, _neighbours(opened, self._location))
            )
        legacy = content.algorithm == checksums.LEGACY
        facts = {
            "rev": commit,
            "location": self._location,
            "md5": content.md5,
            "size": content.size,
            "nfiles": content.nfiles,
            "url": opened.address(content),
            "isFile": content.is_file,
            "key": content.md5 + ("-legacy" if legacy else ""),
        }
        target = self._place(content.is_file)
        if target.exists() and self._is_same(target, content):
            facts["size"] = _size(target.path)
            self._console.line("%s has this content already" % target.path)
            target.note(facts)
        elif self._cache:
            self._cache.fill(facts["key"], lambda path: self._get(opened, given(content), path, "ml.dvc.cacheDir"))
            facts["size"] = _size(self._cache.path(facts["key"]))
            if not self._from_cache(self._cache, facts, target):
                raise TaskFailure("ml.dvc.cacheDir: %s was changed while the task ran." % self._cache.root)
        else:
            self._check_place(target)
            folder = self._beside(target)
            try:
                self._get(opened, content, os.path.join(folder, "data"), self._fields.path)
                facts["size"] = _size(os.path.join(folder, "data"))
                target.put(os.path.join(folder, "data"), facts)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            self._console.line("%s: %s in %s" % (target.path, readable(facts["size"]), counted(content.nfiles)))
        if self._cache:
            self._cache.remember(commit, self._location, facts)
        return dict(facts, path=target.path)

    def _check_place(self, target: place.Place) -> None:
        """Refuses to replace a folder that was not created by a download."""
        workdir = os.path.realpath(self._task.request["workdir"])
        if os.path.commonpath([workdir, target.path]) == target.path:
            raise TaskFailure(
                "%s: %s is the task's own directory or above it; name a path in it." % (self._fields.path, target.path)
            )
        if target.is_foreign():
            raise TaskFailure(
                "%s: the folder %s has something else in it, and a download replaces the whole folder; name a path that"
                " does not exist, as in %s."
                % (self._fields.path, target.path, os.path.join(target.path, os.path.basename(self._location)))
            )

    def _is_same(self, target: place.Place, content: repository.Content) -> bool:
        """Whether the data at the target has the expected names and checksums."""
        try:
            paths = checksums.files_below(target.path)
            if content.is_file == os.path.isdir(target.path) or [name for name, _ in paths] != _file_names(content):
                return False
            files = checksums.of_all(paths, content.algorithm)
            return [(file.name, file.md5) for file in files] == _pairs(content)
        except OSError:
            return False

    def _get(self, opened: repository.Repository, content: repository.Content, target: str, field: str) -> None:
        """Copies the content from the store to `target` and verifies each checksum.

        `field` is the field that a message about a full disk names. Raises TaskFailure if the download fails or differs.
        """
        disk = os.path.dirname(os.path.dirname(target))
        free = shutil.disk_usage(os.path.dirname(target)).free
        if content.size and content.size > free:
            raise TaskFailure(
                "%s: the data has %s, and there is room for %s in %s." % (field, readable(content.size), readable(free), disk)
            )
        expected = dict(_pairs(content))
        arrival = Arrival({checksums.path_below(target, name): md5 for name, md5 in expected.items()})
        try:
            with Progress(self._console, "Download", content.size, content.nfiles, lambda: _so_far(target)), arrival:
                opened.get(self._location, content, target, self._settings.get("jobs"))
            if content.executable:
                os.chmod(target, os.stat(target).st_mode | 0o111)
            arrived = checksums.files_below(target)
            unverified = [(name, path) for name, path in arrived if not arrival.is_verified(path)]
            files = checksums.of_all(unverified, content.algorithm)
        except Exception as error:
            if exceptions.is_disk_full(error):
                raise TaskFailure(
                    "%s: the disk of %s is full; %s of %s had been fetched."
                    % (field, disk, readable(_so_far(target)[0]), self._location)
                )
            raise TaskFailure("The download of %s failed: %s." % (self._location, reason_of_error(error).rstrip(".")))
        wrong = [file for file in files if expected.get(file.name) != file.md5]
        missing = sorted(set(expected) - {name for name, _ in arrived})
        if wrong or missing:
            raise TaskFailure(
                "The store has other data than the version: %s." % _difference(self._location, expected, wrong, missing)
            )


def open_repository(folder: str, remote: Optional[str], fields: Fields = FORM) -> repository.Repository:
    """Opens the DVC repository in a working tree; raises TaskFailure if it does not use DVC or DVC cannot read it."""
    if not os.path.isdir(os.path.join(folder, ".dvc")):
        below = sorted(glob.glob(os.path.join(glob.escape(folder), "*", ".dvc", "")))
        raise TaskFailure(
            "%s: there is no DVC in it (.dvc is missing); run a node of the type Init DVC on it first." % fields.repository
            if not below
            else "%s: DVC is in its folder %s and not at its top, where it must be."
            % (fields.repository, os.path.relpath(below[0], folder).split("/")[0])
        )
    try:
        return repository.Repository(folder, remote)
    except Exception as error:
        raise TaskFailure("%s: DVC cannot read it: %s." % (fields.repository, reason_of_error(error).rstrip(".")))


def read_content(opened: repository.Repository, location: str, fields: Fields = FORM) -> Optional[repository.Content]:
    try:
        return opened.content(location)
    except Exception as error:
        raise TaskFailure("%s: what %s has cannot be read: %s." % (fields.location, location, reason_of_error(error).rstrip(".")))


def reason_of_error(error: BaseException) -> str:
    """Returns the message of an error from DVC or a store, followed by the messages of its causes."""
    parts: List[str] = []
    for each in exceptions.with_causes(error):
        text = " ".join(str(each).split()) or type(each).__name__
        if not any(text in part for part in parts):
            parts.append(text)
    return ": ".join(parts[:4])


def _file_names(content: repository.Content) -> List[str]:
    return sorted(file.name for file in content.files)


def _pairs(content: repository.Content) -> List[Tuple[str, str]]:
    return sorted((file.name, file.md5) for file in content.files)


def _size(path: str) -> int:
    return sum(size for size, _ in place.stamps(path).values())


def _so_far(target: str) -> Tuple[int, int]:
    files = 0
    size = 0
    if os.path.exists(target):
        for _, path in checksums.files_below(target):
            try:
                size += os.stat(path).st_size
                files += 1
            except OSError:
                pass
    return size, files


def _difference(location: str, expected: Dict[str, str], wrong: List[checksums.File], missing: List[str]) -> str:
    if missing:
        return "%s is missing" % os.path.join(location, missing[0])
    file = wrong[0]
    return "%s has the checksum %s, and the version says %s" % (
        os.path.join(location, file.name).rstrip("/"),
        file.md5,
        expected.get(file.name, "that there is no such file"),
    )


def _neighbours(opened: repository.Repository, location: str) -> str:
    folder = os.path.dirname(location)
    try:
        names = sorted(os.path.basename(name) for name in opened.names(folder))
    except Exception:
        names = []
    shown = ", ".join(names[:SHOWN]) + (" and others" if len(names) > SHOWN else "")
    return "%s has %s" % (folder or ".", shown) if names else "%s has nothing" % (folder or ".")
