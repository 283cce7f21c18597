# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Tenants as users of the operating system, and what they can run."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from dsharness.processes import signal_all

#: What no task of these tests loads; thousands of files that would have to be linked and removed.
_UNUSED = shutil.ignore_patterns(
    "tests",
    "test",
    "include",
    "idlelib",
    "tkinter",
    "third_party",
    "moto",
    "botocore",
    "pip",
    "setuptools",
    "matplotlib",
    "fontTools",
    "xgboost",
    "lightgbm",
    "js",
    "*.pyi",
    "*.h",
)


def runnable(environment, directory):
    """A venv like `environment` that every user may run, wherever the venv and its Python lie; made of links.

    Returns its path and the `export` line that tasks in it need.
    """
    directory.mkdir()
    question = "import os, sys; print(os.path.realpath(sys.executable)); print(sys.base_prefix)"
    told = subprocess.run(
        [str(environment / "bin" / "python"), "-c", question], stdout=subprocess.PIPE, check=True, universal_newlines=True
    ).stdout
    executable, base = (Path(line) for line in told.splitlines())
    exports = "export PATH=%s:$PATH" % executable.parent
    if not _open_to_all(base):
        _copy(base, directory / "python", _but("site-packages"))
        executable = directory / "python" / executable.relative_to(base)
        exports = "export PATH=%s:$PATH LD_LIBRARY_PATH=%s" % (executable.parent, directory / "python" / "lib")
    made = directory / "venv"
    _copy(environment, made, _UNUSED)
    for program in list((made / "bin").iterdir()):
        if program.is_symlink() and program.name.startswith("python"):
            program.unlink()
            program.symlink_to(executable)
        elif program.is_file():
            _move_shebang(program, environment, made)
    (made / "pyvenv.cfg").unlink()
    (made / "pyvenv.cfg").write_text("home = %s\ninclude-system-site-packages = false\n" % executable.parent)
    return made, exports


def _move_shebang(program, old, new):
    content = program.read_bytes()
    shebang = b"#!" + os.fsencode(old)
    if content.startswith(shebang):
        # Not through the link: its other end is not ours.
        program.unlink()
        program.write_bytes(b"#!" + os.fsencode(new) + content[len(shebang) :])
        program.chmod(0o755)


def _but(name):
    return lambda folder, names: _UNUSED(folder, names) | {each for each in names if each == name}


def _open_to_all(path):
    return all(each.stat().st_mode & 0o005 == 0o005 for each in (path, *path.parents))


def _copy(source, target, ignore):
    shutil.copytree(source, target, symlinks=True, copy_function=_link, ignore=ignore)


def _link(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def remove(name):
    """Ends all that the user of that name runs, and takes the user from the machine."""
    try:
        number = pwd.getpwnam(name).pw_uid
    except KeyError:
        return
    signal_all(_processes_of(number))
    subprocess.run(["userdel", "--force", name], stdin=subprocess.DEVNULL, check=True)


def _processes_of(number):
    for entry in os.scandir("/proc"):
        try:
            if entry.name.isdigit() and entry.stat().st_uid == number:
                yield int(entry.name)
        except FileNotFoundError:
            pass
