# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The figures of the benchmarks: each has its place on both pages, and the tables are written there in both languages."""

import json
import re
import shutil
import subprocess
import sys

import pytest
from book import PROJECT

PAGES = ("docs/benchmarks.md", "docs/benchmarks.zh.md")
NAMES = re.search(r"^names=\$\{\*:-([\w ]+)\}", (PROJECT / "benchmarks/all.sh").read_text(), re.MULTILINE).group(1).split()


def marks(text):
    return re.findall(r"^<!-- (figures: \w+|end of figures) -->$", text, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_each_benchmark_has_its_place(page):
    found = marks((PROJECT / page).read_text(encoding="utf-8"))
    assert found[1::2] == ["end of figures"] * len(NAMES)
    assert sorted(found[0::2]) == sorted("figures: " + name for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_a_benchmark(name):
    assert re.search(r'Report\(\s*"%s"' % name, (PROJECT / "benchmarks" / (name + ".py")).read_text(encoding="utf-8"))


@pytest.fixture
def project(tmp_path):
    """A copy of what writes the pages, with results of one benchmark."""
    for folder in ("benchmarks", "docs"):
        (tmp_path / folder).mkdir()
    for name in ("benchmarks/pages.py", "benchmarks/frame.py", "benchmarks/words_zh.json", *PAGES):
        shutil.copy(str(PROJECT / name), str(tmp_path / name))
    (tmp_path / "results").mkdir()
    return tmp_path


def write(project, rows):
    table = {
        "title": "one task",
        "head": ["", "median", "to stock"],
        "rows": rows,
        "turns": 7,
        "unsteady": True,
        "load": [1.5, 20.1],
    }
    content = {
        "name": "ds_task",
        "versions": {"Java": "17"},
        "tables": [table],
        "machine": {"cores": 2, "memory": "24 GiB", "processor": "a processor", "system": "Linux 6.1"},
    }
    (project / "results/ds_task.json").write_text(json.dumps(content))
    return subprocess.run(
        [sys.executable, str(project / "benchmarks/pages.py"), str(project / "results")], stderr=subprocess.PIPE, check=False
    )


def test_tables_are_written_in_both_languages(project):
    assert write(project, [["ours", "0.72 s", "0.75 (0.50 to 1.10)"]]).returncode == 0
    english, chinese = ((project / page).read_text(encoding="utf-8") for page in PAGES)
    assert "| ours | 0.72 s | 0.75 (0.50 to 1.10) |" in english
    assert "Medians of 7 turns. Load 1.5 to 20.1; 2 cores (a processor), 24 GiB, Linux 6.1; Java 17." in english
    assert "A ratio with a range is the median of pairs that differ by more than a factor of two" in english
    assert "| 本插件 | 0.72 s | 0.75 (0.50–1.10) |" in chinese
    assert "7 轮的中位数。负载 1.5 至 20.1；2 核" in chinese
    for page, before in zip((english, chinese), PAGES):
        assert marks(page) == marks((PROJECT / before).read_text(encoding="utf-8"))
        assert page.count("\n## ") == (PROJECT / before).read_text(encoding="utf-8").count("\n## ")


def test_a_word_without_a_translation_is_named(project):
    ended = write(project, [["something new", "0.72 s", "0.75"]])
    assert ended.returncode == 1
    assert ended.stderr.decode().strip() == "words_zh.json has no words for 'something new'"
