# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The manifest of a deployment: the generated manifest, overridden by the node's own manifest file."""

import json
import os
from types import ModuleType
from typing import Any, Dict, Iterator, List, Optional, Tuple

from dolphinml.common.program import Task, TaskFailure, workdir
from dolphinml.mlflow.deploy.request.settings import Settings

#: In a path: every entry of a list.
EACH: Any = object()

#: At the end of a path: the value must exist.
NEEDED: Any = object()

#: The path to a value: keys, EACH and NEEDED.
Place = Tuple[Any, ...]
#: A path, and the type of the value there.
Form = Tuple[Place, type]

#: The types in every manifest of the values into which generated parts are merged: (path, type).
COMMON: List[Form] = [
    (("metadata",), dict),
    (("metadata", "labels"), dict),
    (("metadata", "annotations"), dict),
    (("spec",), dict),
]

_WORDS: Dict[type, str] = {dict: "an object", list: "a list with entries", str: "a text"}


def read_manifest(task: Task, settings: Settings, api_version: str, kind: str, forms: List[Form]) -> Optional[Dict[str, Any]]:
    """Returns the object in the node's own file (`mlflow.manifest`), or None if the node names no file. Raises TaskFailure if the
    file is not one object of this kind, or a value does not have the type that COMMON or `forms` requires."""
    name = settings.cluster.get("manifest")
    if name is None:
        return None
    import yaml

    path = os.path.join(workdir(task), name)
    try:
        with open(path, encoding="utf-8") as stream:
            found = [each for each in yaml.load_all(stream, _loader(yaml)) if each is not None]
    except (OSError, UnicodeDecodeError) as error:
        raise TaskFailure(
            "mlflow.manifest: '%s' cannot be read: %s; a resource of the node, by its path in the task's directory"
            % (name, error)
        )
    except yaml.YAMLError as error:
        raise TaskFailure("mlflow.manifest: '%s' is not valid YAML: %s" % (name, " ".join(str(error).split())))
    if len(found) != 1 or not isinstance(found[0], dict):
        raise TaskFailure("mlflow.manifest: '%s' holds %d documents; one %s" % (name, len(found), kind))
    if (found[0].get("apiVersion"), found[0].get("kind")) != (api_version, kind):
        raise TaskFailure(
            "mlflow.manifest: '%s' is a %s of %s; a %s of %s"
            % (name, found[0].get("kind"), found[0].get("apiVersion"), kind, api_version)
        )
    for place, form in COMMON + forms:
        for shown_place, value in _values_at(found[0], place):
            if not isinstance(value, form) or (form is list and not value):
                raise TaskFailure("mlflow.manifest: '%s': %s is not %s" % (name, shown_place, _WORDS[form]))
    try:
        json.dumps(found[0], allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TaskFailure("mlflow.manifest: '%s' holds a value that JSON does not have: %s" % (name, error))
    return found[0]


def _loader(yaml: ModuleType) -> Any:
    """Returns a loader that reads YAML as Kubernetes does: values that look like dates stay strings."""
    resolvers = {
        first: [each for each in known if each[0] != "tag:yaml.org,2002:timestamp"]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return type("Loader", (yaml.SafeLoader,), {"yaml_implicit_resolvers": resolvers})


def _values_at(value: Any, place: Place, above: str = "") -> Iterator[Tuple[str, Any]]:
    """Yields (path as text, value) of each value at a path; the value is None if it is NEEDED but missing."""
    if not place or place[0] is NEEDED:
        yield above, value
    elif place[0] is EACH:
        for index, each in enumerate(value if isinstance(value, list) else ()):
            yield from _values_at(each, place[1:], "%s[%d]" % (above, index))
    elif isinstance(value, dict) and place[0] in value:
        yield from _values_at(value[place[0]], place[1:], "%s.%s" % (above, place[0]) if above else place[0])
    elif isinstance(value, dict) and place[1:] == (NEEDED,):
        yield "%s.%s" % (above, place[0]), None


def merged(own: Dict[str, Any], generated: Dict[str, Any]) -> Dict[str, Any]:
    """Returns both objects merged key by key; values of `own` take precedence."""
    result = dict(generated)
    for key, value in own.items():
        result[key] = merged(value, result[key]) if isinstance(value, dict) and isinstance(result.get(key), dict) else value
    return result


def yaml_lines(manifest: Dict[str, Any]) -> List[str]:
    """Returns the lines of the manifest as YAML."""
    import yaml

    return yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True).rstrip().split("\n")
