# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Records which lines of the project's modules and programs this process runs, and writes them into a file when it ends.

They are compiled with a mark before each statement. Everything else runs unchanged and at full speed: a tracing tool, which is
called for each function of the libraries too, costs half as much processor time again.
"""

import atexit
import marshal
import os
import sys
import time
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from zipimport import zipimporter
from zlib import crc32

FOLDER = os.path.dirname(os.path.abspath(__file__))
RECORDS = os.path.join(FOLDER, "lines")
COMPILED = os.path.join(FOLDER, "compiled")

#: {file: a byte for each of its lines, 1 once it has run}
_marks = {}


def marks(module, count):
    """Where the code of a module, given by its global names, marks what it runs."""
    if module["__spec__"].name == "__main__":
        # As in a program that Python runs by its file name.
        module["__spec__"] = module["__package__"] = None
    lines = _marks.setdefault(module["__file__"], bytearray())
    lines.extend(bytes(max(0, count - len(lines))))
    return lines


class MarkingLoader:
    """Gives code with marks; another loader finds the source."""

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        source = self.get_source(fullname).encode("utf-8")
        # Each task has a copy of the same file.
        key = "%s-%08x.%s" % (os.path.basename(path), crc32(source), sys.implementation.cache_tag)
        try:
            with open(os.path.join(COMPILED, key), "rb") as stream:
                return _moved(marshal.load(stream), path)
        except OSError:
            return self._compiled(source, path, key)

    @staticmethod
    def _compiled(source, path, key):
        from line_marker import marked

        code = compile(marked(source), path, "exec", dont_inherit=True)
        try:
            with open(os.path.join(COMPILED, "%s.%d" % (key, os.getpid())), "wb") as stream:
                marshal.dump(code, stream)
            os.replace(stream.name, os.path.join(COMPILED, key))
        except OSError:
            pass  # a process of another user
        return code


class FileLoader(MarkingLoader, SourceFileLoader):
    pass


class ArchiveLoader(MarkingLoader, zipimporter):
    pass


def _moved(code, path):
    constants = tuple(_moved(each, path) if isinstance(each, type(code)) else each for each in code.co_consts)
    return code.replace(co_filename=path, co_consts=constants)


class Modules:
    @staticmethod
    def find_spec(name, path=None, target=None):
        spec = PathFinder.find_spec(name, path, target) if name.startswith("dolphinml.") else None
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = FileLoader(spec.loader.name, spec.loader.path)
        elif spec and isinstance(spec.loader, zipimporter):
            spec.loader = ArchiveLoader(os.path.join(spec.loader.archive, spec.loader.prefix))
        return spec


class Program:
    """Has Python run a program's file in the way in which it runs a folder or an archive: by an importer."""

    _is_first = True

    def __init__(self, path):
        if not path.endswith(".py") or not ("/python/dolphinml/" in path or "/resources/dolphinml/" in path):
            raise ImportError(path)
        self.path = path

    def find_spec(self, name, target=None):
        if name != "__main__":
            return None
        del sys.path[0], sys.path_importer_cache[self.path]
        if Program._is_first:
            Program._is_first = False
            sys.path.insert(0, os.path.dirname(os.path.realpath(self.path)))
        return ModuleSpec(name, FileLoader(name, self.path), origin=self.path)


def save():
    try:
        with open(os.path.join(RECORDS, "%d-%d" % (os.getpid(), time.monotonic_ns())), "w", encoding="utf-8") as stream:
            for file, lines in list(_marks.items()):
                stream.write("%s\t%s\n" % (file, " ".join(str(line) for line, has_run in enumerate(lines) if has_run)))
    except OSError:
        pass  # a process of another user


def _save_before(name):
    function = getattr(os, name)

    def replacement(*arguments):
        save()
        return function(*arguments)

    setattr(os, name, replacement)


def start():
    sys.meta_path.insert(0, Modules)
    sys.path_hooks.insert(0, Program)
    atexit.register(save)
    # What ends a process without its exit handlers, forked ones included.
    for name in ("_exit", "execv", "execve"):
        _save_before(name)
