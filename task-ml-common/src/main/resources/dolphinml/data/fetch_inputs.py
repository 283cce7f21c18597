# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Fetches the versions of data that a run takes as its inputs.

request["inputs"]  [{"name", "repository", "version", "location", "path", ...}], the rest as dolphinml/data/fetch.py takes it

Outputs: for each name {"repository", "location", "version", "rev", "md5", "size", "nfiles", "path", "url"}.
"""

import os
import shutil
import sys
from typing import Any, Dict

if __name__ == "__main__":
    # The folder of the staged programs instead of this file's own: no file here may hide a module of the user's.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from dolphinml.common import program, secret_references
from dolphinml.common.program import TaskFailure
from dolphinml.data import git
from dolphinml.data.fetch import Fetch, Fields

FIELDS = Fields("data", "data", "data", "data")

FACTS = ("location", "version", "rev", "md5", "size", "nfiles", "path", "url")


def main(task: program.Task) -> Dict[str, Any]:
    # Nobody waits for data of a run that cannot begin.
    missing = secret_references.missing_secrets(os.path.dirname(os.path.abspath(sys.argv[1])))
    if missing:
        raise TaskFailure(missing[0], missing)
    outputs = {}
    for settings in task.request["inputs"]:
        private = task.private_folder()
        try:
            facts = Fetch(task, settings, private, FIELDS).run()
        finally:
            shutil.rmtree(private, ignore_errors=True)
        outputs[settings["name"]] = dict(
            {fact: facts.get(fact) for fact in FACTS}, repository=git.without_credentials(settings["repository"])[0]
        )
        task.console.line("%s = %s" % (settings["name"], facts["path"]))
    return outputs


if __name__ == "__main__":
    program.run(main)
