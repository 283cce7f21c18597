# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Secrets by reference: the request names a secret, and its value is read here, as the task's user.

A reference is WORD/WORD/..., a file below the user's own folder in request["secretsDirectory"], or env:NAME, a variable of
the task's environment. In a request it is the object {"secretReference": NAME, "field": FIELD}, with "before" for a text
that precedes the value, as in a word NAME=VALUE, and "document" where the secret is a file in which only the
credentials are kept out of logs; with "path" its place is the path of that file instead of its content. The object
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

# How a text refers to a secret; see SecretReference.java.
TEXT = "secret:"

_KEY = "secretReference"
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_VARIABLE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
_PARAMETERS_FILE = "secretsInFile"

# A parameter of a YAML file whose value is a reference. Indented lines may belong to a longer text.
_LINE_OF_YAML = re.compile(r"""^[^\s#:'"-][^:]*:[ \t]+(["']?)secret:([^\s"']*)\1[ \t]*(?:#.*)?$""", re.M)
_LOGIN = re.compile(r"://([^/@\s]+)@")


def name_in(value: Any) -> Optional[str]:
    """The name of the secret that a text refers to; None if it is a value."""
    return value[len(TEXT) :] if isinstance(value, str) and value.startswith(TEXT) else None


def fill_references(value: Any, read: Callable[[str], Any]) -> Any:
    """A value with each text in it that refers to a secret replaced by `read(name)`."""
    name = name_in(value)
    if name is not None:
        return read(name)
    if isinstance(value, dict):
        return {key: fill_references(each, read) for key, each in value.items()}
    if isinstance(value, list):
        return [fill_references(each, read) for each in value]
    return value


def names_in_file(path: str) -> List[str]:
    """The names of the secrets that a file of parameters refers to: all in JSON; in YAML, which the standard library does
    not parse, those of parameters on a line of their own. A file that cannot be read has none: its reader says why."""
    if not os.path.isfile(path):  # what a pipe has can be read once only
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
    """The password of each address in a text, else its user, as it is written and as it is meant."""
    found = []
    for login in _LOGIN.findall(value):
        user_name, _, password = login.partition(":")
        found += [password or user_name, unquote(password or user_name)]
    return found


class MissingSecret(Exception):
    """A reference that leads nowhere; the message is one sentence and names the field."""


class SecretReferences:
    """Reads the secrets of one task: `names` are those that it has read, `values` what no log may show."""

    def __init__(self, directory: Optional[str]) -> None:
        self._directory = directory
        self.names: List[str] = []
        self.values: List[str] = []

    def read(self, field: str, name: str, document: bool = False) -> str:
        """The value of a secret; all of it is kept out of logs, of a document only its credentials."""
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
        """What the place of a reference gets."""
        field, name = reference["field"], reference[_KEY]
        value = self.read(field, name, reference.get("document", False))
        if not reference.get("path"):
            return reference.get("before", "") + value
        if _VARIABLE.fullmatch(name):
            raise MissingSecret("%s: the secret %s is not a file; use the name of one below ml.secrets.dir" % (field, name))
        return self._path(name)

    def filled(self, value: Any, faults: List[str]) -> Any:
        """The part of a request with each reference replaced by its secret; appends a sentence for each that is missing."""
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
        # Editors and `echo` end a file with a line end that is not part of the secret.
        return value[:-1] if value.endswith("\n") else value


def missing_secrets(folder: str) -> List[str]:
    """A sentence for each secret that cannot be read and that a request in a folder refers to: those of programs that have
    not begun yet."""
    faults: List[str] = []
    for path in sorted(glob.glob(os.path.join(glob.escape(folder), "*request.json"))):
        with open(path, encoding="utf-8") as stream:
            request = json.load(stream)
        SecretReferences(request.get("secretsDirectory")).filled(request, faults)
    return faults
