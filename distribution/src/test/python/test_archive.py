# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What is in the archive, and that it comes out the same whoever builds it."""

import hashlib
import json
import os
import re
import stat
import subprocess
import tarfile
import xml.etree.ElementTree as ET
import zipfile

import pytest

from dsharness import bundle, places
from dsharness.server import maven

OURS = "io.github.dolphinml"


def sha256(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def bill_of_materials(unpacked):
    return json.loads((unpacked / "sbom.cdx.json").read_text(encoding="utf-8"))


def test_everything_that_a_user_needs_is_in_it(unpacked):
    names = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert {
        "install.sh",
        "README.md",
        "README.zh.md",
        "LICENSE",
        "NOTICE",
        "CHANGELOG.md",
        "SHA256SUMS",
        "sbom.cdx.json",
        "docs/en/options.md",
        "docs/zh/options.md",
        "examples/iris/workflow.json",
    } <= names
    assert {name for name in names if name.startswith("lib/")} == {"lib/%s" % jar.name for jar in bundle.jars()}
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".class"))]
    assert "dolphinml-" + bundle.version() == unpacked.name


def test_modes_do_not_come_from_the_builder(archive):
    with tarfile.open(archive) as packed:
        for entry in packed:
            program = entry.isdir() or packed.extractfile(entry).read(2) == b"#!"
            assert oct(stat.S_IMODE(entry.mode)) == oct(0o755 if program else 0o644), entry.name
            assert (entry.uid, entry.gid, entry.uname, entry.gname) == (0, 0, "root", "root"), entry.name


def test_each_file_has_its_sum(unpacked):
    lines = (unpacked / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = dict(reversed(line.split("  ", 1)) for line in lines)
    files = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()} - {"SHA256SUMS"}
    assert set(sums) == files and len(lines) == len(files)
    done = subprocess.run(
        ["sha256sum", "--quiet", "-c", "SHA256SUMS"],
        cwd=unpacked,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_archive_and_the_bill_of_materials_have_sums_beside_them(archive, unpacked):
    bill = archive.parent / ("%s.cdx.json" % unpacked.name)
    assert bill.read_bytes() == (unpacked / "sbom.cdx.json").read_bytes()
    for file in (archive, bill):
        assert (archive.parent / (file.name + ".sha256")).read_text() == "%s  %s\n" % (sha256(file), file.name)
    assert len(list(archive.parent.iterdir())) == 4


def shaded():
    """What the poms have put into our jars, as "group:artifact"."""
    found = set()
    for pom in places.PROJECT.glob("task-*/pom.xml"):
        for included in ET.parse(pom).getroot().iterfind(".//{*}artifactSet/{*}includes/{*}include"):
            found.add(included.text.strip())
    return found


def test_the_bill_of_materials_names_what_is_shipped_and_nothing_else(unpacked):
    bill = bill_of_materials(unpacked)
    assert (bill["bomFormat"], bill["metadata"]["component"]["version"]) == ("CycloneDX", bundle.version())
    parts = {"%s:%s" % (each["group"], each["name"]) for each in bill["components"]}
    assert parts == shaded() | {"%s:%s" % (OURS, module) for module in bundle.MODULES}
    for each in bill["components"]:
        assert each["licenses"], each["name"]
        assert each["purl"].startswith("pkg:maven/"), each["name"]


def test_the_bill_of_materials_has_the_sums_of_our_jars(unpacked):
    ours = {
        "dolphinml-%s-%s.jar" % (each["name"], each["version"]): each["hashes"]
        for each in bill_of_materials(unpacked)["components"]
        if each["group"] == OURS
    }
    assert set(ours) == {jar.name for jar in bundle.jars()}
    for name, hashes in ours.items():
        assert {"alg": "SHA-256", "content": sha256(unpacked / "lib" / name)} in hashes, name


def test_what_is_shaded_is_noticed(unpacked):
    """Each library in our jars is named in NOTICE with its version, its package there and its copyright."""
    notice = (unpacked / "NOTICE").read_text(encoding="utf-8")
    packages = set()
    for jar in sorted((unpacked / "lib").iterdir()):
        with zipfile.ZipFile(jar) as packed:
            assert packed.read("META-INF/NOTICE").decode("utf-8") == notice, jar.name
            assert packed.read("META-INF/LICENSE") == (unpacked / "LICENSE").read_bytes(), jar.name
            packages |= {
                match.group(1)
                for match in map(re.compile(r"io/github/dolphinml/(shaded/.+)/[^/]+\.class").match, packed.namelist())
                if match
            }
    roots = {each for each in packages if not any(each.startswith(other + "/") for other in packages)}
    assert roots
    for root in roots:
        assert "%s.%s" % (OURS, root.replace("/", ".")) in notice
    for each in bill_of_materials(unpacked)["components"]:
        if each["group"] != OURS:
            assert each["version"] in notice, each["name"]


def test_no_path_of_the_builder_is_in_it(unpacked):
    machine = [os.path.expanduser("~").encode() + b"/", str(places.PROJECT).encode()]
    for path in unpacked.rglob("*"):
        if path.is_file() and path.parts[-2] != "lib":
            assert not any(each in path.read_bytes() for each in machine if len(each) > 5), path


@pytest.fixture(scope="module")
def built_elsewhere(tmp_path_factory):
    """The archive of the same sources built in another place, at another time, by someone with another umask."""
    directory = tmp_path_factory.mktemp("elsewhere") / "sources"
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=places.PROJECT,
        stdout=subprocess.PIPE,
        check=True,
    )
    before = os.umask(0o077)
    try:
        for name in done.stdout.decode("utf-8").split("\0"):
            if name and (places.PROJECT / name).exists():
                (directory / name).parent.mkdir(parents=True, exist_ok=True)
                (directory / name).write_bytes((places.PROJECT / name).read_bytes())
        maven(
            "package",
            "-DskipTests",
            "-Dspotless.check.skip=true",
            "-Dcheckstyle.skip=true",
            "-pl",
            ",".join((*bundle.MODULES, "distribution")),
            directory=str(directory),
        )
    finally:
        os.umask(before)
    return directory / "dist"


def test_two_builds_have_the_same_bytes(archive, built_elsewhere):
    assert {path.name: sha256(path) for path in built_elsewhere.iterdir()} == {
        path.name: sha256(path) for path in archive.parent.iterdir()
    }
