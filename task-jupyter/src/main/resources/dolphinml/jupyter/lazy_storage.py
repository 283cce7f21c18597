# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Makes papermill import the clients of object stores when a path needs one instead of at its start.

papermill's module `iorw` imports each client that is installed and has a placeholder for each that is not. Here it finds no
client while it is imported; its placeholders are then replaced by proxies that import the client at first use. The same
applies to requests, which it uses for http:// and https://.
"""

import builtins
import contextlib
import importlib
import sys
from typing import Any, Iterator, Mapping, Optional, Tuple

# What papermill.iorw tries to import, by the first part of the name; the first three are its own modules.
TRIED = ("s3", "adl", "abs", "gcsfs", "pyarrow", "github")

WEB_CLIENT = "requests"

# Names in papermill.iorw, each with its possible sources: the first that can be imported is used.
CLIENTS = {
    "S3": ("papermill.s3:S3",),
    "ADL": ("papermill.adl:ADL",),
    "AzureBlobStore": ("papermill.abs:AzureBlobStore",),
    "GCSFileSystem": ("gcsfs:GCSFileSystem",),
    "gs_is_retriable": ("gcsfs.retry:is_retriable", "gcsfs.utils:is_retriable"),
    "HadoopFileSystem": ("pyarrow.fs:HadoopFileSystem", "pyarrow:HadoopFileSystem"),
    "FileSelector": ("pyarrow.fs:FileSelector",),
    "Github": ("github:Github",),
}


def import_iorw() -> None:
    """Imports papermill.iorw, with the rest of papermill, and without clients."""
    if "papermill.iorw" in sys.modules:
        return
    with _hidden():
        iorw = importlib.import_module("papermill.iorw")
    for name, sources in CLIENTS.items():
        setattr(iorw, name, _Client(sources, getattr(iorw, name, None)))


@contextlib.contextmanager
def _hidden() -> Iterator[None]:
    """Makes the clients look missing to papermill.iorw, and to nothing else."""
    imports = builtins.__import__

    def without_clients(name: str, globals: Optional[Mapping[str, Any]] = None, *args: Any, **kwargs: Any) -> Any:
        if (globals or {}).get("__name__") == "papermill.iorw":
            if name == WEB_CLIENT:
                return _Module(name)
            if name.split(".")[0] in TRIED:
                raise ImportError(name)
        return imports(name, globals, *args, **kwargs)

    builtins.__import__ = without_clients
    try:
        yield
    finally:
        builtins.__import__ = imports


class _Module:
    """A proxy for a module, which is imported when one of its attributes is used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self._name), name)


class _Client:
    """A proxy for a class or function, which is imported when it is called."""

    def __init__(self, sources: Tuple[str, ...], otherwise: Any) -> None:
        self._sources = sources
        # papermill's placeholder for a missing package.
        self._otherwise = otherwise
        self._real: Any = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._real is None:
            self._real = self._found()
        return self._real(*args, **kwargs)

    def _found(self) -> Any:
        error: Exception = ImportError(self._sources)
        for source in self._sources:
            module, _, name = source.partition(":")
            try:
                return getattr(importlib.import_module(module), name)
            except (ImportError, AttributeError) as missing:
                error = missing
        if self._otherwise is None:
            raise error
        return self._otherwise
