# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Looks, as the user who runs it, for secrets on this machine: in files of others and in /proc.

Arguments: a file for the report, the beginning of the secrets in two halves (whole it would be in the argument list of
this program), a file that is older than all that is looked at, folders. The report is {"found": [[the secret's end,
where]], "closed": [folders]}.
"""

import json
import os
import re
import stat
import sys

#: More of a file is not looked at.
LARGEST = 1 << 28


def others_files(folders, since, closed):
    def refused(error):
        if isinstance(error, PermissionError):
            closed.append(error.filename)

    for folder in folders:
        for place, _, names in os.walk(folder, onerror=refused):
            for name in names:
                path = os.path.join(place, name)
                try:
                    about = os.lstat(path)
                except OSError:
                    continue
                if stat.S_ISREG(about.st_mode) and about.st_uid != os.getuid() and about.st_ctime >= since:
                    yield path


def others_processes():
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.stat("/proc/" + name).st_uid != os.getuid():
                yield "/proc/%s/cmdline" % name
                yield "/proc/%s/environ" % name
        except OSError:
            pass


def content(path):
    try:
        with open(path, "rb") as stream:
            return stream.read(LARGEST)
    except OSError:
        return b""


def main(report, first, second, since, *folders):
    secret = re.compile((first + second).encode("ascii") + b"-([a-z]+)")
    closed = []
    paths = [*others_files(folders, os.stat(since).st_mtime, closed), *others_processes()]
    found = {(end.decode("ascii"), path) for path in paths for end in secret.findall(content(path))}
    with open(report, "w", encoding="utf-8") as stream:
        json.dump({"found": sorted(found), "closed": closed}, stream)


if __name__ == "__main__":
    main(*sys.argv[1:])
