# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The release script, on a small project of its own with real Git, Maven and GnuPG."""

import hashlib
import os
import shutil
import subprocess

import pytest

from dsharness import places

POM = """<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.example</groupId>
  <artifactId>released</artifactId>
  <version>1.2.0-SNAPSHOT</version>
  <packaging>pom</packaging>
  <profiles>
    <profile>
      <id>release</id>
      <build>
        <plugins>
          <plugin>
            <groupId>org.apache.maven.plugins</groupId>
            <artifactId>maven-antrun-plugin</artifactId>
            <version>3.1.0</version>
            <executions>
              <execution>
                <phase>package</phase>
                <goals><goal>run</goal></goals>
                <configuration>
                  <target>
                    <echo file="dist/released-${project.version}.txt">built</echo>
                    <echo file="task-a/target/a-${project.version}.jar">classes</echo>
                    <echo file="task-a/target/a-${project.version}-sources.jar">sources</echo>
                    <echo file="task-a/target/a-${project.version}-javadoc.jar">pages</echo>
                    <fail if="broken" message="broken"/>
                  </target>
                </configuration>
              </execution>
            </executions>
          </plugin>
        </plugins>
      </build>
    </profile>
  </profiles>
</project>
"""

CHANGELOG = "# Changelog\n\n## [Unreleased]\n%s\n## [1.1.0] - 2026-01-01\n\n- Old.\n"
NEWS = "\n### Added\n\n- Something new.\n"


class Repository:
    def __init__(self, directory):
        self.directory = directory
        directory.mkdir()
        (directory / ".ci").mkdir()
        shutil.copy(str(places.PROJECT / ".ci" / "release.py"), str(directory / ".ci"))
        self.git("init", "--quiet")
        for name, value in (("user.name", "Release"), ("user.email", "release@example.org"), ("commit.gpgSign", "false")):
            self.git("config", name, value)
        self.write(".gitignore", "/dist/\ntarget/\n")
        self.write("pom.xml", POM)
        self.write("CHANGELOG.md", CHANGELOG % NEWS)
        self.write(".ci/run", "exit 0\n")
        self.commit()

    def git(self, *arguments):
        return subprocess.run(
            ["git", *arguments], cwd=str(self.directory), stdout=subprocess.PIPE, universal_newlines=True, check=True
        ).stdout.strip()

    def write(self, name, text):
        (self.directory / name).write_text(text, encoding="utf-8")

    def read(self, name):
        return (self.directory / name).read_text(encoding="utf-8")

    def commit(self):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Change")

    def release(self, *arguments, **options):
        return subprocess.run(
            ["python3", str(self.directory / ".ci" / "release.py"), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            check=False,
            **options,
        )


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path / "repository")


def refused(repository, sentence, *arguments):
    before = repository.git("rev-parse", "HEAD")
    done = repository.release(*(arguments or ("1.2.0",)))
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1].endswith("release.py: " + sentence)
    assert (repository.git("rev-parse", "HEAD"), repository.git("tag")) == (before, "")


def test_a_dirty_tree_is_refused(repository):
    repository.write("new.txt", "")
    refused(repository, "the working tree has changes that are not committed")


def test_an_empty_section_is_refused(repository):
    repository.write("CHANGELOG.md", CHANGELOG % "")
    repository.commit()
    refused(repository, "the section Unreleased of CHANGELOG.md is empty")


def test_a_red_run_is_refused(repository):
    repository.write(".ci/run", "exit 1\n")
    repository.commit()
    refused(repository, ".ci/run is red")


def test_another_version_is_refused(repository):
    refused(repository, "pom.xml has version 1.2.0-SNAPSHOT; a release of 1.3.0 is made from 1.3.0-SNAPSHOT", "1.3.0")


def test_what_is_not_a_version_is_refused(repository):
    refused(repository, "error: v1.2: not a release version; right is one such as 0.2.0", "v1.2")


@pytest.mark.skipif(shutil.which("mvn") is None, reason="needs Maven")
def test_a_failed_build_leaves_everything_as_it_was(repository):
    repository.write("pom.xml", POM.replace('if="broken"', ""))
    repository.commit()
    refused(repository, "mvn -B -ntp -Prelease clean verify -DskipTests ended with exit code 1; branch and tags are as before")
    assert repository.git("status", "--porcelain") == ""


@pytest.mark.skipif(shutil.which("mvn") is None or shutil.which("gpg") is None, reason="needs Maven and GnuPG")
def test_a_release(repository, tmp_path):
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    key = "Release <release@example.org>"
    gpg = ["gpg", "--homedir", str(home), "--batch", "--quiet"]
    subprocess.run(gpg + ["--passphrase", "", "--quick-generate-key", key], check=True)
    try:
        done = repository.release("1.2.0", "--next", "2.0.0-SNAPSHOT", "--key", key, env=dict(os.environ, GNUPGHOME=str(home)))
        assert done.returncode == 0, done.stderr
        dist = repository.directory / "dist"
        subprocess.run(gpg + ["--verify", str(dist / "SHA256SUMS.asc"), str(dist / "SHA256SUMS")], check=True)
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)
    sums = dict(reversed(line.split("  ")) for line in (dist / "SHA256SUMS").read_text().splitlines())
    names = {"RELEASE_NOTES.md", "a-1.2.0-javadoc.jar", "a-1.2.0-sources.jar", "released-1.2.0.txt"}
    assert set(sums) == names
    assert sums["released-1.2.0.txt"] == hashlib.sha256(b"built").hexdigest()
    assert repository.git("log", "--format=%s", "-3").splitlines() == ["Begin 2.0.0-SNAPSHOT", "Release 1.2.0", "Change"]
    assert repository.git("log", "--format=%s", "-1", "v1.2.0") == "Release 1.2.0"
    assert repository.git("tag", "--list", "--format=%(contents)", "v1.2.0") == NEWS.strip()
    assert "<version>2.0.0-SNAPSHOT</version>" in repository.read("pom.xml")
    released = repository.git("show", "v1.2.0:CHANGELOG.md")
    assert "## [Unreleased]\n\n## [1.2.0] - 20" in released and released.index("[1.2.0]") < released.index("Something new")
    assert repository.git("status", "--porcelain") == ""
