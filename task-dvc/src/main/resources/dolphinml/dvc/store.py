# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Writes to a DVC store and verifies its content."""

import os
import uuid
from typing import TYPE_CHECKING, Dict, Iterable, List, Mapping, Optional, Tuple

from dolphinml.common.program import TaskFailure
from dolphinml.data import checksums
from dolphinml.data.fetch import reason_of_error

if TYPE_CHECKING:
    from dolphinml.data.progress import Progress
    from dolphinml.data.repository import Repository

Sizes = Dict[str, Optional[int]]


# How many objects to request in parallel if DVC has no default for the store.
THREADS = 16


def open_store(opened: "Repository", jobs: Optional[int] = None, algorithm: Optional[str] = None) -> "Store":
    """Opens the store of a repository; raises TaskFailure if it has none or it cannot be used on this worker."""
    try:
        store = Store(opened, jobs, algorithm)
        vanished = store.is_vanished(opened.store(checksums.LEGACY).path) and bool(opened.objects())
    except Exception as error:
        raise TaskFailure("dvcRepository: its store cannot be used: %s." % reason_of_error(error).rstrip("."))
    if vanished:
        # DVC would create the folder, and put the data on this worker's own disk.
        raise TaskFailure("The store %s is not there, and the repository has data in it; mount it on this worker." % store.url)
    return store


class Store:
    """A repository's store, accessed through DVC's object database."""

    def __init__(self, opened: "Repository", jobs: Optional[int] = None, algorithm: Optional[str] = None) -> None:
        self._objects = opened.store(algorithm)
        # DVC 2 reports the progress of a transfer in another form.
        self._counts = opened.algorithm == checksums.PLAIN
        self._jobs = jobs or self._objects.fs.jobs or THREADS
        self.url = self._objects.fs.unstrip_protocol(self._objects.path)

    def address(self, md5: str) -> str:
        return self._objects.fs.unstrip_protocol(self._objects.oid_to_path(md5))

    def is_vanished(self, top: str) -> bool:
        """Whether the store is a local folder that does not exist, and `top`, the one of DVC 2, is missing or empty too."""
        if self._objects.fs.protocol != "local" or os.path.exists(self._objects.path):
            return False
        try:
            return not os.listdir(top)
        except FileNotFoundError:
            return True
        except OSError:
            # The first access will report what is wrong with it.
            return False

    def put(self, sources: Dict[str, Tuple[str, int]], progress: "Progress") -> int:
        """Uploads the files that the store lacks or has damaged; returns how many. sources: {checksum: (path, size)}."""
        there = set(self._objects.oids_exist(list(sources), jobs=self._jobs))
        damaged = list(self.not_whole({md5: size for md5, (_, size) in sources.items() if md5 in there}))
        for md5 in sources:
            if md5 in there and md5 not in damaged:
                progress.add_bytes(sources[md5][1])
                progress.add_file()
        wanted = [md5 for md5 in sources if md5 not in there] + damaged
        if wanted:
            self._add(wanted, sources, progress)
        return len(wanted)

    def _add(self, wanted: List[str], sources: Dict[str, Tuple[str, int]], progress: "Progress") -> None:
        from dvc.fs import LocalFileSystem

        errors = []
        counted = {}
        if self._counts:
            # Imported here because it needs packages that come with DVC; store.py is also imported where DVC may be missing.
            from dolphinml.dvc.counting import Counting

            counted["callback"] = Counting(progress)
        self._objects.add(
            [sources[md5][0] for md5 in wanted],
            LocalFileSystem(),
            wanted,
            hardlink=False,
            check_exists=False,
            batch_size=self._jobs,
            on_error=lambda md5, error: errors.append((md5, error)),
            **counted,
        )
        if errors:
            md5, error = errors[0]
            others = " (and %d others)" % (len(errors) - 1) if len(errors) > 1 else ""
            raise TaskFailure(
                "The store %s did not take %s%s: %s." % (self.url, sources[md5][0], others, reason_of_error(error).rstrip("."))
            )

    def put_listing(self, md5: str, listing: bytes) -> None:
        self._objects.add_bytes(md5, listing)

    def sizes(self, objects: Iterable[str]) -> Sizes:
        """Returns {checksum: size in bytes of its object in the store, None if it is missing}."""

        def size(md5: str) -> Optional[int]:
            try:
                return self._objects.fs.info(self._objects.oid_to_path(md5))["size"]
            except FileNotFoundError:
                return None

        wanted = list(objects)
        return dict(zip(wanted, checksums.in_threads(size, wanted, self._jobs)))

    def not_whole(self, sizes: Mapping[str, Optional[int]]) -> List[str]:
        """Returns the checksums of {checksum: size} whose objects are not in the store with that size; None matches any size."""
        return [md5 for md5, size in self.sizes(sizes).items() if size is None or sizes[md5] not in (None, size)]

    def probe(self, folder: str) -> None:
        """Writes, reads and deletes a small object; raises TaskFailure with the step that failed."""
        content = uuid.uuid4().hex.encode("ascii")
        local = os.path.join(folder, "probe")
        with open(local, "wb") as stream:
            stream.write(content)
        files = self._objects.fs
        path = (
            files.join(self._objects.path, "dolphinml-probe-" + uuid.uuid4().hex)
            if hasattr(files, "join")
            else (files.path.join(self._objects.path, "dolphinml-probe-" + uuid.uuid4().hex))
        )
        step = "written"
        try:
            files.makedirs(self._objects.path, exist_ok=True)
            files.put_file(local, path)
            step = "read"
            with files.open(path, "rb") as stream:
                if stream.read() != content:
                    raise OSError("it returned other data than was written")
            step = "deleted"
            files.remove(path)
        except Exception as error:
            raise TaskFailure(
                "dvcStoreUrl: an object could not be %s in %s: %s." % (step, self.url, reason_of_error(error).rstrip("."))
            )
