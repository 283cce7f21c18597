# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The operator's command, run from jars in a DolphinScheduler installation."""

import json
import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import tempfile
import zipfile

import pytest
from conftest import answers_at
from started_program import ENOUGH, RESOURCES

from dolphinml.mlflow.deploy.state import places
from dsharness.processes import python_path


def installed(directory, operators, before=()):
    """operator(*arguments, code=0, **environment) -> what the command of an installation in the directory says."""
    home = directory / "dolphinscheduler/worker-server"
    (home / "libs").mkdir(parents=True)
    (home / "conf").mkdir()
    (home / "conf/common.properties").write_text("ml.mlflow.stateDir=%s\n" % operators)
    jars = []
    for number, resources in enumerate(RESOURCES):
        jars.append(str(home / "libs" / ("dolphinml-%d.jar" % number)))
        with zipfile.ZipFile(jars[-1], "w") as archive:
            archive.writestr("dolphinml/", "")
            if (resources / "mlflow").exists():
                archive.writestr("dolphinml/mlflow/", "")
            for file in sorted(resources.glob("**/*.py")):
                archive.write(str(file), str(file.relative_to(resources.parent)))

    def run(*arguments, code=0, **environment):
        done = subprocess.run(
            [*before, sys.executable, "-B", "-m", "dolphinml.deployments", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            cwd=str(directory),
            timeout=ENOUGH,
            env=dict(os.environ, PYTHONPATH=python_path(*jars), **environment),
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    return run


@pytest.fixture
def operator(tmp_path, deployer):
    return installed(tmp_path, deployer.operators)


def test_a_deployment_is_listed_shown_and_stopped(operator, deployer, port):
    assert operator("list") == "0 deployments on this machine\n"
    deployer.run(model="models:/answers/1", port=port, name="it")
    listed = operator("list").split("\n")
    assert listed[0].split()[:4] == ["NAME", "USER", "TYPE", "MODEL"]
    assert listed[1].split()[0] == "it" and "models:/answers/1" in listed[1] and "healthy, server process" in listed[1]
    assert listed[2] == "1 deployment on this machine"
    described = operator("status", "it")
    assert "endpoint    http://127.0.0.1:%d" % port in described
    assert "by          task 'a task' of workflow instance 12" in described
    assert operator("--user", "nobody", "list") == "0 deployments on this machine\n"
    assert "There is no deployment 'that'; there are: it" in operator("status", "that", code=1)
    assert operator("stop", "it") == "Deployment 'it' (models:/answers/1) is stopped\n"
    assert answers_at(port) is None and deployer.record("it") is None
    assert "there are none" in operator("stop", "it", code=1)


class Tenant:
    """A user of this machine with hand-made deployments."""

    def __init__(self, directory):
        known = pwd.getpwnam("nobody")
        self.number, self.group = known.pw_uid, known.pw_gid
        self.groups = set(os.getgrouplist(known.pw_name, known.pw_gid))
        self._state = pathlib.Path(places.of_user(str(directory / known.pw_name)))
        self._state.mkdir(parents=True)
        self.own(self._state.parent)
        self.own(self._state)

    def own(self, path):
        os.chown(str(path), self.number, self.group, follow_symlinks=False)
        return path

    def deployment(self, folder, **fields):
        directory = self._state / folder
        directory.mkdir()
        self.own(directory)
        known = {
            "name": folder,
            "deployType": "MLFLOW",
            "endpoint": "http://localhost:1",
            "since": "today",
            "model": {"uri": "models:/m/1"},
        }
        (directory / "record.json").write_text(json.dumps(dict(known, **fields)))
        self.own(directory / "record.json")
        return directory

    def process(self, marker, **options):
        """One that lives until it is ended, with the mark of a deployment."""
        return subprocess.Popen(["sleep", "900"], env=dict(os.environ, DOLPHINML_RUN=marker), **options)


@pytest.mark.skipif(os.getuid() != 0, reason="only root acts for other users")
class TestRootAndATenantsFiles:
    """What a tenant's files hold reaches no further than the tenant, also when root looks at them or stops what they name."""

    @pytest.fixture
    def machine(self):
        directory = pathlib.Path(tempfile.mkdtemp(prefix="dolphinml-operator-"))
        directory.chmod(0o755)
        (directory / "state").mkdir()
        yield directory
        shutil.rmtree(str(directory))

    @pytest.fixture
    def operator(self, machine):
        return installed(machine, machine / "state")

    @pytest.fixture
    def tenant(self, machine):
        return Tenant(machine / "state")

    def test_a_named_pipe_for_a_record(self, operator, tenant):
        directory = tenant.deployment("pipe")
        (directory / "record.json").unlink()
        os.mkfifo(str(directory / "record.json"))
        tenant.own(directory / "record.json")
        tenant.deployment("fine")
        assert operator("list").endswith("1 deployment on this machine\n")

    def test_a_record_that_is_a_link_or_of_another_shape(self, operator, tenant, machine):
        (machine / "private").write_text(json.dumps({"name": "link"}))
        directory = tenant.deployment("link")
        (directory / "record.json").unlink()
        (directory / "record.json").symlink_to(machine / "private")
        tenant.deployment("numbers", since=7)
        tenant.deployment("other", name="../other")
        assert operator("list") == "0 deployments on this machine\n"

    def test_a_lock_that_leads_to_what_only_root_may_make(self, operator, tenant, machine):
        directory = tenant.deployment("trap")
        (directory / "lock").symlink_to(machine / "nologin")
        operator("stop", "trap", code=1)
        assert not (machine / "nologin").exists()

    def test_a_mark_of_another_users_process(self, operator, tenant):
        foreign = tenant.process("forged")
        own = tenant.process("forged", user=tenant.number, group=tenant.group, extra_groups=[])
        try:
            tenant.deployment("marked", marker="forged")
            assert "Deployment 'marked' (models:/m/1) is stopped" in operator("stop", "marked")
            assert foreign.poll() is None
            assert own.wait(ENOUGH) == -15
        finally:
            for each in (foreign, own):
                each.kill()
                each.wait()
        assert operator("list") == "0 deployments on this machine\n"

    def test_programs_run_as_the_tenant_in_its_groups_without_a_terminal(self, operator, tenant, machine):
        tools = machine / "tools"
        tools.mkdir()
        said = machine / "said"
        said.touch()
        tenant.own(said)
        (tools / "docker").write_text(
            "#!/bin/sh\necho $(id -u) $(id -G | tr ' ' ,) $USER ${SECRET-none} $(cut -d' ' -f6 /proc/self/stat) >>%s\n" % said
        )
        (tools / "docker").chmod(0o755)
        tenant.deployment("composed", deployType="DOCKER COMPOSE", composeFile="evil.yml", host="0.0.0.0", port=1)
        assert "composed" in operator("list", PATH="%s:%s" % (tools, os.environ["PATH"]), SECRET="of root")
        operator("stop", "composed", PATH="%s:%s" % (tools, os.environ["PATH"]), SECRET="of root")
        seen = [line.split() for line in said.read_text().splitlines()]
        assert len(seen) >= 2
        for number, groups, name, secret, session in seen:
            assert (number, name, secret) == (str(tenant.number), "nobody", "none")
            assert set(map(int, groups.split(","))) == tenant.groups
            assert int(session) != os.getsid(0), "it has root's terminal"

    def test_what_would_move_the_cursor_is_not_printed(self, operator, tenant):
        tenant.deployment("loud", model={"uri": "models:/m/1\x1b[2J\nfalse line"})
        said = operator("list") + operator("status", "loud", code=1)
        assert "\x1b" not in said and "\nfalse" not in said and "models:/m/1" in said

    def test_what_root_may_not_do_for_a_user_is_one_sentence(self, tenant, machine):
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("NO SETPRIV: a root that may not become another user is not tested")
        operator = installed(machine, machine / "state", [setpriv, "--bounding-set=-setuid,-setgid"])
        tenant.deployment("it")
        assert operator("list", code=1) == (
            "0 deployments on this machine\nThe deployments of user 'nobody' cannot be listed: This process may not become "
            "user 'nobody' (Operation not permitted), and does nothing to what is that user's; run this command as that user\n"
        )
