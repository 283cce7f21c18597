# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Does what a DVC node requests.

request["data"]:
    action                upload, download, init, check or repro
    repository            of Git, as git takes it
    version               a tag, a branch or a commit; null for none
    location              of the data in the repository
    path                  of the data on the worker, absolute or below the task's directory
    message               of the commit and the tag, or null
    storeUrl, storeConfig what init makes the store: its URL, {setting: value}
    branch                that is read, or committed to; null for the repository's default
    remote                the store's name in the repository; null for its default
    gitUser, gitPassword  for git over HTTP; may be null
    gitName, gitEmail     of commits and tags; may be null
    moveTag               whether a tag may be moved to other content
    jobs                  files at a time, or null for DVC's choice
    cacheDir, cacheLimit  the worker's cache of data, or null
    link                  "auto" or "copy": how data comes out of that cache
    waitTimeout, pollInterval, changedFrom   for check
    stages, params        for repro: names of stages, or none for all; {parameter: value}

Outputs: OUTPUTS, below, and dvc.metrics.NAME for each metric of a pipeline.
"""

import os
import sys
from typing import Any, Dict

if __name__ == "__main__":
    # The folder of the staged programs instead of this file's own: no file here may hide a module of the user's.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from dolphinml.common import program
from dolphinml.data.fetch import Fetch
from dolphinml.dvc.check import Check
from dolphinml.dvc.initialize import Initialize
from dolphinml.dvc.reproduce import Reproduce
from dolphinml.dvc.upload import Upload

ACTIONS = {"upload": Upload, "download": Fetch, "init": Initialize, "check": Check, "repro": Reproduce}

#: The outputs, in the order of the log: the commit, the version's name, checksum, bytes and files of the data, where
#: it is on the worker, and where in the store.
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
