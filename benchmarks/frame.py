# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: turns of contenders, medians of their ratios, and tables that say where they were measured."""

import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
HARNESS = PROJECT / "integration-tests" / "harness"
sys.path.insert(0, str(HARNESS))

#: Where `all.sh` collects the tables of each benchmark, as JSON.
RESULTS = "DOLPHINML_BENCHMARK_RESULTS"

#: The most by which the pairs behind a ratio may differ before the ratio is called unsteady.
MOST_SPREAD = 2.0

#: Names of packages that are spelt otherwise in texts.
_SPELT = {"mlflow": "MLflow", "bentoml": "BentoML"}

_VERSIONS = """
import importlib.metadata, json, platform, sys
found = {"Python": platform.python_version()}
for name in sys.argv[1:]:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def versions(python, *packages):
    """{name: version} of a Python and those of the packages that its environment has."""
    said = subprocess.run([str(python), "-c", _VERSIONS, *packages], stdout=subprocess.PIPE, check=True).stdout
    return {_SPELT.get(name, name): version for name, version in json.loads(said.decode()).items()}


def java_version(java="java"):
    """{"Java": version}"""
    said = subprocess.run([java, "-version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True).stdout
    return {"Java": re.search(r'version "([^"]+)"', said.decode()).group(1)}


def machine():
    """{"cores", "memory", "processor", "system"} of this machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    named = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory": "%.0f GiB" % (memory / 2**30),
        "processor": " ".join(named.group(1).split()) if named else platform.machine(),
        "system": "%s %s" % (platform.system(), ".".join(platform.release().split(".")[:2])),
    }


def load():
    """How many processes wanted a processor in the last minute, on average."""
    return os.getloadavg()[0]


class Ratio:
    """The median of the ratios of pairs that were measured in turns."""

    def __init__(self, ours, others):
        self.pairs = sorted(a / b for a, b in zip(ours, others))
        self.median = statistics.median(self.pairs)
        self.unsteady = self.pairs[-1] > MOST_SPREAD * self.pairs[0]

    def __str__(self):
        if self.unsteady:
            return "%.2f (%.2f to %.2f)" % (self.median, self.pairs[0], self.pairs[-1])
        return "%.2f" % self.median


class Report:
    """The tables of one benchmark, in Markdown on standard output, and as JSON where `all.sh` wants them.

    of  {name: version} of what was measured
    """

    def __init__(self, name, of):
        self.name = name
        self.content = {"name": name, "machine": machine(), "versions": dict(of), "tables": []}
        self._began = load()

    def table(self, title, head, rows, turns=None):
        """Shows a table; a cell may be a Ratio. `turns` is how many were measured."""
        rows = list(rows)
        unsteady = any(isinstance(cell, Ratio) and cell.unsteady for row in rows for cell in row)
        table = {
            "title": title,
            "head": list(head),
            "rows": [[str(cell) for cell in row] for row in rows],
            "turns": turns,
            "unsteady": unsteady,
            "load": [round(self._began, 1), round(load(), 1)],
        }
        self._began = load()
        self.content["tables"].append(table)
        print("\n" + markdown(self.content, table, english) + "\n", flush=True)
        self._keep()

    def _keep(self):
        directory = os.environ.get(RESULTS)
        if directory:
            path = Path(directory, self.name + ".json")
            path.write_text(json.dumps(self.content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def markdown(content, table, words):
    """A table with its title and where it was measured; `words` puts texts into a language."""
    lines = ["**%s**" % words(table["title"]), ""]
    lines += [_row(words(cell) for cell in table["head"]), "|" + "---|" * len(table["head"])]
    lines += [_row([words(row[0])] + [words(cell) for cell in row[1:]]) for row in table["rows"]]
    lines += [
        "",
        words("measured").format(
            turns=words("turns").format(table["turns"]) if table["turns"] else "",
            load="%.1f %s %.1f" % (table["load"][0], words("to"), table["load"][1]),
            versions=words(", ").join("%s %s" % pair for pair in content["versions"].items()),
            **content["machine"],
        ),
    ]
    if table["unsteady"]:
        lines += ["", words("unsteady")]
    return "\n".join(lines)


def _row(cells):
    return "| %s |" % " | ".join(cells)


_ENGLISH = {
    "measured": "{turns}Load {load}; {cores} cores ({processor}), {memory}, {system}; {versions}.",
    "turns": "Medians of {} turns. ",
    "unsteady": "A ratio with a range is the median of pairs that differ by more than a factor of two: the machine was not quiet"
    " enough.",
}


def english(text):
    """The text as it is, or the sentence that it stands for."""
    return _ENGLISH.get(text, text)


def processor_of_children():
    """Processor seconds of all processes that this one has waited for."""
    used = os.times()
    return used.children_user + used.children_system


def alternate(contenders, measure, turns):
    """[what `measure(contender)` returned in each turn] for each contender, after one turn that does not count.

    Who is first changes with each turn, so that nobody always follows the same.
    """
    seen = [[] for _ in contenders]
    for turn in range(turns + 1):
        order = list(range(len(contenders)))
        for number in order[turn % len(order) :] + order[: turn % len(order)]:
            result = measure(contenders[number])
            if turn:
                seen[number].append(result)
    return seen


def seconds(values):
    """The median of them, as a cell."""
    return "%.2f s" % statistics.median(values)


def stage(directory, *folders):
    """Copies programs as the worker stages them, without compiled files beside them; returns their package.

    folders  pairs of a module of the project and a folder of its resources
    """
    programs = Path(directory) / "dolphinml"
    for module, folder in folders:
        shutil.copytree(
            PROJECT / module / "src/main/resources/dolphinml" / folder,
            programs / folder,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    return programs
