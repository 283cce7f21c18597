# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Resolves references to secrets: the request names a secret, and its value is read here, as the task's user.

A reference is WORD/WORD/..., a file below the user's own folder in request["secretsDirectory"], or env:NAME, a variable of
the task's environment. In a request it is the object {"secretReference": NAME, "field": FIELD}, with "before" for a text
that precedes the value, as in a word NAME=VALUE, and "document" if the secret is a file of which only the
credentials are masked in logs; with "path" it is replaced by the path of that file instead of its content. The object
{"secretsInFile": PATH, "field": FIELD} stands for the references in a file of parameters, which another program reads.
"""

import glob
import json
import os
import re
from typing import Any, Callable, Dict, List, Optional
from urllib.parse import unquote

from dolphinml.common import user
from dolphinml.common.masking import credentials

# The prefix of a text that refers to a secret; see SecretReference.java.
TEXT = "secret:"

_KEY = "secretReference"
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_VARIABLE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
_PARAMETERS_FILE = "secretsInFile"

# A parameter in a YAML file whose value is a reference. Indented lines may belong to a longer text.
_LINE_OF_YAML = re.compile(r"""^[^\s#:'"-][^:]*:[ \t]+(["']?)secret:([^\s"']*)\1[ \t]*(?:#.*)?$""", re.M)
_LOGIN = re.compile(r"://([^/@\s]+)@")


def name_in(value: Any) -> Optional[str]:
    """Returns the name of the secret that a text refers to; None if it is a plain value."""
    return value[len(TEXT) :] if isinstance(value, str) and value.startswith(TEXT) else None


def fill_references(value: Any, read: Callable[[str], Any]) -> Any:
    """Returns a value in which each text that refers to a secret is replaced by `read(name)`."""
    name = name_in(value)
    if name is not None:
        return read(name)
    if isinstance(value, dict):
        return {key: fill_references(each, read) for key, each in value.items()}
    if isinstance(value, list):
        return [fill_references(each, read) for each in value]
    return value


def names_in_file(path: str) -> List[str]:
    """Returns the names of the secrets that a file of parameters refers to: all in JSON; in YAML, which the standard library
    cannot parse, those of parameters on their own line. Returns none if the file cannot be read: its reader says why."""
    if not os.path.isfile(path):  # a pipe can only be read once
        return []
    try:
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
    except (OSError, ValueError):
        return []
    names: List[str] = []
    try:
        fill_references(json.loads(text), names.append)
    except ValueError:
        names = [match.group(2) for match in _LINE_OF_YAML.finditer(text)]
    return names


def _logins(value: str) -> List[str]:
    """Returns the password of each URL in a text, or its user if there is none, percent-encoded and decoded."""
    found = []
    for login in _LOGIN.findall(value):
        user_name, _, password = login.partition(":")
        found += [password or user_name, unquote(password or user_name)]
    return found


class MissingSecret(Exception):
    """A reference to a secret that does not exist; the message is one sentence and names the field."""


class SecretReferences:
    """Reads the secrets of one task: `names` are those that it has read, `values` are to be masked in logs."""

    def __init__(self, directory: Optional[str]) -> None:
        self._directory = directory
        self.names: List[str] = []
        self.values: List[str] = []

    def read(self, field: str, name: str, document: bool = False) -> str:
        """Returns the value of a secret, which is masked in logs; of a document only the credentials are masked."""
        variable = _VARIABLE.fullmatch(name)
        if variable:
            value = self._variable(field, variable.group(1))
        elif _FILE.fullmatch(name):
            value = self._file(field, name)
        else:
            raise MissingSecret(
                '%s: "%s" is not the name of a secret; use words of letters, digits, _ . and - with / between'
                " them, as in warehouse/password, or env:NAME" % (field, name)
            )
        if not value:
            raise MissingSecret("%s: the secret %s is empty" % (field, name))
        if name not in self.names:
            self.names.append(name)
        self.values += credentials(value) if document else [value] + _logins(value)
        return value

    def _in_place(self, reference: Dict[str, Any]) -> str:
        """Returns what replaces a reference."""
        field, name = reference["field"], reference[_KEY]
        value = self.read(field, name, reference.get("document", False))
        if not reference.get("path"):
            return reference.get("before", "") + value
        if _VARIABLE.fullmatch(name):
            raise MissingSecret("%s: the secret %s is not a file; use the name of one below ml.secrets.dir" % (field, name))
        return self._path(name)

    def filled(self, value: Any, faults: List[str]) -> Any:
        """Returns a part of a request with each reference replaced by its secret; appends a fault for each missing one."""
        if isinstance(value, dict) and _KEY in value:
            try:
                return self._in_place(value)
            except MissingSecret as missing:
                faults.append(str(missing))
                return ""
        if isinstance(value, dict) and _PARAMETERS_FILE in value:
            for name in names_in_file(value[_PARAMETERS_FILE]):
                self.filled({_KEY: name, "field": value["field"]}, faults)
            return value
        if isinstance(value, dict):
            return {key: self.filled(each, faults) for key, each in value.items()}
        if isinstance(value, list):
            return [self.filled(each, faults) for each in value]
        return value

    def _path(self, name: str) -> str:
        return os.path.join(self._directory or "", user.name(), name)

    def _variable(self, field: str, name: str) -> str:
        value = os.environ.get(name)
        if value is None:
            raise MissingSecret(
                "%s: there is no environment variable %s for the secret env:%s; export it where the task's"
                " user gets it, or use a file" % (field, name, name)
            )
        return value

    def _file(self, field: str, name: str) -> str:
        if not self._directory:
            raise MissingSecret(
                "%s: there is no folder of secrets on this worker for %s; the operator sets ml.secrets.dir in"
                " common.properties" % (field, name)
            )
        path = self._path(name)
        try:
            with open(path, encoding="utf-8") as stream:
                value = stream.read()
        except OSError as error:
            raise MissingSecret(
                "%s: the secret %s cannot be read from %s as user %s (%s); put it there, readable by that user"
                % (field, name, path, user.name(), error.strerror)
            ) from None
        except UnicodeDecodeError:
            raise MissingSecret("%s: the secret %s in %s is not UTF-8 text" % (field, name, path)) from None
        # Editors and `echo` add a line end that is not part of the secret.
        return value[:-1] if value.endswith("\n") else value


def missing_secrets(folder: str) -> List[str]:
    """Returns a sentence for each unreadable secret that a request in a folder refers to; the requests are those of programs
    that have not started yet."""
    faults: List[str] = []
    for path in sorted(glob.glob(os.path.join(glob.escape(folder), "*request.json"))):
        with open(path, encoding="utf-8") as stream:
            request = json.load(stream)
        SecretReferences(request.get("secretsDirectory")).filled(request, faults)
    return faults
