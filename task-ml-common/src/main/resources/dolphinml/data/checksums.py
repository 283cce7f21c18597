# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Computes checksums as DVC does: of a file from its content, of a folder from the list of its files."""

import concurrent.futures
import errno
import hashlib
import json
import os
from typing import TYPE_CHECKING, Callable, Iterable, Iterator, List, NamedTuple, Optional, Tuple, TypeVar

if TYPE_CHECKING:
    from dolphinml.data.progress import Progress

T = TypeVar("T")
R = TypeVar("R")


BLOCK = 1 << 20

# DVC 2 converts what looks like text to Unix line ends before hashing; DVC 3 hashes the bytes and calls DVC 2's way legacy.
PLAIN = "md5"
LEGACY = "md5-dos2unix"

_LOOKED_AT = 512
_TEXT = frozenset(list(range(32, 127)) + [8, 9, 10, 12, 13])


class File(NamedTuple):
    """A file of a data set. `name` is its path below the data's folder, with slashes; "" if the data is a single file."""

    name: str
    md5: str
    #: In bytes; None if DVC does not record it.
    size: Optional[int]


def md5_of(path: str, algorithm: str = PLAIN, on_bytes: Optional[Callable[[int], None]] = None) -> str:
    digest = hashlib.md5()
    with open(path, "rb") as stream:
        block = stream.read(BLOCK)
        text = algorithm == LEGACY and _is_text(block[:_LOOKED_AT])
        while block:
            # DVC 2 also converts one block at a time: a line end split between two blocks stays as it is.
            digest.update(block.replace(b"\r\n", b"\n") if text else block)
            if on_bytes is not None:
                on_bytes(len(block))
            block = stream.read(BLOCK)
    return digest.hexdigest()


def _is_text(block: bytes) -> bool:
    """Whether DVC 2 treats a file that starts with this block as text: no NUL byte, and at most 30% non-text bytes."""
    return 0 not in block and 10 * sum(byte not in _TEXT for byte in block) <= 3 * len(block)


def files_below(path: str) -> List[Tuple[str, str]]:
    """Returns [(name, path)] of the files in a folder, sorted by name, following links; [("", path)] for a file.

    Raises OSError (ELOOP) for a link to a folder that contains it.
    """
    if not os.path.isdir(path):
        return [("", path)]
    return sorted(_walk(path, "", ()))


def path_below(path: str, name: str) -> str:
    """Returns the path of the file `name` of the data at `path`; see File."""
    return os.path.join(path, name) if name else path


def _walk(folder: str, prefix: str, above: Tuple[str, ...]) -> Iterator[Tuple[str, str]]:
    whole = os.path.realpath(folder)
    if whole in above:
        raise OSError(errno.ELOOP, "a link leads to a folder that it is in", folder)
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                for each in _walk(entry.path, prefix + entry.name + "/", above + (whole,)):
                    yield each
            else:
                yield prefix + entry.name, entry.path


def of_all(
    paths: List[Tuple[str, str]], algorithm: str = PLAIN, progress: "Optional[Progress]" = None, threads: Optional[int] = None
) -> List[File]:
    """Hashes [(name, path)] in parallel; returns their checksums and sizes in that order."""

    def one(pair: Tuple[str, str]) -> File:
        name, path = pair
        size = os.path.getsize(path)
        found = File(name, md5_of(path, algorithm, progress.add_bytes if progress else None), size)
        if progress:
            progress.add_file()
        return found

    # Threads help: hashlib releases the interpreter lock while it hashes a block.
    return in_threads(one, paths, threads or os.cpu_count() or 1)


def in_threads(function: Callable[[T], R], items: Iterable[T], threads: int) -> List[R]:
    """Returns the results for all items, in order. An exception, such as a stop request, does not wait for the threads."""
    pool = concurrent.futures.ThreadPoolExecutor(threads)
    try:
        results = list(pool.map(function, items))
    except BaseException:
        pool.shutdown(wait=False)
        raise
    pool.shutdown()
    return results


def of_folder(files: List[File]) -> Tuple[str, bytes]:
    """Returns (checksum of a folder with these files, the listing that was hashed)."""
    entries = sorted(({"md5": file.md5, "relpath": file.name} for file in files), key=lambda entry: entry["relpath"])
    listing = json.dumps(entries, sort_keys=True).encode("utf-8")
    return hashlib.md5(listing).hexdigest() + ".dir", listing


def whole(files: List[File]) -> str:
    """Returns the checksum of data that consists of these files."""
    return files[0].md5 if is_one_file(files) else of_folder(files)[0]


def is_one_file(files: List[File]) -> bool:
    return len(files) == 1 and files[0].name == ""
