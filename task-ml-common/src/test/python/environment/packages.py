# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Makes tiny packages that pip and uv install without an index: wheels, and source archives that build slowly."""

import io
import tarfile
import zipfile

_BACKEND = """
import os, time, zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    with open({begun!r}, "a") as stream:
        stream.write("%d\\n" % os.getpid())
    parent, deadline = os.getppid(), time.monotonic() + 900
    while not os.path.exists({gate!r}) and os.getppid() == parent and time.monotonic() < deadline:
        time.sleep(0.02)
    if os.path.exists({gate!r}) and open({gate!r}).read():
        raise ValueError(open({gate!r}).read())
    name = "{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        for path, text in {members!r}.items():
            wheel.writestr(path, text)
    return name
"""


def wheel_members(name, version):
    info = "%s-%s.dist-info" % (name, version)
    return {
        name + ".py": "version = %r\n" % version,
        info + "/METADATA": "Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (name, version),
        info + "/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        info + "/RECORD": "%s.py,,\n%s/METADATA,,\n%s/WHEEL,,\n%s/RECORD,,\n" % (name, info, info, info),
    }


def wheel(directory, name, version="1.0"):
    path = directory / ("%s-%s-py3-none-any.whl" % (name, version))
    with zipfile.ZipFile(str(path), "w") as stream:
        for member, text in wheel_members(name, version).items():
            stream.writestr(member, text)
    return path


def source_archive(directory, name, gate, begun):
    """A source archive with a build backend of its own, which waits for the file `gate`, fails if there is a
    text in it, and writes to `begun`."""
    backend = _BACKEND.format(name=name, gate=str(gate), begun=str(begun), members=wheel_members(name, "1.0"))
    files = {
        "PKG-INFO": "Metadata-Version: 2.1\nName: %s\nVersion: 1.0\n" % name,
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "%s"\nversion = "1.0"\n' % name,
        "backend.py": backend,
    }
    path = directory / (name + "-1.0.tar.gz")
    with tarfile.open(str(path), "w:gz") as archive:
        for file, text in files.items():
            member = tarfile.TarInfo("%s-1.0/%s" % (name, file))
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode("utf-8")))
    return path
