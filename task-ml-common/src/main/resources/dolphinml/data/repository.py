# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Reads a DVC repository in a working tree. All uses of DVC's Python interface for reading are in this module."""

import hashlib
import json
import os
import posixpath
import shutil
import sys
from typing import Any, Dict, List, Optional, Set, Tuple

from dolphinml.common.program import TaskFailure
from dolphinml.data import checksums


def load_dvc(private: str, field: str = "dvc.environment") -> str:
    """Imports DVC and returns its version; raises TaskFailure without it. DVC's site cache goes into the folder `private`."""
    os.environ.update(DVC_NO_ANALYTICS="1", DVC_SITE_CACHE_DIR=os.path.join(private, "dvc"))
    # These may be set for another repository, in the shell that started this.
    for name in ("DVC_ROOT", "DVC_STAGE", "DVC_EXP_AUTO_PUSH"):
        os.environ.pop(name, None)
    try:
        import dvc.api

        return dvc.__version__
    except ImportError as error:
        raise TaskFailure(
            "%s: the Python at %s cannot import DVC (%s); pip install dvc there, with the extra of the store as in"
            " dvc[s3], or name an environment that has it." % (field, sys.executable, error)
        )


def major(version: str) -> int:
    digits = version.split(".")[0]
    return int(digits) if digits.isdigit() else 3


class Content:
    """The content of a location: a file or a folder, with the checksums that the repository records for its files.

    files      [checksums.File] with names below the location; "" is the location itself
    algorithm  how the files are hashed: checksums.PLAIN or checksums.LEGACY
    md5, size, nfiles
               of the content as a whole; size is None for a part of a tracked folder, as DVC records a folder's total only
    tracked    whether DVC tracks it; otherwise only Git does
    """

    def __init__(
        self, files: List[checksums.File], algorithm: str, size: Optional[int], tracked: bool, executable: bool = False
    ) -> None:
        self.files = files
        self.algorithm = algorithm
        self.is_file = checksums.is_one_file(files)
        self.md5 = checksums.whole(files)
        self.size = size
        self.nfiles = len(files)
        self.tracked = tracked
        self.executable = executable


class Repository:
    """The working tree at `folder`, as DVC reads it. Call `load_dvc` first."""

    def __init__(self, folder: str, remote: Optional[str] = None) -> None:
        from dvc import __version__
        from dvc.api import DVCFileSystem
        from dvc.repo import Repo

        self.folder = folder
        # DVC 2 has one kind of checksum, the legacy one, under the name that DVC 3 uses for the new kind.
        self.algorithm = checksums.LEGACY if major(__version__) < 3 else checksums.PLAIN
        self._remote = remote
        self.repo = Repo(folder, config={"core": {"remote": remote}} if remote else None)
        self._files = DVCFileSystem(repo=self.repo)

    def content(self, location: str) -> Optional[Content]:
        """Returns the content of a location, or None if nothing is there. Reads a folder's listing from the store."""
        try:
            info = self._files.info(location)
        except FileNotFoundError:
            return None
        whole = info.get("dvc_info") or {}
        listed = self._listing(whole) if info["type"] == "directory" else None
        if listed is not None:
            algorithm, files = listed
            return Content(files, algorithm, whole.get("size"), True)
        if info["type"] == "file":
            found = {location: info}
        else:
            found = self._files.find(location, detail=True)
        files, algorithm, tracked = [], self.algorithm, True
        for path, each in sorted(found.items()):
            tracking = each.get("dvc_info") or {}
            md5, legacy = _checksum(tracking)
            if md5 is None:
                # Only Git tracks it.
                tracked = False
                md5 = checksums.md5_of(os.path.join(self.folder, path))
            elif legacy:
                algorithm = checksums.LEGACY
            name = "" if path == location else posixpath.relpath(path, location)
            files.append(checksums.File(name, md5, each.get("size")))
        if not files:
            return None
        sizes = [file.size for file in files if file.size is not None]
        size = whole.get("size") or (sum(sizes) if len(sizes) == len(files) else None)
        return Content(files, algorithm, size, tracked, bool(whole.get("isexec")))

    def _listing(self, tracking: Dict[str, Any]) -> Optional[Tuple[str, List[checksums.File]]]:
        """Returns (algorithm, files) of a folder that DVC tracks as one output, from its listing in the store.

        Returns None if the folder is not such an output or its listing cannot be used. DVC itself would build an index of
        the files first, which takes as long as their transfer.
        """
        md5, legacy = _checksum(tracking)
        if not tracking.get("isout") or not (md5 or "").endswith(".dir"):
            return None
        algorithm = checksums.LEGACY if legacy else self.algorithm
        store = self.store(algorithm)
        try:
            with store.fs.open(store.oid_to_path(md5), "rb") as stream:
                listing = stream.read()
        except FileNotFoundError:
            return None
        if hashlib.md5(listing).hexdigest() + ".dir" != md5:
            return None
        entries = sorted(json.loads(listing.decode("utf-8")), key=lambda entry: entry["relpath"])
        if not entries or any("md5" not in entry for entry in entries):
            return None
        return algorithm, [checksums.File(entry["relpath"], entry["md5"], None) for entry in entries]

    def names(self, folder: str) -> List[str]:
        """Returns the paths of the entries of a folder."""
        return self._files.ls(folder, detail=False)

    def get(self, location: str, content: Content, target: str, jobs: Optional[int] = None) -> None:
        """Copies the content of a location from the store (or from Git) to the path `target`, which must not exist."""
        if content.tracked:
            store = self.store(content.algorithm)
            try:
                # Copies the objects directly: DVC's file system would look each file up again.
                store.fs.get(
                    [store.oid_to_path(file.md5) for file in content.files],
                    [checksums.path_below(target, file.name) for file in content.files],
                    batch_size=jobs,
                )
                return
            except FileNotFoundError:
                # DVC also looks in other places, such as the sources of imports, and reports what is missing.
                _remove_target(target)
        options = {"batch_size": jobs} if jobs and _takes_jobs(self._files) else {}
        self._files.get(location, target, recursive=True, **options)

    def store(self, algorithm: Optional[str] = None) -> Any:
        """Returns DVC's object database in the store for data with this kind of checksum; by default, for new data."""
        if algorithm in (None, self.algorithm):
            return self.repo.cloud.get_remote_odb(self._remote)
        return self.repo.cloud.get_remote_odb(self._remote, hash_name=algorithm)

    def address(self, content: Content) -> Optional[str]:
        """Returns the URL of the content in the store; None if DVC does not track it."""
        if not content.tracked:
            return None
        store = self.store(content.algorithm)
        return store.fs.unstrip_protocol(store.oid_to_path(content.md5))

    def conflict(self, location: str) -> Optional[str]:
        """Returns the path that DVC already tracks and that overlaps with new data at a location; None if there is none."""
        parts = location.split("/")
        for length in range(1, len(parts)):
            if self._tracking("/".join(parts[:length])).get("isout"):
                return "/".join(parts[:length])
        own = os.path.exists(os.path.join(self.folder, location + ".dvc"))
        tracking = self._tracking(location)
        if tracking.get("isout"):
            return None if own else location
        if tracking:
            # A folder that is not tracked itself, but has tracked paths below it.
            return next((path for path in sorted(self._files.find(location)) if self._tracking(path)), None)
        return None

    def _tracking(self, path: str) -> Dict[str, Any]:
        try:
            return self._files.info(path).get("dvc_info") or {}
        except FileNotFoundError:
            return {}

    def checksum(self, location: str) -> Optional[str]:
        """Returns the checksum of the data that DVC tracks as one output at a location; None if there is none."""
        paths = {os.path.relpath(out.fs_path, self.folder): out for out in self.repo.index.outs}
        return paths[location].hash_info.value if location in paths else None

    def objects(self) -> Dict[str, str]:
        """Returns {checksum: path} of all outputs that DVC keeps in the store for this working tree."""
        return {out.hash_info.value: str(out) for out in self.repo.index.outs if out.use_cache and out.hash_info}

    def kept_by_git(self) -> Set[str]:
        """Returns the paths of outputs, such as metrics, that the pipeline keeps in Git instead of the store."""
        return {
            os.path.relpath(out.fs_path, self.folder)
            for out in self.repo.index.outs
            if not out.use_cache and os.path.isfile(out.fs_path)
        }

    def recorded_stages(self) -> Dict[str, Any]:
        """Returns {stage: its entry in dvc.lock, None if it has never run} for the dvc.yaml at the top."""
        from dvc.utils.serialize import load_yaml

        path = os.path.join(self.folder, "dvc.lock")
        recorded = (load_yaml(path) or {}).get("stages") or {} if os.path.exists(path) else {}
        return {stage.name: recorded.get(stage.name) for stage in self._stages()}

    def outs_of(self, name: str) -> List[str]:
        """Returns the paths of the outputs of a stage of the dvc.yaml at the top."""
        return [os.path.relpath(out.fs_path, self.folder) for stage in self._stages() if stage.name == name for out in stage.outs]

    def _stages(self) -> List[Any]:
        top = os.path.realpath(os.path.join(self.folder, "dvc.yaml"))
        return [stage for stage in self.repo.index.stages if stage.cmd and os.path.realpath(stage.path) == top]

    def close(self) -> None:
        self.repo.close()


def _checksum(tracking: Dict[str, Any]) -> Tuple[Optional[str], bool]:
    """Returns (checksum or None, whether it is a legacy one) of an entry that DVC tracks."""
    entry = tracking.get("entry")
    info = getattr(entry, "hash_info", None)
    if info is None or not info.value:
        return None, False
    return info.value, info.name == checksums.LEGACY


def _remove_target(path: str) -> None:
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def _takes_jobs(files: Any) -> bool:
    import inspect

    return "batch_size" in inspect.signature(files.get).parameters
