# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""DolphinScheduler installations of every line, with the directories and names of the real ones and empty jars."""

import os

SERVERS = ("api-server", "master-server", "worker-server")
LOADED_BY_ALL = ("dolphinscheduler-task-api", "dolphinscheduler-spi", "dolphinscheduler-common")
STOCK = tuple("dolphinscheduler-task-" + name for name in ("jupyter", "mlflow", "openmldb", "dvc"))


def put(directory, names, version):
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        (directory / ("%s-%s.jar" % (name, version))).write_bytes(b"stock " + name.encode())


def release(home, version):
    """3.1 and 3.2.0: each server has its own libs, the standalone server only what the others lack."""
    for server in SERVERS:
        put(home / server / "libs", LOADED_BY_ALL + STOCK, version)
        configuration(home / server / "conf")
    put(home / "alert-server" / "libs", LOADED_BY_ALL[1:], version)
    put(home / "standalone-server" / "libs" / "standalone-server", ["dolphinscheduler-standalone-server"], version)
    put(home / "tools" / "libs", LOADED_BY_ALL[1:], version)
    return home


def shared_release(home, version):
    """3.2.1 and 3.2.2: the jars are in libs, and each server has links to them."""
    put(home / "libs", LOADED_BY_ALL + STOCK, version)
    for server in (*SERVERS, "alert-server", "tools"):
        (home / server / "libs").mkdir(parents=True)
        for jar in (home / "libs").iterdir():
            (home / server / "libs" / jar.name).symlink_to(os.path.join("..", "..", "libs", jar.name))
    for server in SERVERS:
        configuration(home / server / "conf")
    return home


def plugin_release(home, version):
    """3.3 and later: links as before, and task plugins in a directory that all servers read."""
    shared_release(home, version)
    put(home / "plugins" / "task-plugins", STOCK, version)
    for name in STOCK:
        for directory in [home / "libs", *(home / server / "libs" for server in (*SERVERS, "alert-server", "tools"))]:
            (directory / ("%s-%s.jar" % (name, version))).unlink()
    return home


def container(home, version):
    """One server by itself, as in the images of 3.1 and 3.2."""
    put(home / "libs", LOADED_BY_ALL + STOCK, version)
    configuration(home / "conf")
    return home


def standalone(home, version):
    """The standalone server by itself: one directory of libs for each server that it is made of, all on one class path."""
    for server in SERVERS:
        put(home / "libs" / server, LOADED_BY_ALL + STOCK, version)
    put(home / "libs" / "standalone-server", ["dolphinscheduler-standalone-server"], version)
    configuration(home / "conf")
    return home


def plugin_container(home, version):
    """One server by itself from 3.3 on."""
    put(home / "libs", LOADED_BY_ALL, version)
    put(home / "plugins" / "task-plugins", STOCK, version)
    configuration(home / "conf")
    return home


def configuration(directory):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "common.properties").write_text("data.basedir.path=/tmp/dolphinscheduler\nsudo.enable=true\n")


#: Name, builder, version, and where our jars belong.
LAYOUTS = {
    "3.1": (release, "3.1.9", ["%s/libs" % server for server in SERVERS]),
    "3.2.0": (release, "3.2.0", ["%s/libs" % server for server in SERVERS]),
    "3.2.2": (shared_release, "3.2.2", ["%s/libs" % server for server in SERVERS]),
    "3.3": (plugin_release, "3.3.2", ["plugins/task-plugins"]),
    "3.4": (plugin_release, "3.4.2", ["plugins/task-plugins"]),
    "development": (plugin_release, "dev-SNAPSHOT", ["plugins/task-plugins"]),
    "development of 3.2": (release, "3.2.0-SNAPSHOT", ["%s/libs" % server for server in SERVERS]),
    "container 3.1": (container, "3.1.4", ["libs"]),
    "container 3.4": (plugin_container, "3.4.0", ["plugins/task-plugins"]),
    "standalone 3.1": (standalone, "3.1.1", ["libs/standalone-server"]),
    "standalone 3.2": (standalone, "3.2.2", ["libs/standalone-server"]),
}
