# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Names are spelt as their owners spell them, options exist, and nothing tells where the page was written."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from book import DOCS, PAGES, PROJECT, tracked

#: What a text must not say, and what it says instead. Code, paths and field names are not looked at.
SPELLING = {
    r"\bDolphin Scheduler\b|\bDolphinscheduler\b|\bdolphinscheduler\b": "DolphinScheduler",
    r"\bMLFlow\b|\bMlflow\b|\bmlflow\b|\bMLFlows\b": "MLflow, or MLFLOW for the task type",
    r"\bPapermill\b": "papermill",
    r"\bOpenMldb\b|\bOpenmldb\b|\bopenmldb\b|\bopenMLDB\b": "OpenMLDB, or OPENMLDB for the task type",
    r"\bsklearn\b|\bSklearn\b|\bScikit-learn\b": "scikit-learn",
    r"\bXGboost\b|\bXgboost\b": "XGBoost",
    r"\bLightGbm\b|\bLightgbm\b": "LightGBM",
    r"\bNumpy\b|\bnumpy\b": "NumPy",
    r"\bgithub\b|\bGithub\b": "GitHub",
    r"\bKubernates\b|\bkubernetes\b": "Kubernetes",
    r"\bZookeeper\b|\bzookeeper\b": "ZooKeeper",
    r"\bPython[23]\b": "Python 3",
    r"\btimeout\b": "time-out",
    r"\bworkflow engine\b": "DolphinScheduler",
    r"笔记本|记事本": "notebook",
    r"工作节点|工作器": "worker",
    r"占位符号|变量符": "占位符",
    r"参数名称": "参数名",
    r"实验组": "实验",
    r"插件程式|缺省值|默认配置值": "插件，默认值",
    r"[一-鿿],[一-鿿]|[一-鿿];[一-鿿]|[一-鿿]\?|[一-鿿]:[一-鿿]": "full-width punctuation",
}

PREFIXES = "jupyter|mlflow|openmldb|kubeflow|dvc|environment|output|secrets"
NAME = re.compile(r"(?:ml\.)?(?:%s)\.[A-Za-z][\w.]*" % PREFIXES)
PROPERTY = re.compile(r"^#?\s*(ml\.[\w.]+)\s*=", re.MULTILINE)
FILES = (".md", ".py", ".yml", ".yaml", ".json", ".ipynb", ".txt", ".sh", ".log", ".lock")

#: Registries have names, and ours is nobody's business.
HOSTS = re.compile(
    r"pypi\.org|pythonhosted\.org|repo1?\.maven|maven\.apache\.org/maven2|registry\.npmjs|"
    r"conda\.anaconda\.org|registry-1\.docker|deb\.debian\.org|index\.crates"
)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_names_are_spelt_right(page):
    faults = []
    for text, line in page.prose:
        for wrong, right in SPELLING.items():
            found = re.search(wrong, text)
            if found:
                faults.append("%s:%d: %s: %s" % (page, line, found.group(), right))
    assert faults == []


def options():
    """Every key of the reference, as `jupyter.report` and as `ml.jupyter.report`, and those that lock one."""
    found = set()
    text = (DOCS / "en" / "options.md").read_text(encoding="utf-8")
    for row in text.splitlines():
        if row.startswith("| "):
            found.update(re.findall(r"`((?:ml\.)?[a-z]+\.[\w.]+)`", " ".join(row.split("|")[1:3])))
    return found | {"ml." + each for each in found} | set(re.findall(r"`(ml\.[\w.]+\.locked)=true`", text))


def outputs():
    """What tasks hand on has names like options: `mlflow.endpoint`. The programs that set them are asked."""
    found = set()
    for module in ("task-mlflow", "task-openmldb", "task-kubeflow", "task-dvc"):
        for file in (PROJECT / module / "src" / "main" / "resources").rglob("*.py"):
            found.update(re.findall(r"[\"']((?:%s)\.\w+)[\"']" % PREFIXES, file.read_text(encoding="utf-8")))
    return found


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_options_exist(page):
    known, faults = options() | outputs(), []
    for code, line in page.codes:
        found = NAME.match(code)
        if not found or code.endswith(FILES) or "(" in code:
            continue
        if found.group() not in known and not found.group().endswith(".x"):
            faults.append("%s:%d: %s" % (page, line, code))
    for block in page.blocks:
        if block.language == "properties":
            faults += ["%s:%d: %s" % (page, block.line, key) for key in PROPERTY.findall(block.text) if key not in known]
    assert faults == []


def test_the_reference_is_read():
    assert {"jupyter.report", "ml.jupyter.report", "ml.output.limit"} <= options()


def machine():
    """What only this machine has: its project directory, and the hosts that pip and Maven use here."""
    hosts = set()
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], stdout=subprocess.PIPE, universal_newlines=True, check=False
    ).stdout
    settings = Path.home() / ".m2" / "settings.xml"
    for text in (asked, settings.read_text(encoding="utf-8") if settings.exists() else ""):
        hosts.update(re.findall(r"https?://(?:[^@/\s'\"]*@)?([\w.-]+\.[a-z]+)", text))
    return {host for host in hosts if not host.endswith(("w3.org", "apache.org"))} | {str(PROJECT) + "/"}


def test_no_file_names_this_machine():
    names, faults = machine(), []
    for file in tracked():
        if file.suffix in (".png", ".jar", ".tar", ".gz", ".zip"):
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        here = file.relative_to(PROJECT).as_posix()
        faults += ["%s: %s" % (here, name) for name in names if name in text]
        if here != "docs/tests/test_words.py":
            faults += ["%s: %s" % (here, host) for host in HOSTS.findall(text)]
    assert faults == []
