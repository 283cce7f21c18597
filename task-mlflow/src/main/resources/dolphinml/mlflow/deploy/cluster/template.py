# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The manifest of a deployment: what is generated, under what an own file of the node says."""

import os

from dolphinml.common.program import TaskFailure, workdir


def read(task, settings, api_version, kind):
    """The object in the node's own file (`mlflow.manifest`); None where it names none."""
    name = settings.cluster.get("manifest")
    if name is None:
        return None
    import yaml

    path = os.path.join(workdir(task), name)
    try:
        with open(path, encoding="utf-8") as stream:
            found = [each for each in yaml.safe_load_all(stream) if each is not None]
    except (OSError, UnicodeDecodeError) as error:
        raise TaskFailure("mlflow.manifest: '%s' cannot be read: %s; a resource of the node, by its path in the task's directory"
                          % (name, error))
    except yaml.YAMLError as error:
        raise TaskFailure("mlflow.manifest: '%s' is not valid YAML: %s" % (name, " ".join(str(error).split())))
    if len(found) != 1 or not isinstance(found[0], dict):
        raise TaskFailure("mlflow.manifest: '%s' holds %d documents; one %s" % (name, len(found), kind))
    if (found[0].get("apiVersion"), found[0].get("kind")) != (api_version, kind):
        raise TaskFailure("mlflow.manifest: '%s' is a %s of %s; a %s of %s" % (
            name, found[0].get("kind"), found[0].get("apiVersion"), kind, api_version))
    for key in ("metadata", "spec"):
        if not isinstance(found[0].get(key, {}), dict):
            raise TaskFailure("mlflow.manifest: '%s': %s is not an object" % (name, key))
    return found[0]


def merged(own, generated):
    """The generated object where the own one says nothing, key by key."""
    result = dict(generated)
    for key, value in own.items():
        result[key] = merged(value, result[key]) if isinstance(value, dict) and isinstance(result.get(key), dict) else value
    return result


def shown(manifest):
    """The lines of the manifest as YAML."""
    import yaml

    return yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True).rstrip().split("\n")
