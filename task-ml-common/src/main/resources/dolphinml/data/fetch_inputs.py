# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Fetches the data versions that are the inputs of a run.

request["inputs"]  [{"name", "repository", "version", "location", "path", ...}], the others as for Fetch in fetch.py

Outputs: for each name, {"repository", "location", "version", "rev", "md5", "size", "nfiles", "path", "url"}.
"""

import os
import shutil
import sys
from typing import Any, Dict

if __name__ == "__main__":
    # The folder of the staged programs replaces this file's own, whose files could hide modules of the user.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from dolphinml.common import program, secret_references
from dolphinml.common.program import TaskFailure
from dolphinml.data import git
from dolphinml.data.fetch import Fetch, Fields

FIELDS = Fields("data", "data", "data", "data")

FACTS = ("location", "version", "rev", "md5", "size", "nfiles", "path", "url")


def main(task: program.Task) -> Dict[str, Any]:
    # Fails before the download: without its secrets, the run could not start anyway.
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
