# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""install.sh on installations of every line."""

import os
import shutil
import stat

import homes
import pytest
from conftest import run

from dsharness import bundle

JARS = [
    "dolphinml-task-%s-%s.jar" % (name, bundle.version())
    for name in ("dvc", "jupyter", "kubeflow", "ml-common", "mlflow", "openmldb")
]
NOBODY = 65534


@pytest.fixture(params=homes.LAYOUTS)
def layout(request, tmp_path):
    """The home of a layout, and where our jars belong in it."""
    build, version, places = homes.LAYOUTS[request.param]
    return build(tmp_path / "a home", version), places


@pytest.fixture
def release(tmp_path):
    return homes.release(tmp_path / "a home", "3.1.9")


def contents(home):
    """Every file under home with its bytes; links with where they lead."""
    found = {}
    for path in sorted(home.rglob("*")):
        name = str(path.relative_to(home))
        found[name] = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
    return found


def ours(home):
    """Where our jars are: {directory: names}."""
    found = {}
    for path in sorted(home.rglob("dolphinml-*.jar")):
        found.setdefault(str(path.parent.relative_to(home)), []).append(path.name)
    return found


def old_version(directory, version="0.0.9", names=("jupyter", "ml-common")):
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        (directory / ("dolphinml-task-%s-%s.jar" % (name, version))).write_bytes(b"old")


def test_installs_where_every_server_finds_the_jars_once(unpacked, layout):
    home, places = layout
    before = contents(home)
    ended = run(unpacked / "install.sh", home)
    assert ended.code == 0, ended.err
    assert ended.err == ""
    assert ours(home) == dict.fromkeys(sorted(places), JARS)
    for place in places:
        for jar in JARS:
            assert (home / place / jar).read_bytes() == (unpacked / "lib" / jar).read_bytes()
            assert stat.S_IMODE((home / place / jar).stat().st_mode) == 0o644
    left = {name: content for name, content in contents(home).items() if "dolphinml-" not in name}
    assert left == before, "something of the installation itself was changed"
    assert "Restart" in ended.last


def test_a_second_run_changes_nothing(unpacked, layout):
    home, places = layout
    run(unpacked / "install.sh", home)
    times = {path: path.stat().st_mtime_ns for path in home.rglob("*.jar")}
    ended = run(unpacked / "install.sh", home)
    assert (ended.code, ended.err) == (0, "")
    assert "Nothing to do: version %s is installed in" % bundle.version() in ended.out
    assert {path: path.stat().st_mtime_ns for path in home.rglob("*.jar")} == times


def test_a_dry_run_shows_everything_and_changes_nothing(unpacked, layout):
    home, places = layout
    before = contents(home)
    ended = run(unpacked / "install.sh", "--dry-run", home)
    assert ended.code == 0
    assert contents(home) == before
    for place in places:
        assert str(home / place) in ended.out
    for jar in JARS:
        assert ended.out.count("add      " + jar) == len(places)
    assert ended.last == "Nothing was changed: this was a dry run."


def test_uninstall_leaves_the_installation_as_it_was(unpacked, layout):
    home, places = layout
    before = contents(home)
    run(unpacked / "install.sh", home)
    assert contents(home) != before
    dry = run(unpacked / "install.sh", "--uninstall", "--dry-run", home)
    assert dry.code == 0 and ours(home)
    ended = run(unpacked / "install.sh", "--uninstall", home)
    assert ended.code == 0, ended.err
    assert contents(home) == before
    again = run(unpacked / "install.sh", "--uninstall", home)
    assert (again.code, again.last) == (0, "Nothing to do: these plugins are not installed.")


def test_replaces_an_older_version(unpacked, layout):
    home, places = layout
    for place in places:
        old_version(home / place)
    ended = run(unpacked / "install.sh", home)
    assert ended.code == 0, ended.err
    assert ours(home) == dict.fromkeys(sorted(places), JARS)
    assert ended.out.count("remove   dolphinml-task-jupyter-0.0.9.jar") == len(places)


def test_replaces_a_damaged_jar_of_the_same_version(unpacked, release):
    run(unpacked / "install.sh", release)
    jar = release / "worker-server" / "libs" / JARS[0]
    jar.write_bytes(b"damaged")
    ended = run(unpacked / "install.sh", release)
    assert ended.code == 0
    assert "replace  " + JARS[0] in ended.out
    assert jar.read_bytes() == (unpacked / "lib" / JARS[0]).read_bytes()


def test_a_running_server_keeps_the_jar_that_it_has_open(unpacked, release):
    directory = release / "worker-server" / "libs"
    directory.joinpath(JARS[0]).write_bytes(b"of the running server")
    with open(directory / JARS[0], "rb") as held:
        assert run(unpacked / "install.sh", release).code == 0
        assert held.read() == b"of the running server"


def release_of(version):
    return version.replace("-SNAPSHOT", "")


def newer_versions():
    """The next minor version, whose number a comparison of texts would take for smaller, and what is developed after it."""
    major, minor, _ = release_of(bundle.version()).split(".")
    following = "%s.%d.0" % (major, int(minor) * 10 + 10)
    return [following, following + "-SNAPSHOT"]


@pytest.mark.parametrize("version", newer_versions())
def test_a_newer_version_is_replaced_only_on_request(unpacked, release, version):
    for server in homes.SERVERS:
        old_version(release / server / "libs", version)
    before = contents(release)
    ended = run(unpacked / "install.sh", release)
    assert ended.code == 1
    assert "%s.jar is newer than this version, %s; with --downgrade it is replaced" % (version, bundle.version()) in ended.last
    assert contents(release) == before
    assert run(unpacked / "install.sh", "--downgrade", release).code == 0
    assert ours(release) == {"%s/libs" % server: JARS for server in homes.SERVERS}


def renamed(copy, version):
    """The archive as that version of it would be."""
    for jar in (copy / "lib").iterdir():
        jar.rename(jar.with_name(jar.name.replace(bundle.version(), version)))
    sums = copy / "SHA256SUMS"
    sums.write_text(sums.read_text().replace("-%s.jar" % bundle.version(), "-%s.jar" % version))
    return copy


def test_a_release_replaces_its_own_snapshot(own_copy, release):
    version = release_of(bundle.version())
    old_version(release / "worker-server" / "libs", version + "-SNAPSHOT")
    assert run(renamed(own_copy, version) / "install.sh", release).code == 0
    assert ours(release)["worker-server/libs"] == [jar.replace(bundle.version(), version) for jar in JARS]


def test_a_snapshot_replaces_its_release_only_on_request(own_copy, release):
    version = release_of(bundle.version())
    old_version(release / "worker-server" / "libs", version)
    ended = run(renamed(own_copy, version + "-SNAPSHOT") / "install.sh", release)
    assert ended.code == 1
    assert "is newer than this version, %s-SNAPSHOT;" % version in ended.last


def test_jars_from_before_an_upgrade_of_dolphinscheduler_go(unpacked, tmp_path):
    home = homes.plugin_release(tmp_path / "home", "3.4.0")
    for server in homes.SERVERS:
        old_version(home / server / "libs", bundle.version())
    assert run(unpacked / "install.sh", home).code == 0
    assert ours(home) == {"plugins/task-plugins": JARS}


def test_the_plugin_directory_is_made_where_a_release_has_none_yet(unpacked, tmp_path):
    home = homes.shared_release(tmp_path / "home", "3.4.1")
    assert run(unpacked / "install.sh", home).code == 0
    assert ours(home) == {"plugins/task-plugins": JARS}


def test_one_server_of_a_release_with_plugins_uses_their_directory(unpacked, tmp_path):
    home = homes.plugin_release(tmp_path / "home", "3.3.2")
    ended = run(unpacked / "install.sh", home / "worker-server")
    assert ended.code == 0, ended.err
    assert ours(home) == {"plugins/task-plugins": JARS}


def test_plugins_beside_a_home_are_none_of_its_business(unpacked, tmp_path):
    home = homes.container(tmp_path / "home", "3.3.2")
    old_version(tmp_path / "plugins" / "task-plugins")
    before = contents(tmp_path / "plugins")
    assert run(unpacked / "install.sh", home).code == 0
    assert ours(home) == {"libs": JARS}
    assert contents(tmp_path / "plugins") == before


def test_libs_that_are_one_directory_get_the_jars_once(unpacked, tmp_path):
    home = homes.release(tmp_path / "home", "3.2.0")
    for server in ("api-server", "master-server"):
        for jar in (home / server / "libs").iterdir():
            jar.unlink()
        (home / server / "libs").rmdir()
        (home / server / "libs").symlink_to(home / "worker-server" / "libs")
    ended = run(unpacked / "install.sh", home)
    assert ended.code == 0
    assert ended.out.count("add      " + JARS[0]) == 1


def test_only_the_servers_that_are_there(unpacked, tmp_path):
    home = tmp_path / "home"
    homes.put(home / "worker-server" / "libs", homes.LOADED_BY_ALL, "3.1.7")
    assert run(unpacked / "install.sh", home).code == 0
    assert ours(home) == {"worker-server/libs": JARS}


def test_to_a_directory_and_nowhere_else(unpacked, tmp_path):
    first, second = tmp_path / "one place", tmp_path / "another"
    first.mkdir()
    second.mkdir()
    ended = run(unpacked / "install.sh", "--to", first, "--to=%s" % second)
    assert ended.code == 0, ended.err
    assert sorted(each.name for each in first.iterdir()) == JARS == sorted(each.name for each in second.iterdir())
    assert run(unpacked / "install.sh", "--uninstall", "--to", first).code == 0
    assert list(first.iterdir()) == [] and len(list(second.iterdir())) == len(JARS)


def test_the_home_may_come_from_the_environment_and_through_a_link(unpacked, release, tmp_path):
    (tmp_path / "link").symlink_to(release)
    ended = run(unpacked / "install.sh", DOLPHINSCHEDULER_HOME=str(tmp_path / "link"))
    assert ended.code == 0, ended.err
    assert len(ours(release)) == 3


def test_an_unknown_line_is_reported_with_what_is_assumed(unpacked, tmp_path):
    home = homes.plugin_release(tmp_path / "home", "3.5.0")
    ended = run(unpacked / "install.sh", home)
    assert ended.code == 0
    assert ended.err.startswith("install.sh: warning: ")
    assert "DolphinScheduler 3.5.0, and these plugins know 3.1 to 3.4; assumed that it loads plugins as 3.4" in ended.err
    assert ours(home) == {"plugins/task-plugins": JARS}


def test_a_development_build_is_taken_as_its_directories_say(unpacked, tmp_path):
    home = homes.release(tmp_path / "home", "dev-SNAPSHOT")
    ended = run(unpacked / "install.sh", home)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(
        "DolphinScheduler dev-SNAPSHOT, a development build that is installed as its directories say, in "
    )
    assert ours(home) == {"%s/libs" % server: JARS for server in homes.SERVERS}


def test_jars_of_two_versions_of_dolphinscheduler_are_reported(unpacked, release):
    homes.put(release / "worker-server" / "libs", ["dolphinscheduler-task-api"], "3.1.4")
    ended = run(unpacked / "install.sh", release)
    assert ended.code == 0
    assert "has jars of DolphinScheduler 3.1.4 3.1.9; assumed that it is 3.1.9" in ended.err


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        (["{tmp}/nowhere"], 1, "{tmp}/nowhere is not a directory; name the home of DolphinScheduler"),
        (["{tmp}"], 1, "has no DolphinScheduler: no dolphinscheduler-task-api jar in *-server/libs or libs; name the"),
        ([], 2, "name the home of DolphinScheduler, or set DOLPHINSCHEDULER_HOME"),
        (["--to"], 2, "--to needs a directory"),
        (["--to", "{tmp}/nowhere"], 1, "{tmp}/nowhere, named with --to, is not a directory"),
        (["--to", "{tmp}", "{tmp}"], 2, "name a home or --to, not both"),
        (["{tmp}", "{tmp}"], 2, "two homes are named"),
        (["--force", "{tmp}"], 2, "--force is not known"),
    ],
)
def test_wrong_arguments_are_one_sentence(unpacked, tmp_path, arguments, code, words):
    ended = run(unpacked / "install.sh", *(each.format(tmp=tmp_path) for each in arguments))
    assert ended.code == code
    assert ended.err.startswith("install.sh: ") and words.format(tmp=tmp_path) in ended.err
    assert ended.err.count("\n") == 1


def test_a_line_that_is_too_old_is_refused(unpacked, tmp_path):
    home = homes.release(tmp_path / "home", "3.0.6")
    before = contents(home)
    ended = run(unpacked / "install.sh", home)
    assert ended.code == 1
    assert ended.last.endswith("is DolphinScheduler 3.0.6; these plugins need 3.1 or newer")
    assert contents(home) == before


@pytest.mark.parametrize(
    "spoil, words",
    [
        (lambda copy: (copy / "lib" / JARS[2]).write_bytes(b"other"), "the archive is damaged or was changed; unpack it again"),
        (lambda copy: (copy / "SHA256SUMS").unlink(), "SHA256SUMS is missing; unpack the archive again"),
        (lambda copy: (copy / "lib" / "dolphinml-task-evil-1.0.jar").write_bytes(b""), "damaged or was changed"),
        (lambda copy: [jar.unlink() for jar in (copy / "lib").iterdir()], "there are no jars in"),
    ],
)
def test_a_spoilt_archive_is_not_installed(own_copy, release, spoil, words):
    before = contents(release)
    spoil(own_copy)
    ended = run(own_copy / "install.sh", release)
    assert ended.code == 1
    assert words in ended.last
    assert contents(release) == before


def test_works_from_a_path_with_a_space(own_copy, release):
    assert run(own_copy / "install.sh", release).code == 0
    assert len(ours(release)) == 3


@pytest.mark.skipif(os.getuid() != 0, reason="only root can act as another user")
class TestAsAnotherUser:
    def test_the_owner_of_the_installation_needs_no_root(self, unpacked, release):
        for path in [release, *release.rglob("*")]:
            os.chown(path, NOBODY, NOBODY)
        ended = run(unpacked / "install.sh", release, user=NOBODY)
        assert ended.code == 0, ended.err
        assert len(ours(release)) == 3

    def test_a_user_who_may_not_write_learns_who_may_and_nothing_is_changed(self, unpacked, release):
        os.chown(release / "api-server" / "libs", NOBODY, NOBODY)
        before = contents(release)
        ended = run(unpacked / "install.sh", release, user=NOBODY)
        assert ended.code == 1
        assert "may not write to %s; run this as root" % (release / "master-server" / "libs") in ended.last
        assert ended.last.endswith("Nothing was changed")
        assert contents(release) == before

    def test_root_leaves_jars_to_the_owner_of_the_installation(self, unpacked, release):
        for path in [release, *release.rglob("*")]:
            os.chown(path, 1234, 1235)
        assert run(unpacked / "install.sh", release).code == 0
        for server in homes.SERVERS:
            status = (release / server / "libs" / JARS[0]).stat()
            assert (status.st_uid, status.st_gid) == (1234, 1235)


class TestAHostileOwnerOfTheDirectory:
    """What the owner of libs can lead elsewhere; for root this is another user."""

    @pytest.fixture
    def libs(self, release):
        libs = release / "worker-server" / "libs"
        if os.getuid() == 0:
            os.chown(libs, NOBODY, NOBODY)
        return libs

    @pytest.fixture
    def victim(self, tmp_path):
        """A file of whoever installs, which nobody else may write."""
        victim = tmp_path / "victim"
        victim.write_text("precious")
        victim.chmod(0o600)
        before = victim.stat()
        yield victim
        after = victim.stat()
        assert victim.read_text() == "precious"
        assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)

    def installed(self, unpacked, libs):
        for jar in JARS:
            assert not (libs / jar).is_symlink() and (libs / jar).read_bytes() == (unpacked / "lib" / jar).read_bytes()
            assert (libs / jar).stat().st_uid == libs.stat().st_uid

    def test_names_made_of_the_number_of_the_process(self, unpacked, libs, victim, tmp_path):
        planter = tmp_path / "planter"
        planter.write_text('for jar in %s; do ln -s "$2" "$3/.$jar.$$"; done\nexec bash "$1" --to "$3"\n' % " ".join(JARS))
        ended = run(planter, unpacked / "install.sh", victim, libs)
        assert ended.code == 0, ended.err
        assert len([each for each in libs.iterdir() if each.is_symlink()]) == len(JARS), "nothing was planted"
        self.installed(unpacked, libs)

    def test_a_copy_that_is_exchanged_for_a_link_while_it_is_made(self, unpacked, libs, victim, tmp_path):
        tools = tmp_path / "tools"
        tools.mkdir()
        (tools / "cat").write_text(
            '#!/bin/sh\nfor made in .dolphinml.*; do ln -sf %s "$made"; done\nexec %s "$@"\n' % (victim, shutil.which("cat"))
        )
        (tools / "cat").chmod(0o755)
        ended = run(unpacked / "install.sh", "--to", libs, PATH="%s:%s" % (tools, os.environ["PATH"]))
        assert ended.code == 1
        assert "%s is not the file that was put there: another process is changing %s" % (libs / JARS[0], libs) in ended.last

    def test_jars_that_are_links_to_a_file_and_to_a_directory(self, unpacked, libs, victim, tmp_path):
        (tmp_path / "elsewhere").mkdir()
        (libs / JARS[0]).symlink_to(victim)
        (libs / JARS[1]).symlink_to(tmp_path / "elsewhere")
        os.mkfifo(str(libs / JARS[2]))
        ended = run(unpacked / "install.sh", "--to", libs)
        assert ended.code == 0, ended.err
        self.installed(unpacked, libs)
        assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this machine has no /dev/full")
def test_a_copy_that_fails_is_reported_and_leaves_no_half_jar(unpacked, release, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "cat").write_text("#!/bin/sh\nprintf half\nprintf more > /dev/full\n")
    (tools / "cat").chmod(0o755)
    ended = run(unpacked / "install.sh", release, PATH="%s:%s" % (tools, os.environ["PATH"]))
    assert ended.code == 1
    assert "could not be copied to" in ended.last and "run install.sh again" in ended.last
    assert not [path for path in release.rglob("*") if "dolphinml" in path.name]
    assert run(unpacked / "install.sh", release).code == 0


def test_help_is_help(unpacked):
    ended = run(unpacked / "install.sh", "--help")
    assert ended.code == 0
    for option in ("--dry-run", "--uninstall", "--to DIR", "--downgrade"):
        assert option in ended.out
