# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Our own jars, and the archive that users install: built when the sources changed since the last time."""

import hashlib
import tarfile
import xml.etree.ElementTree as ET

from dsharness import places
from dsharness.server import maven

MODULES = ("task-ml-common", "task-jupyter", "task-mlflow", "task-openmldb", "task-kubeflow", "task-dvc")


def version():
    """The version of the project, as its pom says."""
    return ET.parse(places.PROJECT / "pom.xml").getroot().find("{*}version").text


def jars():
    """The jars that a DS server gets, one for each module that has one; jars of an earlier version are left out."""
    wanted = [places.PROJECT / module / "target" / ("dolphinml-%s-%s.jar" % (module, version())) for module in MODULES]
    return [jar for jar in wanted if jar.exists()]


def build(say=lambda line: None):
    """Makes the jars unless they are there and up to date; returns them."""
    _build("bundle.sha256", MODULES, (), jars, say)
    return jars()


def archive(say=lambda line: None):
    """Makes the archive unless it is there and up to date; returns its path."""
    file = places.PROJECT / "dist" / ("dolphinml-%s.tar.gz" % version())
    _build("archive.sha256", (*MODULES, "distribution"), ("docs", "examples"), lambda: [file] if file.exists() else [], say)
    return file


def unpack(file, directory):
    """Unpacks the archive into `directory`; returns the one directory in it."""
    with tarfile.open(file) as packed:
        packed.extractall(directory)
    [unpacked] = [each for each in directory.iterdir() if each.name == file.name[: -len(".tar.gz")]]
    return unpacked


def _build(name, modules, folders, made, say):
    # One Maven at a time: two would write into the same target.
    with places.locked(places.WORK / "build.lock"):
        _build_alone(name, modules, folders, made, say)


def _build_alone(name, modules, folders, made, say):
    stamp = places.WORK / name
    state = _state(modules, folders)
    if made() and stamp.exists() and stamp.read_text() == state:
        return
    say("building the plugins with Maven")
    maven(
        "package",
        "-DskipTests",
        "-Dspotless.check.skip=true",
        "-Dcheckstyle.skip=true",
        "-pl",
        ",".join(modules),
        directory=str(places.PROJECT),
    )
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(state)
    if not made():
        raise RuntimeError("the build made nothing in %s" % ", ".join(module + "/target" for module in modules))


def _state(modules, folders):
    digest = hashlib.sha256()
    files = [each for each in sorted(places.PROJECT.iterdir()) if each.is_file() and not each.name.startswith(".")]
    for module in modules:
        files.append(places.PROJECT / module / "pom.xml")
        files += _files(places.PROJECT / module / "src", without="test")
    for folder in folders:
        files += _files(places.PROJECT / folder)
    for file in files:
        if "__pycache__" not in file.parts:
            digest.update(str(file.relative_to(places.PROJECT)).encode("utf-8") + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _files(directory, without=None):
    return sorted(each for each in directory.rglob("*") if each.is_file() and each.relative_to(directory).parts[0] != without)
