# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the secrets of a kubeconfig to mask: a login program, or kubectl itself, may print them when a login fails."""

import os
import re
from typing import Any, Dict, Iterator, List, Sequence, Set
from urllib.parse import unquote, urlsplit

from dolphinml.kubernetes.kubectl import Kubectl, Refused
from dolphinml.kubernetes.objects import at

# Names of credentials, and of fields that only say where a credential is; see KubeconfigSecrets.java.
_CREDENTIAL = re.compile(
    r"token|secret|password|passphrase|credential|assertion|(?:access|api|private)[-_]?key|^client-key-data$", re.I
)
_PLACE = re.compile(r"(?:file|dir|path|url|uri|endpoint|type)$", re.I)

# Variables of login programs, and values of any variable, that are ordinary words in logs.
_PUBLIC_VARIABLES = {"AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_STS_REGIONAL_ENDPOINTS"}
_PUBLIC_VALUES = {"true", "false", "default"}

_LONGEST_FILE = 1 << 20


def of_kubectl(kubectl: Kubectl) -> List[str]:
    """Returns the secrets of the kubeconfigs that kubectl uses; [] if it cannot read them, which it reports itself."""
    try:
        answer = kubectl.once("config", "view", "--raw", "--output", "json")
        return sorted(of_kubeconfig(answer.object(), _folders(kubectl.environment))) if answer.code == 0 else []
    except (Refused, ValueError):
        return []


def of_kubeconfig(kubeconfig: Any, folders: Sequence[str] = ("",)) -> Set[str]:
    """Returns the secrets of a kubeconfig and of the files that it names, whose paths are relative to one of the folders."""
    found = set(_below(kubeconfig, _public(kubeconfig)))
    for user in at(kubeconfig, "users") or []:
        for path in (at(user, "user", key) for key in ("tokenFile", "client-key")):
            for folder in folders if path else ():
                found |= _of_file(os.path.join(folder, path))
    return found - {""}


def _folders(environment: Dict[str, str]) -> List[str]:
    """Returns the folders of kubectl's kubeconfigs."""
    files = environment.get("KUBECONFIG") or os.path.join(environment.get("HOME", ""), ".kube", "config")
    return list(dict.fromkeys(os.path.dirname(os.path.abspath(file)) for file in files.split(os.pathsep) if file))


def _public(kubeconfig: Any) -> Set[str]:
    """Returns the values of a kubeconfig that logs may show: the names in it, in lower case."""
    names = [at(each, "name") for key in ("clusters", "contexts", "users") for each in at(kubeconfig, key) or []]
    names += [at(each, "context", "namespace") for each in at(kubeconfig, "contexts") or []]
    return _PUBLIC_VALUES | {str(name).lower() for name in names}


def _below(value: Any, public: Set[str]) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _below(each, public)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key == "exec" and isinstance(each, dict):
                yield from _of_login_program(each, public)
            elif isinstance(each, str) and key in ("server", "proxy-url"):
                yield from _of_address(each)
            elif isinstance(each, str) and _is_credential(key):
                yield each
            else:
                yield from _below(each, public)


def _is_credential(name: str) -> bool:
    return bool(_CREDENTIAL.search(name)) and not _PLACE.search(name)


def _of_login_program(program: Dict[str, Any], public: Set[str]) -> Iterator[str]:
    """Yields the values of its variables that may be secret, and the arguments of options named like a credential."""
    for variable in program.get("env") or []:
        value = at(variable, "value")
        if at(variable, "name") not in _PUBLIC_VARIABLES and isinstance(value, str) and value.lower() not in public:
            yield value
            yield from _of_address(value)
    credential_follows = False
    for argument in program.get("args") or []:
        option, _, value = str(argument).partition("=")
        if credential_follows and not option.startswith("-"):
            yield str(argument)
        credential_follows = option.startswith("-") and _is_credential(option)
        if credential_follows and value:
            yield value
            credential_follows = False


def _of_address(address: str) -> Iterator[str]:
    """Yields the password in a URL, percent-encoded and decoded."""
    try:
        password = urlsplit(address).password
    except ValueError:
        return
    if password:
        yield password
        yield unquote(password)


def _of_file(path: str) -> Set[str]:
    try:
        with open(path, encoding="utf-8") as stream:
            return {stream.read(_LONGEST_FILE).strip()}
    except (OSError, ValueError):
        return set()
