"""What an environment file says, and the key under which its environment is kept.

Two files with the same content make one environment: comments, blank lines and white space do not count; files that
are included by `-r` or `-c` count with their content, and so does a local wheel or archive.
"""

import hashlib
import os
import re

from dolphinml.common.program import TaskFailure

# Part of every key: a new way of building makes new environments.
FORMAT = "1"

_NAME = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_INCLUDE = re.compile(r"^(?:-r|--requirement|-c|--constraint)(?:\s+|=)\s*(.+)$")
_LOCAL = re.compile(r"^(?:file:(?://)?)?(\.{0,2}/[^;#]*?|[^;#:@]*\.(?:whl|tar\.gz|zip))(?:\s*;.*)?$")


def lines(text):
    """The lines that say something, without comments and with single blanks; joined where a backslash joins them."""
    joined = re.sub(r"\\\r?\n", " ", text)
    for line in joined.split("\n"):
        line = re.sub(r"(^|\s)#.*$", "", line)
        line = " ".join(line.split())
        if line:
            yield line


def read(path):
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise TaskFailure("%s cannot be read: %s." % (path, getattr(error, "strerror", None) or error))


def file_hash(path):
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as stream:
            for block in iter(lambda: stream.read(1 << 20), b""):
                digest.update(block)
    except OSError as error:
        raise TaskFailure("%s cannot be read: %s." % (path, error.strerror))
    return digest.hexdigest()


class Requirements:
    """A pip requirements file with all that it includes."""

    def __init__(self, path):
        self.path = path
        self.statements = []
        self._open = []
        self._read(path)

    def _read(self, path):
        path = os.path.abspath(path)
        if path in self._open:
            raise TaskFailure("%s includes itself." % path)
        self._open.append(path)
        for line in lines(read(path)):
            included = _INCLUDE.match(line)
            if included and "://" not in line:
                kind = "constraint" if line.startswith(("-c", "--constraint")) else "requirement"
                self.statements.append(kind + ":")
                self._read(os.path.join(os.path.dirname(path), included.group(1).strip("'\"")))
                self.statements.append("end")
            else:
                self.statements.append(self._own(line, path))
        self._open.pop()

    def _own(self, line, path):
        if re.match(r"^(-e|--editable)\b", line):
            raise TaskFailure(
                "%s: '%s' is an editable install, whose files may change after the environment was built; build a"
                " wheel of it and name that." % (path, line)
            )
        local = _LOCAL.match(line)
        if local and "://" not in line.replace("file://", ""):
            target = os.path.join(os.path.dirname(path), local.group(1).strip())
            if os.path.isdir(target):
                raise TaskFailure(
                    "%s: '%s' is a folder, whose files may change after the environment was built; build a wheel of"
                    " it and name that." % (path, line)
                )
            return "%s sha256:%s" % (os.path.basename(target), file_hash(target))
        return line

    def names(self):
        """The names of the required packages, as pip compares them."""
        found, depth = set(), 0
        for statement in self.statements:
            if statement == "constraint:" or (depth and statement == "requirement:"):
                depth += 1
            elif statement == "end" and depth:
                depth -= 1
            elif not depth and not statement.startswith("-") and not statement.endswith(":"):
                match = _NAME.match(statement)
                if match:
                    found.add(re.sub(r"[-_.]+", "-", match.group(1)).lower())
        return found

    def text(self):
        return "\n".join(self.statements)


def of_file(kind, path):
    """The normalised content of an environment file or the hash of a packed environment."""
    if kind == "packed":
        return file_hash(path)
    return "\n".join(line.rstrip() for line in re.sub(r"(^|\s)#.*$", "", read(path), flags=re.M).split("\n") if line.strip())


def key(*parts):
    """A short name for the environment that these parts determine."""
    digest = hashlib.sha256("\0".join((FORMAT,) + parts).encode("utf-8"))
    return digest.hexdigest()[:32]
