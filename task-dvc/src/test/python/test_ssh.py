# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Git and the store over SSH: with OpenSSH where this machine has its server, and with a server in Python everywhere."""

import os
import pwd
import shutil
import subprocess
import sys
import textwrap

import pytest
from conftest import git, tags, wait_until

from dsharness.ports import free_port

USER = pwd.getpwuid(os.geteuid()).pw_name

#: A server that knows one key, runs what git asks for and serves files: python3 -c SERVER PORT HOST_KEY AUTHORIZED_KEYS.
SERVER = textwrap.dedent("""
    import asyncio, sys
    import asyncssh

    async def work(process):
        command = await asyncio.create_subprocess_shell(process.command, stdin=-1, stdout=-1, stderr=-1)
        await process.redirect(command.stdin, command.stdout, command.stderr)
        process.exit(await command.wait())

    async def main():
        await asyncssh.listen("127.0.0.1", int(sys.argv[1]), server_host_keys=[sys.argv[2]],
                              authorized_client_keys=sys.argv[3], process_factory=work, encoding=None,
                              sftp_factory=True, allow_scp=False)
        await asyncio.Event().wait()

    asyncio.run(main())
""")


def openssh(folder, port):
    """The command of OpenSSH's server."""
    sshd = os.environ.get("DOLPHINML_TEST_SSHD") or shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin")
    if sshd is None:
        pytest.skip("OpenSSH's server sshd is not installed on this machine")
    if os.geteuid() == 0:
        # Where it goes with the connections that are not yet somebody's.
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    (folder / "sshd_config").write_text(
        textwrap.dedent(
            """
        ListenAddress 127.0.0.1:%d
        HostKey %s
        AuthorizedKeysFile %s
        PidFile none
        StrictModes no
        UsePAM no
        PermitRootLogin yes
        PasswordAuthentication no
        Subsystem sftp internal-sftp
    """
            % (port, folder / "host", folder / "client.pub")
        )
    )
    return [sshd, "-D", "-e", "-f", str(folder / "sshd_config")]


def in_python(folder, port):
    pytest.importorskip("asyncssh", reason="asyncssh, which comes with dvc-ssh, is not installed")
    return [sys.executable, "-c", SERVER, str(port), str(folder / "host"), str(folder / "client.pub")]


@pytest.fixture(params=[openssh, in_python], ids=["openssh", "python"])
def ssh(request, tmp_path, runner, other):
    """The port of an SSH server that lets the runners in by their key."""
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    port = free_port()
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(request.param(folder, port), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    (folder / "known_hosts").write_text("[127.0.0.1]:%d %s" % (port, (folder / "host.pub").read_text()))
    (folder / ".ssh").mkdir()
    (folder / ".ssh" / "config").write_text(
        "Host 127.0.0.1\n  Port %d\n  User %s\n  IdentityFile %s\n  UserKnownHostsFile %s\n  IdentitiesOnly yes\n"
        % (port, USER, folder / "client", folder / "known_hosts")
    )
    command = "ssh -o BatchMode=yes -F '%s'" % (folder / ".ssh" / "config")
    for each in (runner, other):
        each.variables.update(HOME=str(folder), GIT_SSH_COMMAND=command)

    def answers():
        assert server.poll() is None, (folder / "log").read_text(errors="replace")
        return (
            subprocess.run(
                command.split()[:3] + ["-F", str(folder / ".ssh" / "config"), "127.0.0.1", "true"],
                stdin=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            ).returncode
            == 0
        )

    try:
        wait_until(answers, what="the SSH server answers")
        yield port
    finally:
        server.terminate()
        server.wait()


def test_a_repository_and_a_store_over_ssh(runner, other, bare, ssh, tmp_path):
    for each in (runner, other):
        each.repository = "ssh://%s@127.0.0.1%s" % (USER, bare)
    ended = runner.run("init", storeUrl="ssh://%s@127.0.0.1%s" % (USER, tmp_path / "store of ssh"))
    assert ended.code == 0, ended.log
    uploaded = runner.upload({"a": "1", "b/c": "22"}, path="images", location="images").outputs
    assert tags(bare) == ["v1"]
    assert len([path for path in (tmp_path / "store of ssh").rglob("*") if path.is_file()]) == 3
    downloaded = other.download(path="images", location="images").outputs
    assert downloaded["md5"] == uploaded["md5"]
    assert (other.directory / "images/b/c").read_text() == "22"
    assert other.run("check", version="v1", location="images", pollInterval=1).outputs["md5"] == uploaded["md5"]


def test_a_key_that_the_server_does_not_know_is_the_reason(runner, bare, ssh, tmp_path, store):
    (tmp_path / "ssh" / "client").unlink()
    runner.repository = "ssh://%s@127.0.0.1%s" % (USER, bare)
    fault = runner.run("init", storeUrl=str(store)).fault
    assert fault.startswith("dvcRepository: %s cannot be read: " % runner.repository)
    assert "Permission denied" in fault
    assert git("--git-dir", bare, "for-each-ref") == ""
