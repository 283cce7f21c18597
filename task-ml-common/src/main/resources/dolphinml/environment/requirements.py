# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Reads pip requirements files: computes their identity, and makes complete copies to build from.

A file is identified by its bytes, those of the files it includes and of the local archives it names, and by the values of
its variables. Content that can change unnoticed, or that would tie the environment to the task's directory, is refused.
"""

import hashlib
import os
import re
from typing import Iterable, Iterator, List, Optional, Set, Tuple

from dolphinml.environment.faults import EnvironmentFault

_FILE_OPTION = re.compile(r"(?:-([rcef])\s*|--(requirement|constraint|editable|find-links)(?:\s+|\s*=\s*))(?P<value>\S.*)$")
_SHORT = {"r": "requirement", "c": "constraint", "e": "editable", "f": "find-links"}
_COMMENT = re.compile(r"(?:^|\s+)#.*$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_USER_INFO = re.compile(r"(?<=://)[^/\s@]+(?=@)")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_ARCHIVE_ENDINGS = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


class RequirementsCopy:
    """A requirements file whose paths are absolute and whose includes are copies; lines keep their numbers."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: List[str] = []


class Requirements:
    """The content of a requirements file and of the files that it includes.

    identity     digests and values, in order           names    the distributions that it lists, normalised
    hashed       whether pip's hash checking is on      secrets  credentials that are written in it
    own_index    whether it names its index             copies   the copies to build from; the first is the file itself
    """

    def __init__(self) -> None:
        self.identity: List[str] = []
        self.names: Set[str] = set()
        self.hashed = False
        self.own_index = False
        self.secrets: List[str] = []
        self.copies: List[RequirementsCopy] = []

    def missing(self, wanted: Iterable[str]) -> List[str]:
        """Returns the wanted distributions that the file does not list."""
        return [name for name in wanted if canonical_distribution(name) not in self.names]

    def write(self, directory: str) -> str:
        """Writes the copies and returns the path of the first."""
        for copy in self.copies:
            path = os.path.join(directory, copy.name)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write("\n".join(copy.lines) + "\n")
        return os.path.join(directory, self.copies[0].name)


def canonical_distribution(name: str) -> str:
    """Returns the normalised name of a distribution."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_requirements(path: str, field: str) -> Requirements:
    """Reads the file at `path` as Requirements; raises EnvironmentFault with all its faults."""
    reader = _Reader(os.getcwd())
    reader.file(path, False, ())
    if reader.faults:
        sentences = ["%s: %s" % (field, fault) for fault in reader.faults]
        raise EnvironmentFault(" ".join(sentences), sentences)
    return reader.result


def read_includes(paths: Iterable[str]) -> Tuple[Requirements, List[str]]:
    """Reads the requirements files that another kind of file includes; returns Requirements and their faults."""
    reader = _Reader(os.getcwd())
    for path in paths:
        reader.file(path, False, ())
    return reader.result, reader.faults


class _Reader:
    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.result = Requirements()
        self.faults: List[str] = []

    def file(self, path: str, constraint: bool, including: Tuple[str, ...]) -> str:
        """Reads a file into the result and returns the name of its copy."""
        shown = os.path.basename(path)
        copy = RequirementsCopy("%d-%s" % (len(self.result.copies), shown))
        if path in including:
            self.faults.append("%s includes itself; take that line out" % shown)
            return copy.name
        try:
            with open(path, "rb") as stream:
                content = stream.read()
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            self.faults.append("%s is not UTF-8 text; save it as UTF-8" % shown)
            return copy.name
        except OSError as error:
            self.faults.append(
                "%s, which %s includes, cannot be read (%s); bring it along as a resource"
                % (path, os.path.basename(including[-1]) if including else "the task", error.strerror)
            )
            return copy.name
        self.result.copies.append(copy)
        self.result.identity.append(hashlib.sha256(content).hexdigest())
        for number, line, length in _logical_lines(text):
            where = "%s line %d" % (shown, number)
            copy.lines.append(self._line(line, where, path, constraint, including) if line else "")
            copy.lines.extend([""] * (length - 1))
        return copy.name

    def _line(self, line: str, where: str, path: str, constraint: bool, including: Tuple[str, ...]) -> str:
        """Records the content of a line, and returns the line for the copy."""
        self.result.secrets.extend(_USER_INFO.findall(_expanded(line)))
        # Changed credentials do not change what is installed.
        self.result.identity.extend(_expanded(found.group()) for found in _VARIABLE.finditer(_USER_INFO.sub("", line)))
        option = _FILE_OPTION.match(line)
        if option:
            kind = option.group(2) or _SHORT[option.group(1)]
            return self._option(kind, _unquoted(option.group("value")), line, where, path, including)
        if "--hash" in line or line.startswith("--require-hashes"):
            self.result.hashed = True
        if line.startswith(("--index-url", "-i ", "--no-index")):
            self.result.own_index = True
        if line.startswith("-"):
            return line
        return self._requirement(line, where, path, constraint)

    def _option(self, kind: str, value: str, line: str, where: str, path: str, including: Tuple[str, ...]) -> str:
        expanded = _expanded(value)
        if kind == "editable":
            self.faults.append(
                "%s, %s, is an editable install, which would point into the task's directory;"
                " make a wheel and name that" % (where, _quoted_line(line))
            )
        elif kind == "find-links":
            return self._find_links(expanded, line, path)
        elif "://" in expanded:
            self.faults.append(
                "%s, %s, includes a file from the network, which can change unseen;"
                " bring it along as a resource" % (where, _quoted_line(line))
            )
        else:
            included = os.path.normpath(os.path.join(os.path.dirname(path), expanded))
            return "--%s %s" % (kind, self.file(included, kind == "constraint", including + (path,)))
        return line

    def _find_links(self, value: str, line: str, path: str) -> str:
        target = value if "://" in value else self._existing(value, path)
        if target is None or "://" in target:
            return line
        self.result.identity.extend(sorted(os.listdir(target)) if os.path.isdir(target) else [_digest(target)])
        return "--find-links " + target

    def _requirement(self, line: str, where: str, path: str, constraint: bool) -> str:
        text = _expanded(line)
        local = _local_part(text)
        target = local and self._existing(_path_of(local), path)
        if local and not target:
            self.faults.append("%s, %s: there is no such file; bring it along as a resource" % (where, _quoted_line(line)))
            return line
        if target and os.path.isdir(target):
            self.faults.append(
                "%s, %s, is a directory, whose content can change unseen; make a wheel and name that"
                % (where, _quoted_line(line))
            )
            return line
        name = _NAME.match(os.path.basename(target) if target and " @ " not in text else text)
        if local and target:
            self.result.identity.append(_digest(target))
            text = text.replace(local, "file://" + target if local.startswith("file:") else target, 1)
        if name and not constraint:
            self.result.names.add(_distribution(name.group(), text, bool(target)))
        return text if target else line

    def _existing(self, value: str, path: str) -> Optional[str]:
        """Returns the absolute path if it exists in the task's directory or, as uv reads it, next to the requirements file."""
        for directory in (self.directory, os.path.dirname(path)):
            candidate = os.path.normpath(os.path.join(directory, value))
            if os.path.exists(candidate):
                return candidate
        return None


def _logical_lines(text: str) -> Iterator[Tuple[int, str, int]]:
    """Yields (number, line, how many lines of the file it spans), without comments and surrounding blanks."""
    pending, start, count = "", 1, 0
    for number, line in enumerate(text.splitlines(), 1):
        if not count:
            start = number
        count += 1
        comment = line.lstrip().startswith("#")
        if line.endswith("\\") and not comment:
            pending += line[:-1]
            continue
        yield start, _COMMENT.sub("", pending + line).strip(), count
        pending, count = "", 0
    if count:
        yield start, _COMMENT.sub("", pending).strip(), count


def _expanded(text: str) -> str:
    """Returns the text with the environment variables expanded that pip and uv expand too."""
    return _VARIABLE.sub(lambda found: os.environ.get(found.group(1)) or found.group(), text)


def _quoted_line(line: str) -> str:
    return '"%s"' % _USER_INFO.sub("******", line)


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _local_part(text: str) -> Optional[str]:
    """Returns the local path or file: URL in a requirement; None if it comes from an index or the network."""
    word = re.split(r"\s+;|;\s|\s+--", text, maxsplit=1)[0].strip()
    if " @ " in word:
        address = word.split(" @ ", 1)[1].strip()
        return address if address.startswith("file:") else None
    word = re.sub(r"\[[^\]]*\]$", "", word)
    if word.startswith("file:"):
        return word
    if "://" in word or " @" in word:
        return None
    return word if word.startswith(".") or "/" in word or word.lower().endswith(_ARCHIVE_ENDINGS) else None


def _path_of(local: str) -> str:
    if not local.startswith("file:"):
        return local
    from urllib.parse import unquote

    return unquote(re.sub(r"^file:(?://(?:localhost)?(?=/))?", "", local).split("#", 1)[0])


def _distribution(name: str, text: str, is_file: bool) -> str:
    if is_file and " @ " not in text:
        # A distribution's name ends at the first hyphen of a wheel's file name, and at the last one of a source archive's.
        base = re.sub(r"\.(?:zip|tgz|tar\.\w+)$", "", name)
        name = name.split("-", 1)[0] if name.endswith(".whl") else base.rsplit("-", 1)[0]
    elif "://" in text and " @" not in text:
        egg = re.search(r"#egg=([A-Za-z0-9._-]+)", text)
        name = egg.group(1) if egg else text
    return canonical_distribution(name)


def _digest(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
