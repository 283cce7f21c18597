# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Compose: its files, which are written as JSON, and its command."""

import hashlib
import json
import re
import subprocess
from typing import Any, Dict, List

from dolphinml.mlflow.deploy.faults import EngineRefused

SECONDS_TO_START = 600

#: The fields of each service of a compose file, by its name.
Services = Dict[str, Dict[str, Any]]


def literal(value: Any) -> Any:
    """The value with each `$` doubled in its texts, for Compose replaces variables."""
    if isinstance(value, dict):
        return {literal(key): literal(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [literal(each) for each in value]
    return value.replace("$", "$$") if isinstance(value, str) else value


def document(services: Services, network: str) -> str:
    """The text of a compose file with these services, {name: its fields}, in a network that is there; fields that are None
    are left out.

    Version 2.4 is the newest form whose limits docker-compose v1 applies.
    """
    shown = {name: {key: value for key, value in fields.items() if value is not None} for name, fields in services.items()}
    text = json.dumps(
        {"version": "2.4", "services": literal(shown), "networks": {"default": {"name": network, "external": True}}},
        indent=2,
        ensure_ascii=False,
    )
    # YAML refuses some letters of JSON, and reads no pairs of surrogates.
    return re.sub("[\x7f-\uffff]", lambda found: "\\u%04x" % ord(found.group()), text) + "\n"


def project(deployment_name: str) -> str:
    """What Compose calls a deployment. Compose knows no upper case and no dots: a name with such letters is distinguished from
    others that would be the same without by a part of its digest."""
    plain = re.sub(r"[^a-z0-9_-]", "-", deployment_name.lower())
    if plain == deployment_name:
        return "dolphinml-" + plain
    return "dolphinml-%s-%s" % (plain, hashlib.sha256(deployment_name.encode("utf-8")).hexdigest()[:8])


def project_of(known: Dict[str, Any]) -> str:
    """What Compose calls the deployment of a record."""
    return known.get("composeProject") or _former_project(known["name"])


def _former_project(deployment_name: str) -> str:
    """The same in versions whose records did not name it."""
    return "dolphinml-" + re.sub(r"[^a-z0-9_-]", "-", deployment_name.lower())


def run_compose(command: List[str], directory: str, files: List[str], words: List[str]) -> str:
    """Runs Compose in the deployment's directory; `files` are its options that name files. Raises EngineRefused."""
    try:
        done = subprocess.run(
            command + files + words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=directory,
            timeout=SECONDS_TO_START,
        )
    except subprocess.TimeoutExpired:
        raise EngineRefused("'%s %s' took longer than %d s" % (" ".join(command), words[0], SECONDS_TO_START))
    except OSError as error:
        raise EngineRefused("'%s' cannot be run: %s" % (" ".join(command), error.strerror or error))
    text = done.stdout.decode("utf-8", "replace").strip()
    if done.returncode != 0:
        raise EngineRefused("Compose refused '%s': %s" % (words[0], "; ".join(text.split("\n")[-5:])))
    return text
