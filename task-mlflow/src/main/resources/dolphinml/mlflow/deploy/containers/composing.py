# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Writes Compose files (as JSON, which is YAML) and runs Compose."""

import hashlib
import json
import re
import subprocess
from typing import Any, Dict, List

from dolphinml.mlflow.deploy.faults import EngineRefused

SECONDS_TO_START = 600

#: The services of a compose file: {name: fields}.
Services = Dict[str, Dict[str, Any]]


def literal(value: Any) -> Any:
    """Returns the value with each `$` in its strings doubled, so that Compose does not substitute variables."""
    if isinstance(value, dict):
        return {literal(key): literal(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [literal(each) for each in value]
    return value.replace("$", "$$") if isinstance(value, str) else value


def document(services: Services, network: str) -> str:
    """Returns the text of a compose file with these services in an existing network; fields that are None are left out.

    Version 2.4 is the newest file format whose resource limits docker-compose v1 applies.
    """
    shown = {name: {key: value for key, value in fields.items() if value is not None} for name, fields in services.items()}
    text = json.dumps(
        {"version": "2.4", "services": literal(shown), "networks": {"default": {"name": network, "external": True}}},
        indent=2,
        ensure_ascii=False,
    )
    # YAML rejects some characters that JSON allows; those beyond the BMP stay as they are, because YAML does not decode
    # escaped surrogate pairs.
    return re.sub("[\x7f-\uffff]", lambda found: "\\u%04x" % ord(found.group()), text) + "\n"


def project(deployment_name: str) -> str:
    """Returns the Compose project name of a deployment. Compose allows neither upper case nor dots; a name that has to be
    changed gets a part of its digest as suffix, so that it stays unique."""
    plain = re.sub(r"[^a-z0-9_-]", "-", deployment_name.lower())
    if plain == deployment_name:
        return "dolphinml-" + plain
    return "dolphinml-%s-%s" % (plain, hashlib.sha256(deployment_name.encode("utf-8")).hexdigest()[:8])


def project_of(known: Dict[str, Any]) -> str:
    """Returns the Compose project name of a recorded deployment."""
    return known.get("composeProject") or _former_project(known["name"])


def _former_project(deployment_name: str) -> str:
    """Returns the project name that earlier versions used, whose records do not hold it."""
    return "dolphinml-" + re.sub(r"[^a-z0-9_-]", "-", deployment_name.lower())


def run_compose(command: List[str], directory: str, files: List[str], words: List[str]) -> str:
    """Runs Compose in the deployment's directory and returns its output; raises EngineRefused.

    command   the argv prefix that runs Compose
    files     the options that name the compose files
    words     the subcommand and its arguments
    """
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
