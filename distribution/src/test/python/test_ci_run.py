# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The arguments of .ci/run: what it does not know ends it before it touches anything."""

import subprocess

import pytest

from dsharness import places


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["jvaa"], "jvaa: unknown stage; known are docs java python integration newest"),
        (["docs", "--fast"], "--fast: unknown stage; known are docs java python integration newest"),
        (["--require", "podman"], "--require: unknown part podman; known are docker compose sudo pstree cc debootstrap etcd"),
        (["--require"], "--require: needs a list of parts; known are docker compose sudo pstree cc debootstrap etcd"),
    ],
)
def test_an_unknown_argument_ends_the_run_at_once(tmp_path, arguments, sentence):
    # A copy, so that the run that this test is part of keeps its logs whatever happens here.
    (tmp_path / ".ci").mkdir()
    script = tmp_path / ".ci" / "run"
    script.write_bytes((places.PROJECT / ".ci" / "run").read_bytes())
    done = subprocess.run(
        ["bash", str(script), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", ".ci/run: %s\n" % sentence)
    assert sorted(each.name for each in tmp_path.iterdir()) == [".ci"]


@pytest.fixture
def bare_machine(tmp_path):
    """Gives a function that runs a copy of the script as a user who is not root, on a PATH with the tools that the script itself
    needs and with these programs; returns what it prints. It must end with exit code 1."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "date", "dirname", "mkdir", "rm", "touch", "cat", "env"):
        (tools / name).symlink_to(
            subprocess.run(
                ["bash", "-c", "command -v " + name], stdout=subprocess.PIPE, universal_newlines=True, check=True
            ).stdout.strip()
        )
    (tmp_path / ".ci").mkdir()
    script = tmp_path / ".ci" / "run"
    script.write_bytes((places.PROJECT / ".ci" / "run").read_bytes())

    def run(*arguments, programs=(), **environment):
        for name, text in dict(programs, id="echo 1000").items():
            (tools / name).write_text("#!%s\n%s\n" % (tools / "bash", text))
            (tools / name).chmod(0o755)
        done = subprocess.run(
            [str(tools / "bash"), str(script), *arguments],
            env=dict(environment, PATH=str(tools), HOME=str(tmp_path)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            check=False,
        )
        assert done.returncode == 1, done.stdout
        return done.stdout.rstrip()

    return run


def test_a_missing_required_part_is_red(bare_machine):
    printed = bare_machine("--require", "docker,pstree", "docs")
    assert printed.endswith("this machine lacks docker pstree, which --require or CI=true ask for")


def test_ci_installs_through_sudo_what_is_missing_and_requires_all_of_it(bare_machine, tmp_path):
    """The sudo is the one of a hosted runner; this apt-get installs nothing."""
    programs = {"sudo": '[ "$1" = -n ] && shift && "$@"', "apt-get": 'echo "$@" >>%s' % (tmp_path / "installed")}
    printed = bare_machine("--require", "etcd", "docs", programs=programs)
    assert printed.endswith("this machine lacks etcd, which --require or CI=true ask for")
    assert not (tmp_path / "installed").exists()
    printed = bare_machine("docs", programs=programs, CI="true")
    assert printed.endswith("this machine lacks docker compose pstree cc debootstrap etcd, which --require or CI=true ask for")
    assert (tmp_path / "installed").read_text() == (
        "update\ninstall -y --no-install-recommends psmisc docker-compose docker.io iptables gcc libc6-dev debootstrap"
        " etcd-server openssl\n"
    )
