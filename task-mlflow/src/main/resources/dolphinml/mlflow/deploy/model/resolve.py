# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Pins a model's URI to one model: an alias, a stage or 'latest' becomes a version."""

import os
import re
import urllib.parse
from typing import Any, Callable, Dict, List, NoReturn, Optional

from dolphinml.common.program import TaskFailure
from dolphinml.mlflow.deploy.request.settings import model_name_in

MOST_NAMED = 20


class FixedModel:
    """A model whose URI has been resolved.

    requested   the URI that the node gives
    uri         the resolved URI, which keeps referring to the same version
    how         how `requested` was resolved to `uri`, such as "alias 'champion'"; "" if nothing had to be resolved
    address     where a platform fetches the files, once that is known
    """

    def __init__(self, requested: str, uri: str, name: str, version: str, how: str = "") -> None:
        self.requested = requested
        self.uri = uri
        self.name = name
        self.version = version
        self.how = how
        self.address = ""

    def __str__(self) -> str:
        return "%s, version %s" % (self.name, self.version) if self.version else self.name


def _refuse_model(sentence: str) -> NoReturn:
    raise TaskFailure("deployModelKey: " + sentence)


def _registry_failure(client_uri: str, error: Exception) -> NoReturn:
    text = str(error).strip().split("\n")[0]
    raise TaskFailure(
        "mlflowTrackingUri: the model registry at '%s' does not answer: %s; check the address, and that the worker may "
        "reach it" % (client_uri, text[:500])
    )


def _is_missing(error: Exception) -> bool:
    return getattr(error, "error_code", "") in ("RESOURCE_DOES_NOT_EXIST", "NOT_FOUND", "ENDPOINT_NOT_FOUND")


class Registry:
    """The part of the model registry that a deployment needs."""

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._address = address

    def _query(self, question: Callable[[], Any]) -> Any:
        """Returns the answer, or None if the object does not exist."""
        try:
            return question()
        except Exception as error:  # MLflow raises its own exceptions and those of its HTTP client
            if _is_missing(error):
                return None
            if getattr(error, "error_code", "") == "INVALID_PARAMETER_VALUE":
                return None
            _registry_failure(self._address, error)

    def model(self, name: str) -> Any:
        return self._query(lambda: self._client.get_registered_model(name))

    def versions(self, name: str) -> List[Any]:
        """Returns all versions, newest first."""
        quote = '"' if "'" in name else "'"
        found = self._query(lambda: list(self._client.search_model_versions("name=%s%s%s" % (quote, name, quote)))) or []
        return sorted(found, key=lambda version: int(version.version), reverse=True)

    def version(self, name: str, number: str) -> Any:
        return self._query(lambda: self._client.get_model_version(name, number))

    def run(self, run_id: str) -> Any:
        return self._query(lambda: self._client.get_run(run_id))

    def logged_model(self, model_id: str) -> Any:
        if not hasattr(self._client, "get_logged_model"):
            raise TaskFailure("deployModelKey: this environment's MLflow knows no logged models; install mlflow 3")
        return self._query(lambda: self._client.get_logged_model(model_id))

    def names(self) -> List[str]:
        try:
            return sorted(model.name for model in self._client.search_registered_models(max_results=MOST_NAMED))
        except Exception:  # the names only add detail to another message
            return []


def aliases_of(model: Any) -> Dict[str, str]:
    """Returns {alias: version number as text}."""
    return {alias: str(version) for alias, version in (getattr(model, "aliases", None) or {}).items()}


def existing(versions: List[Any], aliases: Dict[str, str]) -> str:
    """Lists the versions for a message: "existing versions: 3 (alias champion, stage Staging), 2, 1"."""
    if not versions:
        return "it has no versions yet"
    named = []
    for version in versions[:MOST_NAMED]:
        notes = ["alias %s" % alias for alias, number in sorted(aliases.items()) if number == str(version.version)]
        stage = getattr(version, "current_stage", None)
        if stage and stage.lower() != "none":
            notes.append("stage %s" % stage)
        named.append("%s (%s)" % (version.version, ", ".join(notes)) if notes else str(version.version))
    more = " and %d older ones" % (len(versions) - MOST_NAMED) if len(versions) > MOST_NAMED else ""
    return "existing versions: %s%s" % (", ".join(named), more)


def _model_of_version(
    registry: Registry,
    requested: str,
    name: str,
    number: str,
    versions: Callable[[], List[Any]],
    aliases: Dict[str, str],
    how: str = "",
) -> FixedModel:
    found = registry.version(name, number)
    if found is None:
        _refuse_model("model '%s' has no version %s; %s" % (name, number, existing(versions(), aliases)))
    status = getattr(found, "status", "READY") or "READY"
    if status != "READY":
        _refuse_model("version %s of model '%s' is %s in the registry; a version that is READY" % (number, name, status))
    return FixedModel(requested, "models:/%s/%s" % (name, number), name, str(number), how)


def _in_stage(versions: List[Any], stage: str) -> Any:
    for version in versions:
        if (getattr(version, "current_stage", None) or "None").lower() == stage.lower():
            return version
    return None


def _registered_model(registry: Registry, requested: str, name: str, suffix: Optional[str], alias: Optional[str]) -> FixedModel:
    model = registry.model(name)
    if model is None:
        known = registry.names()
        _refuse_model(
            "the registry has no model '%s'; %s" % (name, "it has: " + ", ".join(known) if known else "it has no models yet")
        )
    aliases = aliases_of(model)

    def versions() -> List[Any]:
        return registry.versions(name)

    if alias is not None:
        if alias not in aliases:
            _refuse_model("model '%s' has no alias '%s'; %s" % (name, alias, existing(versions(), aliases)))
        return _model_of_version(registry, requested, name, aliases[alias], versions, aliases, "alias '%s'" % alias)
    assert suffix is not None
    if suffix.isdigit():
        return _model_of_version(registry, requested, name, str(int(suffix)), versions, aliases)
    all_versions = versions()
    if suffix.lower() == "latest":
        if not all_versions:
            _refuse_model("model '%s' has no versions yet; register one first" % name)
        return _model_of_version(registry, requested, name, all_versions[0].version, versions, aliases, "the latest version")
    staged = _in_stage(all_versions, suffix)
    if staged is not None:
        return _model_of_version(registry, requested, name, staged.version, versions, aliases, "stage '%s'" % suffix)
    # Registries without stages use the stage's name as an alias.
    for name_of_alias, number in aliases.items():
        if name_of_alias.lower() == suffix.lower():
            how = "alias '%s', for no version is in a stage of that name" % name_of_alias
            return _model_of_version(registry, requested, name, number, versions, aliases, how)
    _refuse_model("model '%s' has no version in stage '%s'; %s" % (name, suffix, existing(all_versions, aliases)))


def _model_of_run(registry: Registry, requested: str, run_id: str, path: str) -> FixedModel:
    if registry.run(run_id) is None:
        _refuse_model("the tracking server has no run '%s'; the id of a run that logged a model" % run_id)
    return FixedModel(requested, requested, path.rstrip("/").rpartition("/")[2], run_id)


def _logged_model(registry: Registry, requested: str, model_id: str) -> FixedModel:
    if registry.logged_model(model_id) is None:
        _refuse_model("the tracking server has no logged model '%s'; the id of one, from the page of its run" % model_id)
    return FixedModel(requested, requested, model_id, "")


def is_of_the_server(key: str) -> bool:
    """Whether only the tracking server can resolve the key."""
    return key.startswith(("models:/", "runs:/"))


def local_directory(key: str, base: str) -> Optional[str]:
    """Returns the directory of a path or file: URI, or None for other URIs."""
    if re.match(r"^[A-Za-z][A-Za-z0-9+.-]*:/", key) and not key.startswith("file:"):
        return None
    path = urllib.parse.unquote(urllib.parse.urlparse(key).path) if key.startswith("file:") else key
    return os.path.abspath(os.path.join(base, os.path.expanduser(path)))


def resolve(requested: str, registry: Registry, base: str) -> FixedModel:
    """Returns the FixedModel for a URI whose form has been checked; raises TaskFailure with one sentence."""
    match = re.match(r"^models:/+([^/@]+)(?:/([^/]+)|@([^/@]+))?$", requested)
    if match:
        name, suffix, alias = match.groups()
        if suffix is None and alias is None:
            return _logged_model(registry, requested, name)
        return _registered_model(registry, requested, name, suffix, alias)
    match = re.match(r"^runs:/([^/]+)/(.+)$", requested)
    if match:
        return _model_of_run(registry, requested, match.group(1), match.group(2))
    path = local_directory(requested, base)
    if path is None:
        return FixedModel(requested, requested, model_name_in(requested), "")
    if not os.path.isfile(os.path.join(path, "MLmodel")):
        what = "has no file 'MLmodel'" if os.path.isdir(path) else "is not a directory on this worker"
        _refuse_model("'%s' %s; the directory of a model that MLflow saved" % (path, what))
    return FixedModel(requested, path, os.path.basename(path), "")
