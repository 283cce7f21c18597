# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the action of a DVC node.

request["data"]:
    action                upload, download, init, check or repro
    repository            the Git repository: a URL or a path, as for git clone
    version               a tag, a branch or a commit; may be null
    location              the path of the data in the repository
    path                  the path of the data on the worker, absolute or relative to the task's directory
    message               the message of the commit and the tag, or null
    storeUrl, storeConfig for init: the URL of the store, and {setting: value} for it
    branch                the branch to read or to commit to; null for the repository's default
    remote                the store's name in the repository; null for its default
    gitUser, gitPassword  for git over HTTP; may be null
    gitName, gitEmail     the author of commits and tags; may be null
    moveTag               whether a tag may be moved to other content
    jobs                  how many files to transfer in parallel, or null for DVC's default
    cacheDir, cacheLimit  the worker's data cache, or null
    link                  "auto" or "copy": how data is taken from that cache
    waitTimeout, pollInterval, changedFrom   for check
    stages, params        for repro: the stages to run, all if empty; {parameter: value}

Outputs: OUTPUTS below, and dvc.metrics.NAME for each metric of a pipeline.
"""

import os
import sys
from typing import Any, Dict

if __name__ == "__main__":
    # The folder of the staged programs replaces this file's own, whose files could hide modules of the user.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from dolphinml.common import program
from dolphinml.data.fetch import Fetch
from dolphinml.dvc.check import Check
from dolphinml.dvc.initialize import Initialize
from dolphinml.dvc.reproduce import Reproduce
from dolphinml.dvc.upload import Upload

ACTIONS = {"upload": Upload, "download": Fetch, "init": Initialize, "check": Check, "repro": Reproduce}

#: {output: fact}, in the order in which they are logged: the commit, the version's name, the data's checksum, size in
#: bytes, number of files, path on the worker, and URL in the store.
OUTPUTS = {
    "dvc.rev": "rev",
    "dvc.version": "version",
    "dvc.md5": "md5",
    "dvc.size": "size",
    "dvc.nfiles": "nfiles",
    "dvc.path": "path",
    "dvc.url": "url",
}


def main(task: program.Task) -> Dict[str, Any]:
    settings = task.request["data"]
    facts = ACTIONS[settings["action"]](task, settings, task.private_folder()).run()
    outputs = {name: facts[fact] for name, fact in OUTPUTS.items() if facts.get(fact) is not None}
    outputs.update(facts.get("metrics") or {})
    for name, value in outputs.items():
        task.console.line("%s = %s" % (name, value))
    return outputs


if __name__ == "__main__":
    program.run(main)
