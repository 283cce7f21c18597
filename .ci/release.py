#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Makes a release from a clean, green tree.

    .ci/release.py VERSION [--next VERSION] [--key KEY] [--tested]

VERSION is a version of Semantic Versioning whose -SNAPSHOT the poms carry, such as 0.2.0. The script
 1. refuses a dirty tree, a tag that exists, an empty "Unreleased" section of CHANGELOG.md, and a red `.ci/run`,
 2. commits the version and the dated section of the changelog,
 3. builds the archive, its SHA-256 sums, the bill of materials and the source and Javadoc jars into dist/, writes
    dist/SHA256SUMS over all of them and, with --key, signs it with GnuPG,
 4. tags the commit as vVERSION with the section as release notes, also in dist/RELEASE_NOTES.md,
 5. commits the next version, VERSION with its patch number raised and -SNAPSHOT, unless --next names one.
It publishes nothing: push the branch and the tag, and upload dist/. When a step fails, branch and tags are put back
to where they were.

--tested skips `.ci/run`, for a commit that has just passed it elsewhere.
"""

import argparse
import datetime
import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
CHANGELOG = PROJECT / "CHANGELOG.md"
DIST = PROJECT / "dist"
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)\Z")
SNAPSHOT = "-SNAPSHOT"
UNRELEASED = "## [Unreleased]"
SET_VERSION = "org.codehaus.mojo:versions-maven-plugin:2.18.0:set"


class Refused(Exception):
    """Why there is no release, in one sentence."""


def main():
    arguments = _arguments()
    try:
        notes = _check(arguments)
        if not arguments.tested:
            _run_tests()
    except Refused as refusal:
        sys.exit("release.py: %s" % refusal)
    begin = _git("rev-parse", "HEAD")
    tag = "v" + arguments.version
    try:
        _commit_version(arguments.version, "Release %s" % arguments.version, released=True)
        _build(arguments.key, notes)
        _git("tag", "--annotate", "--cleanup=verbatim", "--file", str(DIST / "RELEASE_NOTES.md"), tag)
        _commit_version(arguments.next, "Begin %s" % arguments.next, released=False)
    except (subprocess.CalledProcessError, OSError, KeyboardInterrupt) as failure:
        _git("reset", "--quiet", "--hard", begin)
        subprocess.run(
            ["git", "tag", "--delete", tag], cwd=str(PROJECT), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        )
        sys.exit("release.py: %s; branch and tags are as before" % _reason(failure))
    print("release.py: %s is tagged as %s and built in %s" % (arguments.version, tag, DIST))


def _arguments():
    parser = argparse.ArgumentParser(prog="release.py", description="Makes a release from a clean, green tree.")
    parser.add_argument("version")
    parser.add_argument("--next", help="the version of the development after it; default: the next patch version")
    parser.add_argument("--key", help="the GnuPG key that signs dist/SHA256SUMS")
    parser.add_argument("--tested", action="store_true", help="skip .ci/run")
    arguments = parser.parse_args()
    parts = VERSION.match(arguments.version)
    if not parts:
        parser.error("%s: not a release version; right is one such as 0.2.0" % arguments.version)
    major, minor, patch = parts.groups()
    arguments.next = arguments.next or "%s.%s.%d%s" % (major, minor, int(patch) + 1, SNAPSHOT)
    if not arguments.next.endswith(SNAPSHOT) or not VERSION.match(arguments.next[: -len(SNAPSHOT)]):
        parser.error("--next: %s is not a development version; right is one such as 0.3.0%s" % (arguments.next, SNAPSHOT))
    return arguments


def _check(arguments):
    """The release notes; raises Refused."""
    if _git("status", "--porcelain"):
        raise Refused("the working tree has changes that are not committed")
    tag = "v" + arguments.version
    if _git("tag", "--list", tag):
        raise Refused("the tag %s exists" % tag)
    carried = _pom_version()
    if carried != arguments.version + SNAPSHOT:
        raise Refused(
            "pom.xml has version %s; a release of %s is made from %s%s"
            % (carried, arguments.version, arguments.version, SNAPSHOT)
        )
    notes = _unreleased(CHANGELOG.read_text(encoding="utf-8"))
    if not re.search(r"^- ", notes, re.MULTILINE):
        raise Refused("the section Unreleased of CHANGELOG.md is empty")
    return notes


def _run_tests():
    if subprocess.run(["bash", ".ci/run"], cwd=str(PROJECT), check=False).returncode:
        raise Refused(".ci/run is red")
    if _git("status", "--porcelain"):
        raise Refused(".ci/run left changes in the working tree")


def _commit_version(version, subject, released):
    subprocess.run(
        ["mvn", "-B", "-q", SET_VERSION, "-DnewVersion=" + version, "-DgenerateBackupPoms=false"], cwd=str(PROJECT), check=True
    )
    if released:
        text = CHANGELOG.read_text(encoding="utf-8")
        dated = "%s\n\n## [%s] - %s" % (UNRELEASED, version, datetime.date.today().isoformat())
        CHANGELOG.write_text(text.replace(UNRELEASED, dated, 1), encoding="utf-8")
    _git("commit", "--quiet", "--all", "--message", subject)


def _build(key, notes):
    subprocess.run(["mvn", "-B", "-ntp", "-Prelease", "clean", "verify", "-DskipTests"], cwd=str(PROJECT), check=True)
    for jar in sorted(PROJECT.glob("task-*/target/*-sources.jar")) + sorted(PROJECT.glob("task-*/target/*-javadoc.jar")):
        shutil.copy(str(jar), str(DIST))
    (DIST / "RELEASE_NOTES.md").write_text(notes + "\n", encoding="utf-8")
    sums = DIST / "SHA256SUMS"
    files = sorted(each for each in DIST.iterdir() if each.suffix != ".sha256" and each != sums)
    sums.write_text("".join("%s  %s\n" % (hashlib.sha256(each.read_bytes()).hexdigest(), each.name) for each in files))
    if key:
        subprocess.run(["gpg", "--batch", "--yes", "--local-user", key, "--armor", "--detach-sign", str(sums)], check=True)


def _unreleased(changelog):
    """The text of the section Unreleased, without its heading."""
    found = re.search(r"^%s\n(.*?)(?=^## \[|\Z)" % re.escape(UNRELEASED), changelog, re.MULTILINE | re.DOTALL)
    if not found:
        raise Refused("CHANGELOG.md has no section Unreleased")
    return found.group(1).strip()


def _pom_version():
    """Of the project itself: the first <version> that does not belong to a parent."""
    text = re.sub(r"<parent>.*?</parent>", "", (PROJECT / "pom.xml").read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.search(r"<version>([^<]+)</version>", text).group(1)


def _reason(failure):
    if isinstance(failure, subprocess.CalledProcessError):
        return "%s ended with exit code %d" % (" ".join(failure.cmd), failure.returncode)
    return str(failure) or "interrupted"


def _git(*arguments):
    return subprocess.run(
        ["git", *arguments], cwd=str(PROJECT), stdout=subprocess.PIPE, universal_newlines=True, check=True
    ).stdout.strip()


if __name__ == "__main__":
    main()
