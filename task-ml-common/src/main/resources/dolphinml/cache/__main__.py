# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The cache of environments from a shell: builds before a task needs it, shows what is there, makes room.

    PYTHONPATH=dolphinml-task-ml-common-VERSION.jar python3 -m dolphinml.cache warm FILE ...

Runs directly from the jar. The settings are those of the worker's common.properties, and the cache is that of the user
who runs this command, so the tasks of a tenant find what a SHELL node of that tenant builds.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import List, Optional

from dolphinml.cache import properties
from dolphinml.common.sizes import readable
from dolphinml.environment import pruning, store
from dolphinml.environment.build_log import BuildLog
from dolphinml.environment.faults import EnvironmentFault
from dolphinml.environment.request import CONDA_FILE, PACKED, REQUIREMENTS

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ENDINGS = {".txt": REQUIREMENTS, ".yml": CONDA_FILE, ".yaml": CONDA_FILE, ".tar.gz": PACKED}

# What a JUPYTER task adds to requirements; it is part of an environment's key.
JUPYTER_NEEDS = ["papermill", "ipykernel"]

CONDA_SCRIPT = "/etc/profile.d/conda.sh"
CONDA_DEFAULT = "/opt/anaconda3" + CONDA_SCRIPT

# Runs in a separate process, because the program exits; it must not inherit the variables of this process's Python.
_PREPARE = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from dolphinml.environment import prepare_environment;"
    " prepare_environment.main(sys.argv)"
)


class CacheSettings:
    """The settings of environments in common.properties."""

    def __init__(self, path: Optional[str]) -> None:
        values = properties.read_properties(path) if path else {}
        self.cache_dir = values.get("ml.environment.cacheDir") or None
        limit = values.get("ml.environment.cacheLimit")
        self.limit = properties.parse_size(limit) if limit else None
        self.builder = values.get("ml.environment.builder") or "auto"
        self.python = values.get("ml.environment.python") or None
        script = values.get("conda.path") or CONDA_DEFAULT
        self.conda_root = script[: -len(CONDA_SCRIPT)] if script.endswith(CONDA_SCRIPT) else None

    def tree(self) -> store.EnvironmentStore:
        return store.EnvironmentStore(store.locate_store(self.cache_dir))


def main(argv: Optional[List[str]] = None) -> int:
    arguments = _cache_parser().parse_args(argv)
    path = arguments.properties or properties.find_properties(ROOT)
    try:
        settings = CacheSettings(path)
        print("Settings: %s" % (path or "no common.properties was found beside %s; the defaults apply" % ROOT))
        sys.stdout.flush()
        return arguments.command(settings, arguments)
    except (EnvironmentFault, OSError, ValueError) as error:
        print(getattr(error, "sentence", None) or str(error), file=sys.stderr)
        return 1


def _cache_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m dolphinml.cache", description=__doc__.split("\n")[0])
    parser.add_argument("--properties", metavar="FILE", help="common.properties of the worker, if it is not beside the jar")
    commands = parser.add_subparsers(metavar="COMMAND", dest="name")
    commands.required = True
    warm = commands.add_parser("warm", help="build the environments of these files, unless they are there")
    warm.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="*.txt (pip requirements), *.yml, *.yaml (conda environment file) or *.tar.gz (conda-pack)",
    )
    warm.add_argument("--python", metavar="VERSION", help="as the option environment.python of the node")
    warm.add_argument("--builder", metavar="TOOL", help="as the option environment.builder of the node")
    warm.add_argument("--refresh", action="store_true", help="rebuild what is there")
    warm.add_argument(
        "--add",
        metavar="NAMES",
        default=",".join(JUPYTER_NEEDS),
        help="packages that the tasks need and requirements may lack; default: those of JUPYTER",
    )
    warm.set_defaults(command=warm_files)
    commands.add_parser("list", help="show the environments, the last used first").set_defaults(command=list_environments)
    prune = commands.add_parser("prune", help="remove the least recently used ones that are not in use")
    prune.add_argument("--limit", metavar="SIZE", help="as in 20GB; default: ml.environment.cacheLimit, else 0")
    prune.set_defaults(command=make_room)
    return parser


def warm_files(settings: CacheSettings, arguments: argparse.Namespace) -> int:
    """Prepares each file's environment as a task would; returns 1 if one of them failed, else 0."""
    failed = 0
    for file in arguments.files:
        kind = next((kind for ending, kind in ENDINGS.items() if file.lower().endswith(ending)), None)
        if kind is None:
            print("%s: it describes no environment; name a file that ends in %s" % (file, ", ".join(ENDINGS)), file=sys.stderr)
            failed = 1
        elif _prepare_file(settings, arguments, file, kind) != 0:
            failed = 1
    return failed


def _prepare_file(settings: CacheSettings, arguments: argparse.Namespace, file: str, kind: str) -> int:
    request = {
        "field": "warm",
        "source": file,
        "kind": kind,
        "cacheDir": settings.cache_dir,
        "cacheLimit": settings.limit,
        "refresh": arguments.refresh,
        "builder": arguments.builder or settings.builder,
        "python": arguments.python or settings.python,
        "condaRoot": settings.conda_root,
        "addIfMissing": [name.strip() for name in arguments.add.split(",") if name.strip()],
        "task": {"name": "cache warm-up"},
    }
    with tempfile.TemporaryDirectory(prefix="dolphinml-warm-") as directory:
        path = os.path.join(directory, "environment.json")
        with open(path, "w", encoding="utf-8") as stream:
            json.dump(request, stream)
        return subprocess.call([sys.executable, "-E", "-s", "-B", "-c", _PREPARE, ROOT, path, "true"])


def list_environments(settings: CacheSettings, arguments: argparse.Namespace) -> int:
    tree = settings.tree()
    print("Environments in %s:" % tree.root)
    known = sorted(pruning.current_environments(tree), reverse=True) if os.path.isdir(tree.root) else []
    for used, name, size in known:
        with open(os.path.join(tree.path(name), store.FACTS), encoding="utf-8") as stream:
            facts = json.load(stream)
        print(
            "  %s  %8s  used %s  %s, Python %s, by %s"
            % (
                name,
                readable(size),
                time.strftime("%Y-%m-%d %H:%M", time.localtime(used)),
                facts.get("source"),
                facts.get("python"),
                facts.get("tool"),
            )
        )
    print("%d environments, %s" % (len(known), readable(sum(size for _, _, size in known))))
    return 0


def make_room(settings: CacheSettings, arguments: argparse.Namespace) -> int:
    tree = settings.tree()
    if os.path.isdir(tree.root):
        limit = properties.parse_size(arguments.limit) if arguments.limit else settings.limit or 0
        pruning.enforce_limit(tree, limit, None, BuildLog())
    return list_environments(settings, arguments)


if __name__ == "__main__":
    sys.exit(main())
