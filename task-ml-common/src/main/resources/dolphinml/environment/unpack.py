"""Unpacks an environment that conda-pack has packed."""

import os
import subprocess
import tarfile

from dolphinml.common.program import TaskFailure


def _inside(folder, path):
    return os.path.normpath(os.path.join(folder, path)).split(os.sep)[0] != ".."


def check(member, archive):
    """Refuses an entry that would be written, or would point, outside of the environment."""
    name = os.path.normpath(member.name)
    outside = name.startswith(("/", "..")) or not (member.isreg() or member.isdir() or member.issym() or member.islnk())
    if member.issym():
        outside = outside or os.path.isabs(member.linkname) or not _inside(os.path.dirname(name), member.linkname)
    if member.islnk():
        outside = outside or os.path.isabs(member.linkname) or not _inside("", member.linkname)
    if outside:
        raise TaskFailure("%s: its entry %s leads out of the environment; pack it again." % (archive, member.name))


def unpack(archive, prefix, say):
    """Unpacks into an empty folder and has conda-unpack write the new path into its files."""
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                check(member, archive)
                # Whoever packed it, the files are the task user's now.
                member.uid, member.gid, member.uname, member.gname = os.getuid(), os.getgid(), "", ""
                tar.extract(member, prefix, set_attrs=True)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise TaskFailure("%s cannot be unpacked: %s." % (archive, error))
    python = os.path.join(prefix, "bin", "python")
    if not os.path.exists(python):
        raise TaskFailure("%s is no packed environment: it has no bin/python; make it with conda-pack." % archive)
    script = os.path.join(prefix, "bin", "conda-unpack")
    if not os.path.exists(script):
        say("The archive has no bin/conda-unpack; paths inside the environment stay as they were packed.")
        return
    done = subprocess.run([python, script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    if done.returncode:
        raise TaskFailure("conda-unpack ended with exit code %d." % done.returncode,
                          ["conda-unpack ended with exit code %d:" % done.returncode] + done.stdout.split("\n")[-20:])
