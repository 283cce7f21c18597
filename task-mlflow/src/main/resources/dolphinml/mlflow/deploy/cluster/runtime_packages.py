# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Checks that the serving runtime has the packages that the model requires."""

import os
import re
from typing import TYPE_CHECKING, Dict, Iterable, Iterator, List, Optional, Tuple

from dolphinml.common.console import Console
from dolphinml.common.program import TaskFailure

if TYPE_CHECKING:
    from packaging.requirements import Requirement

MOST_NAMED = 10


def check_runtime_packages(console: Console, files: str, packages_file: Optional[str], base: str) -> None:
    """Compares the model's requirements.txt with a list of the runtime's packages, as `pip freeze` prints it.

    Raises TaskFailure if the runtime lacks a required package, or has it in a version that the requirement excludes.
    """
    wanted = _applicable_requirements(os.path.join(files, "requirements.txt"))
    if packages_file is None:
        if wanted:
            named = ", ".join(str(each) for each in wanted[:MOST_NAMED])
            console.line(
                "The model requires %s; whether the runtime has them is seen when it loads the model (mlflow.runtimePackages"
                " checks it before the deployment)" % named
            )
        return
    path = os.path.join(base, packages_file)
    try:
        with open(path, encoding="utf-8") as stream:
            there = dict(_pinned(stream))
    except (OSError, UnicodeDecodeError) as error:
        raise TaskFailure(
            "mlflow.runtimePackages: '%s' cannot be read: %s; use a resource of the node with what `pip freeze`"
            " prints in the runtime's image" % (packages_file, error)
        )
    faults = [fault for fault in (_fault(each, there) for each in wanted) if fault]
    if faults:
        raise TaskFailure(
            "mlflow.runtimePackages: the runtime does not have what the model requires: %s; serve it with another"
            " runtime or image, or log the model with the runtime's versions" % "; ".join(faults[:MOST_NAMED])
        )
    console.line("The runtime has the %d packages that the model requires" % len(wanted))


def _applicable_requirements(path: str) -> "List[Requirement]":
    """Returns the requirements in the file whose markers apply here, without lines that only pip understands."""
    from packaging.requirements import InvalidRequirement, Requirement

    found = []
    try:
        with open(path, encoding="utf-8") as stream:
            lines = stream.read().splitlines()
    except OSError:
        return []
    for line in lines:
        text = re.split(r"\s+#|^#|\s--hash", line, maxsplit=1)[0].strip()
        try:
            requirement = Requirement(text) if text and not text.startswith("-") else None
        except InvalidRequirement:
            continue
        if requirement is not None and (requirement.marker is None or requirement.marker.evaluate()):
            found.append(requirement)
    return found


def _pinned(lines: Iterable[str]) -> Iterator[Tuple[str, Optional[str]]]:
    """Yields (normalized name, version or None) of each package."""
    from packaging.utils import canonicalize_name

    for line in lines:
        found = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:==\s*([^\s;#]+)|@)", line)
        if found:
            yield canonicalize_name(found.group(1)), found.group(2)


def _fault(requirement: "Requirement", there: Dict[str, Optional[str]]) -> Optional[str]:
    from packaging.utils import canonicalize_name

    name = canonicalize_name(requirement.name)
    if name not in there:
        return "%s is missing" % requirement
    version = there[name]
    if version is None or requirement.specifier.contains(version, prereleases=True):
        return None
    return "%s, and it has %s" % (requirement, version)
