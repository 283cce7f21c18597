# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the files to score, the format of each, and the path of its result."""

import importlib
import os
from typing import Any, List

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.predict import faults

FORMATS = {".csv": "csv_rows", ".jsonl": "json_rows", ".ndjson": "json_rows", ".parquet": "parquet_rows"}
KNOWN = ".csv, .jsonl, .ndjson (an object in each line) or .parquet"


class File:
    """One file to score; `name` is its path below the requested folder."""

    def __init__(self, path: str, name: str) -> None:
        self.path, self.name = path, name
        extension = os.path.splitext(path)[1].lower()
        try:
            self._format = importlib.import_module("dolphinml.mlflow.predict." + FORMATS[extension])
        except ImportError as error:
            raise TaskFailure(
                "mlflow.environment: to read '%s', the environment needs pyarrow (%s); install it there, or give"
                " CSV or JSON lines" % (path, error)
            ) from None

    def reader(self) -> Any:
        try:
            return self._format.Reader(self.path)
        except OSError as error:
            raise faults.input_failure("'%s' cannot be read: %s" % (self.path, error.strerror or error)) from None

    def writer(self, path: str, reader: Any) -> Any:
        return self._format.Writer(path, reader)


class Inputs:
    """The files that `mlflow.input` and `mlflow.predictions` name; raises TaskFailure if either is invalid."""

    def __init__(self, source: str, target: str, base: str) -> None:
        self.source = os.path.abspath(os.path.join(base, source))
        self.is_folder = os.path.isdir(self.source)
        self.target = os.path.abspath(os.path.join(base, target))
        if not os.path.exists(self.source):
            raise faults.input_failure(
                "'%s' is not on this worker; give the path of a file or of a folder with files in %s" % (self.source, KNOWN)
            )
        if self.is_folder:
            self.files = [File(path, os.path.relpath(path, self.source)) for path in _files_in(self.source)]
            self._check_folders()
        else:
            if not _is_known(self.source):
                raise faults.input_failure("'%s' is in no known format; a file whose name ends in %s" % (self.source, KNOWN))
            if os.path.isdir(self.target) or target.endswith("/"):
                self.target = os.path.join(self.target, os.path.basename(self.source))
            self.files = [File(self.source, os.path.basename(self.source))]
            self._check_file()

    def _check_file(self) -> None:
        extension = os.path.splitext(self.source)[1]
        if os.path.splitext(self.target)[1].lower() != extension.lower():
            raise TaskFailure(
                "mlflow.predictions: '%s' does not end in %s; the predictions have the format of the input"
                % (self.target, extension)
            )
        if os.path.realpath(self.target) == os.path.realpath(self.source):
            raise TaskFailure("mlflow.predictions: '%s' is the input itself; give another path" % self.target)

    def _check_folders(self) -> None:
        if not self.files:
            raise faults.input_failure("the folder '%s' has no file whose name ends in %s" % (self.source, KNOWN))
        if os.path.exists(self.target) and not os.path.isdir(self.target):
            raise TaskFailure(
                "mlflow.predictions: '%s' is a file and the input a folder; give the path of a folder" % (self.target)
            )
        source, target = os.path.realpath(self.source), os.path.realpath(self.target)
        if os.path.commonpath([source, target]) in (source, target):
            raise TaskFailure(
                "mlflow.predictions: '%s' and the input '%s' are one inside the other; give another folder"
                % (self.target, self.source)
            )


def _is_known(path: str) -> bool:
    return os.path.splitext(path)[1].lower() in FORMATS


def _files_in(folder: str) -> List[str]:
    found = []
    for directory, folders, names in os.walk(folder):
        # Skips hidden files, and those that engines leave beside their results, such as _temporary.
        folders[:] = sorted(name for name in folders if name[0] not in "._")
        found += [os.path.join(directory, name) for name in sorted(names) if name[0] not in "._" and _is_known(name)]
    return found
