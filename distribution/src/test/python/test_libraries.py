# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Every library in our jars has been looked at in the version that is shipped; `libraries.json` says when and by what.

No list of weaknesses can be reached from a build without the internet, so this cannot find one by itself. It sees to it
that no library and no version gets into the jars unseen, and that no review grows old unseen.
"""

import datetime
import json
import re
import warnings
import zipfile
from pathlib import Path

import pytest
from test_archive import OURS, bill_of_materials

from dsharness import bundle, places

REVIEWED = Path(__file__).resolve().parents[1] / "resources" / "libraries.json"
DAYS = 180


@pytest.fixture(scope="module")
def shipped(unpacked):
    """{"group:artifact": version} of all libraries of others in the bill of materials."""
    return {
        "%s:%s" % (each["group"], each["name"]): each["version"]
        for each in bill_of_materials(unpacked)["components"]
        if each["group"] != OURS
    }


@pytest.fixture(scope="module")
def reviewed():
    return json.loads(REVIEWED.read_text(encoding="utf-8"))


def test_what_is_shipped_is_what_was_reviewed(shipped, reviewed):
    assert shipped == {name: each["version"] for name, each in reviewed.items()}, "review it, and write it into libraries.json"


def test_a_review_says_what_was_looked_at(reviewed):
    for name, each in reviewed.items():
        assert each["known"] == [], "%s has known weaknesses: %s" % (name, each["known"])
        assert each["why"] and each["sources"], name
        age = (datetime.date.today() - datetime.date.fromisoformat(each["reviewed"])).days
        if age > DAYS:
            warnings.warn("%s was last reviewed %d days ago; look again before a release" % (name, age), stacklevel=2)


REQUIREMENTS = sorted((places.PROJECT / ".ci").glob("requirements*.txt")) + [
    places.PROJECT / "examples" / "requirements-demo.txt"
]


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.name)
def test_what_tests_run_in_is_pinned(file):
    lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        if line and not line.startswith(("#", "-r ")):
            assert re.match(r"[\w.\[\]-]+==[\w.]+( *;.*)?$", line), line


def plain(name):
    """A package's name as indexes compare it."""
    return name.lower().replace("_", "-")


@pytest.mark.parametrize("file", sorted((places.PROJECT / ".ci" / "constraints").iterdir()), ids=lambda file: file.name)
def test_and_so_is_what_that_brings_along(file):
    """A file of `pip freeze`; what the requirements name is among it in the same version."""
    frozen = dict(plain(line).split("==") for line in file.read_text(encoding="utf-8").splitlines())
    stem, version = file.stem.rsplit("-", 1)
    named = next(each for each in REQUIREMENTS if each.name == "requirements-%s.txt" % stem)
    assert version.count(".") == 1 and len(frozen) >= 5
    for line in named.read_text(encoding="utf-8").splitlines():
        found = re.match(r"([\w.-]+)==([\w.]+)$", line)
        if found and found.group(1) != "setuptools":
            assert frozen[plain(found.group(1))] == found.group(2), "%s: regenerate it with pip freeze" % file.name


def test_no_class_of_others_is_in_the_jars_beside_them():
    """A library that somebody shades without the bill of materials would be seen here."""
    jars = bundle.jars()
    assert len(jars) == len(bundle.MODULES)
    for jar in jars:
        with zipfile.ZipFile(jar) as packed:
            classes = [name for name in packed.namelist() if name.endswith(".class") and not name.startswith("META-INF/")]
        strangers = [name for name in classes if not name.startswith("io/github/dolphinml/")]
        assert strangers == [], jar
        shaded = {name.split("/")[4] for name in classes if name.startswith("io/github/dolphinml/shaded/")}
        assert shaded <= {"commons", "snakeyaml"}, "%s: is this library in libraries.json?" % shaded
