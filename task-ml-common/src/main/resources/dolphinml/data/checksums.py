# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Checksums as DVC has them: of files, and of folders by the list of their files."""

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

# DVC 2 hashes what looks like text with Unix line ends; DVC 3 hashes bytes and calls that one legacy.
PLAIN = "md5"
LEGACY = "md5-dos2unix"

_LOOKED_AT = 512
_TEXT = frozenset(list(range(32, 127)) + [8, 9, 10, 12, 13])


class File(NamedTuple):
    """A file of some data: its name below the data's folder with slashes ('' for data that is one file)."""

    name: str
    md5: str
    #: None where DVC does not know it.
    size: Optional[int]


def md5_of(path: str, algorithm: str = PLAIN, on_bytes: Optional[Callable[[int], None]] = None) -> str:
    digest = hashlib.md5()
    with open(path, "rb") as stream:
        block = stream.read(BLOCK)
        text = algorithm == LEGACY and _is_text(block[:_LOOKED_AT])
        while block:
            # DVC 2 looks at one block at a time, too: a line end that two blocks share stays as it is.
            digest.update(block.replace(b"\r\n", b"\n") if text else block)
            if on_bytes is not None:
                on_bytes(len(block))
            block = stream.read(BLOCK)
    return digest.hexdigest()


def _is_text(block: bytes) -> bool:
    """Whether DVC 2 takes a file with this beginning for text: no NUL, and at most 30% of other bytes."""
    return 0 not in block and 10 * sum(byte not in _TEXT for byte in block) <= 3 * len(block)


def files_below(path: str) -> List[Tuple[str, str]]:
    """[(name, path)] of the files of a folder, links followed, in the order of their names; [("", path)] for a file."""
    if not os.path.isdir(path):
        return [("", path)]
    return sorted(_walk(path, "", ()))


def path_below(path: str, name: str) -> str:
    """Where the file of a name is, of data at this path."""
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
    """The files of [(name, path)] with their checksums and sizes, in that order."""

    def one(pair: Tuple[str, str]) -> File:
        name, path = pair
        size = os.path.getsize(path)
        found = File(name, md5_of(path, algorithm, progress.add_bytes if progress else None), size)
        if progress:
            progress.add_file()
        return found

    # hashlib lets other threads run while it works on a block.
    return in_threads(one, paths, threads or os.cpu_count() or 1)


def in_threads(function: Callable[[T], R], items: Iterable[T], threads: int) -> List[R]:
    """The results for all items. What ends this early, such as a stop, does not wait for the threads."""
    pool = concurrent.futures.ThreadPoolExecutor(threads)
    try:
        results = list(pool.map(function, items))
    except BaseException:
        pool.shutdown(wait=False)
        raise
    pool.shutdown()
    return results


def of_folder(files: List[File]) -> Tuple[str, bytes]:
    """(the checksum of a folder with these files, the listing that it is the checksum of)."""
    entries = sorted(({"md5": file.md5, "relpath": file.name} for file in files), key=lambda entry: entry["relpath"])
    listing = json.dumps(entries, sort_keys=True).encode("utf-8")
    return hashlib.md5(listing).hexdigest() + ".dir", listing


def whole(files: List[File]) -> str:
    """The checksum of data that has these files."""
    return files[0].md5 if is_one_file(files) else of_folder(files)[0]


def is_one_file(files: List[File]) -> bool:
    return len(files) == 1 and files[0].name == ""
