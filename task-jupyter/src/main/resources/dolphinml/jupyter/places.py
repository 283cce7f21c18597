# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Resolves the paths of a run and checks whether they can be read and written."""

import errno
import os
import stat
import string
from typing import Any, Dict, List, Optional, Tuple

from dolphinml.jupyter.faults import Faults

BUILTIN = "pm"


def completed(field: str, path: str, parameters: Dict[str, Any], faults: Faults) -> Optional[str]:
    """Returns the path with papermill's parameters filled in; None if it is not known yet, or after a fault.

    The values of papermill's own `pm` are only known when it starts.
    """
    if "{" not in path and "}" not in path:
        return path
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(path) if name is not None]
        roots = [name.split(".")[0].split("[")[0] for name in names]
        if BUILTIN in roots and BUILTIN not in parameters:
            if not _refuse_unknown(path, roots, parameters, field, faults):
                path.format(**_with_builtin(parameters))
            return None
        return path.format(**parameters)
    except Exception as error:  # format may call anything that a value has
        reason = _reason_of_format_error(error, parameters)
    faults.add(field, "%s has braces, which papermill fills in with parameters: %s" % (path, reason), _ESCAPE)
    return None


_ESCAPE = "correct it, or write {{ and }} for braces that belong to the path"


def _refuse_unknown(path: str, roots: List[str], parameters: Dict[str, Any], field: str, faults: Faults) -> bool:
    """Adds a fault if a placeholder is unknown; returns whether it did."""
    for root in roots:
        if root != BUILTIN and root not in parameters:
            reason = _reason_of_format_error(KeyError(root), parameters)
            faults.add(field, "%s has braces, which papermill fills in with parameters: %s" % (path, reason), _ESCAPE)
            return True
    return False


def _with_builtin(parameters: Dict[str, Any]) -> Dict[str, Any]:
    from dolphinml.jupyter import lazy_storage

    lazy_storage.import_iorw()
    from papermill.parameterize import add_builtin_parameters

    return add_builtin_parameters(parameters)


def _reason_of_format_error(error: Exception, parameters: Dict[str, Any]) -> str:
    if isinstance(error, KeyError):
        known = ", ".join(sorted(parameters)) or "none"
        return "there is no parameter %s (there is: %s)" % (error.args[0] if error.args else error, known)
    if isinstance(error, IndexError):
        return "between them goes the name of a parameter, not a number"
    return str(error) or type(error).__name__


def absolute(path: str) -> str:
    """Returns the absolute path. Parts `..` are kept: the system resolves them after links, a shortened path would not."""
    return os.path.join(os.getcwd(), path) if os.pardir in path.split(os.sep) else os.path.abspath(path)


def stat_path(path: str) -> Tuple[Optional[os.stat_result], Optional[str]]:
    """Returns (the result of os.stat, None), or (None, a short reason)."""
    try:
        return os.stat(path), None
    except OSError as error:
        if error.errno == errno.ELOOP:
            return None, "it is a link that leads back to itself"
        if error.errno == errno.ENOENT and os.path.islink(path):
            return None, "it is a link to %s, which is not there" % os.path.realpath(path)
        if error.errno == errno.ENOENT:
            return None, None
        if error.errno == errno.ENOTDIR:
            return None, "a part of the path is not a folder"
        return None, error.strerror
    except ValueError as error:
        return None, str(error)


def unwritable(path: str) -> Optional[str]:
    """Returns why the file at a path without links cannot be written, None if it can. Leaves no file behind."""
    try:
        if os.path.exists(path):
            os.close(os.open(path, os.O_WRONLY))
        else:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
            os.unlink(path)
    except FileExistsError:  # another process has just created it
        return None
    except OSError as error:
        return error.strerror
    return None


def make_folder(folder: str) -> Optional[str]:
    """Creates a folder and its parents; returns the reason if that fails."""
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        found, wrong = stat_path(folder)
        if error.errno in (errno.EEXIST, errno.ENOTDIR) and found is not None and not stat.S_ISDIR(found.st_mode):
            return "it is a file"
        return wrong or error.strerror
    return None


def is_regular(found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode)


def is_folder(found: os.stat_result) -> bool:
    return stat.S_ISDIR(found.st_mode)
