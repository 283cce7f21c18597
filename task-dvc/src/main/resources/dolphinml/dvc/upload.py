# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Uploads data as a version: to the store, where it is verified, and only then to the repository."""

import os
import posixpath
from typing import TYPE_CHECKING, Any, Dict, List, NoReturn, Optional

from dolphinml.common.optional import given
from dolphinml.common.program import TaskFailure
from dolphinml.common.sizes import readable
from dolphinml.data import checksums, fetch, place, repository
from dolphinml.data.progress import Progress, counted
from dolphinml.dvc.store import open_store
from dolphinml.dvc.working_branch import WorkingBranch

if TYPE_CHECKING:
    from dolphinml.common.console import Console
    from dolphinml.common.program import Task
    from dolphinml.data import git
    from dolphinml.data.repository import Repository
    from dolphinml.dvc.store import Store

# Data with one of these names would change how Git or DVC works in every clone.
RESERVED = (".gitignore", ".gitattributes", ".gitmodules", ".dvcignore", "dvc.lock")


class Upload:
    """One upload; see run_dvc.py for the request."""

    def __init__(self, task: "Task", settings: Dict[str, Any], private: str) -> None:
        self._task = task
        self._console = task.console
        self._settings = settings
        self._private = private
        self._location = settings["location"]
        self._version = settings.get("version")
        self._remote = fetch.connect_to_repository(task, settings)

    def run(self) -> Dict[str, Any]:
        source = self._source(self._task.request["workdir"])
        refs = fetch.read_refs(self._remote)
        branch = WorkingBranch(self._task, self._settings, self._remote, refs, os.path.join(self._private, "repository"))
        # As in DolphinScheduler's own plugin, a relative path may name a file in the repository itself.
        source = source or self._source(branch.folder) or self._no_source()
        repository.load_dvc(self._private)
        opened = fetch.open_repository(branch.folder, self._settings.get("remote"))
        self._check_location(branch, opened)
        store = open_store(opened, self._settings.get("jobs"))
        data = _Data(source, opened.algorithm, self._console)
        tagged = self._tagged(refs, data)
        if not tagged:
            self._try(branch, data)
        self._put(store, data)
        commit = tagged or self._publish(branch, data)
        self._console.line(
            "Version %s of %s: %s in %s, commit %s"
            % (self._version or commit, self._location, readable(data.size), counted(len(data.files)), commit)
        )
        return {
            "rev": commit,
            "version": self._version or commit,
            "md5": data.md5,
            "size": data.size,
            "nfiles": len(data.files),
            "path": source,
            "url": store.address(data.md5),
        }

    def _source(self, folder: str) -> Optional[str]:
        path = os.path.realpath(os.path.join(folder, self._settings["path"]))
        return path if os.path.exists(path) else None

    def _no_source(self) -> NoReturn:
        raise TaskFailure(
            "dvcLoadSaveDataPath: there is no %s; a relative path begins at the task's directory."
            % (os.path.join(self._task.request["workdir"], self._settings["path"]))
        )

    def _check_location(self, branch: WorkingBranch, opened: "Repository") -> None:
        folder = posixpath.dirname(self._location)
        while folder:
            if (
                os.path.islink(branch.path(folder))
                or os.path.exists(branch.path(folder))
                and not os.path.isdir(branch.path(folder))
            ):
                raise TaskFailure("dvcDataLocation: %s in the repository is not a folder; choose another location." % folder)
            folder = posixpath.dirname(folder)
        if posixpath.basename(self._location) in RESERVED:
            raise TaskFailure("dvcDataLocation: %s is a name of Git or DVC itself; choose another location." % self._location)
        tracked = branch.clone.run("ls-files", "--", self._literal(self._location)) if branch.tip else ""
        if tracked.strip():
            raise TaskFailure(
                "dvcDataLocation: Git itself has %s in the repository; choose another location, or git rm"
                " it." % tracked.splitlines()[0]
            )
        try:
            taken = opened.conflict(self._location)
        except Exception as error:
            raise TaskFailure("dvcRepository: DVC cannot read it: %s." % fetch.reason_of_error(error).rstrip("."))
        if taken:
            raise TaskFailure(
                "dvcDataLocation: DVC has %s in the repository already, and %s would be a part of it or"
                " the other way round; choose another location." % (taken, self._location)
            )
        if branch.clone.ignores(self._location + ".dvc"):
            raise TaskFailure(
                "dvcDataLocation: a .gitignore of the repository ignores %s.dvc; choose another location,"
                " or change that file." % self._location
            )

    def _try(self, branch: WorkingBranch, data: "_Data") -> None:
        """Lets DVC read what would be committed: a .dvc file that it rejects would make the whole repository unreadable."""
        self._write(branch, data)
        opened = fetch.open_repository(branch.folder, self._settings.get("remote"))
        try:
            found = opened.checksum(self._location)
        except Exception as error:
            raise TaskFailure(
                "dvcDataLocation: DVC cannot have data at %s: %s; choose another location."
                % (self._location, fetch.reason_of_error(error).replace(branch.folder + "/", "").rstrip("."))
            )
        if found != data.md5:
            raise TaskFailure(
                "dvcDataLocation: DVC does not see data at %s, which a .dvcignore may name; choose another"
                " location." % self._location
            )

    @staticmethod
    def _literal(path: str) -> str:
        return ":(top,literal)" + path

    def _tagged(self, refs: "git.Refs", data: "_Data") -> Optional[str]:
        """Returns the commit of the version's tag if it has this content; None if the tag must be created or moved."""
        if not self._version or self._version not in refs.tags:
            return None
        commit = refs.tags[self._version]
        folder = os.path.join(self._private, "tagged-" + commit)
        if not os.path.isdir(folder):
            fetch.Version(self._remote, refs, self._version).checkout(folder)
        found = None
        if os.path.isdir(os.path.join(folder, ".dvc")):
            found = fetch.read_content(fetch.open_repository(folder, self._settings.get("remote")), self._location)
        if found is not None and found.md5 == data.md5:
            self._console.line("The tag %s already exists with this content" % self._version)
            return commit
        if self._settings.get("moveTag"):
            return None
        raise TaskFailure(
            "dvcVersion: the tag %s exists, and %s; choose another version, or set dvc.moveTag=true."
            % (
                self._version,
                "it has no %s (this data is %s)" % (self._location, data.md5)
                if found is None
                else "%s has the checksum %s in it, this data has %s" % (self._location, found.md5, data.md5),
            )
        )

    def _put(self, store: "Store", data: "_Data") -> None:
        sources = {file.md5: (path, given(file.size)) for file, path in zip(data.files, data.paths)}
        try:
            with Progress(self._console, "Upload", data.size, len(sources)) as progress:
                sent = store.put(sources, progress)
            self._prove(store, {md5: size for md5, (_, size) in sources.items()})
            if data.listing is not None:
                store.put_listing(data.md5, data.listing)
                self._prove(store, {data.md5: len(data.listing)})
        except TaskFailure:
            raise
        except Exception as error:
            raise TaskFailure("The store %s does not take the data: %s." % (store.url, fetch.reason_of_error(error).rstrip(".")))
        data.check_unchanged()
        self._console.line("The store %s has all of it (%d of %s sent)" % (store.url, sent, counted(len(sources))))

    @staticmethod
    def _prove(store: "Store", sizes: Dict[str, int]) -> None:
        lost = store.not_whole(sizes)
        if lost:
            raise TaskFailure("The store %s took %s, and does not have %s whole." % (store.url, counted(len(sizes)), lost[0]))

    def _publish(self, branch: WorkingBranch, data: "_Data") -> str:
        tried = branch.tip

        def change() -> List[str]:
            nonlocal tried
            if branch.tip != tried:
                tried = branch.tip
                self._check_location(branch, fetch.open_repository(branch.folder, self._settings.get("remote")))
                self._try(branch, data)
            return self._write(branch, data)

        def move() -> bool:
            """Checks the tag again, as another task may have created it meanwhile; returns whether to move it."""
            refs = fetch.read_refs(self._remote)
            if self._version not in refs.tags:
                return False
            commit = self._tagged(refs, data)
            if commit:
                raise _TaggedMeanwhile(commit)
            return True

        message = self._settings.get("message") or "Add %s%s" % (
            self._location,
            ", version " + self._version if self._version else "",
        )
        try:
            return branch.publish(change, message, self._version, move)
        except _TaggedMeanwhile as tagged:
            return tagged.commit

    def _write(self, branch: WorkingBranch, data: "_Data") -> List[str]:
        """Writes the .dvc file of the location and its entry in .gitignore; returns the paths of both."""
        folder, name = posixpath.split(self._location)
        os.makedirs(branch.path(folder), exist_ok=True)
        written = [self._location + ".dvc"]
        entries = [("md5", data.md5), ("size", data.size)]
        if not data.is_file:
            entries.append(("nfiles", len(data.files)))
        if data.algorithm == checksums.PLAIN:
            entries.append(("hash", "md5"))
        if data.is_file and os.access(data.path, os.X_OK):
            entries.append(("isexec", True))
        entries.append(("path", name))
        lines = [
            "%s %s: %s\n" % ("-" if index == 0 else " ", key, _yaml(key, value)) for index, (key, value) in enumerate(entries)
        ]
        with open(branch.path(written[0]), "w", encoding="utf-8") as stream:
            stream.write("outs:\n" + "".join(lines))
        ignore = posixpath.join(folder, ".gitignore")
        line = "/" + "".join("\\" + letter if letter in "\\*?[]!# " else letter for letter in name)
        text = ""
        if os.path.exists(branch.path(ignore)):
            with open(branch.path(ignore), encoding="utf-8", errors="surrogateescape", newline="") as stream:
                text = stream.read()
        if line not in [each.rstrip("\r") for each in text.split("\n")]:
            with open(branch.path(ignore), "w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
                stream.write(text + ("" if text.endswith("\n") or not text else "\n") + line + "\n")
        return written + [ignore]


class _TaggedMeanwhile(Exception):
    def __init__(self, commit: str) -> None:
        super().__init__(commit)
        self.commit = commit


class _Data:
    """The data to upload, with its checksums."""

    def __init__(self, path: str, algorithm: str, console: "Console") -> None:
        self.path = path
        self.algorithm = algorithm
        try:
            named = checksums.files_below(path)
            special = next((whole for _, whole in named if not os.path.isfile(whole)), None)
            if special:
                raise TaskFailure("dvcLoadSaveDataPath: %s is not a file that can be read." % special)
            self._stamps = place.stamps(path)
            self.size = sum(size for size, _ in self._stamps.values())
            if not named:
                raise TaskFailure("dvcLoadSaveDataPath: the folder %s has no files in it." % path)
            if any(posixpath.basename(name) == ".dvcignore" for name, _ in named):
                raise TaskFailure(
                    "dvcLoadSaveDataPath: the folder %s has a .dvcignore in it, which DVC does not allow"
                    " in data; remove it." % path
                )
            with Progress(console, "Checksums", self.size, len(named)) as progress:
                self.files = checksums.of_all(named, algorithm, progress)
        except OSError as error:
            raise TaskFailure("dvcLoadSaveDataPath: %s cannot be read: %s." % (error.filename or path, error.strerror))
        self.paths = [whole for _, whole in named]
        self.is_file = checksums.is_one_file(self.files)
        self.listing: Optional[bytes] = None
        if self.is_file:
            self.md5 = self.files[0].md5
        else:
            self.md5, self.listing = checksums.of_folder(self.files)

    def check_unchanged(self) -> None:
        try:
            now = place.stamps(self.path)
        except OSError:
            now = None
        if now != self._stamps:
            raise TaskFailure("dvcLoadSaveDataPath: %s was changed while it was uploaded; nothing was committed." % self.path)


def _yaml(key: str, value: Any) -> Any:
    if key == "path":
        # Simple names stay unquoted, as DVC writes them.
        return (
            value
            if value.isascii()
            and value.replace("-", "a").replace("_", "a").replace(".", "a").isalnum()
            and value[0].isalpha()
            and value.lower() not in ("null", "true", "false", "yes", "no", "on", "off", "y", "n")
            else '"%s"' % "".join(map(_yaml_letter, value))
        )
    return str(value).lower() if isinstance(value, bool) else value


def _yaml_letter(letter: str) -> str:
    if letter in '"\\':
        return "\\" + letter
    return letter if letter.isprintable() else "\\U%08x" % ord(letter)
