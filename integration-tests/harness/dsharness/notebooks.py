# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Writes notebooks and reads what became of them."""

import json
from pathlib import Path


def cell(source, *tags):
    """A code cell with these tags."""
    return {"cell_type": "code", "execution_count": None, "metadata": {"tags": list(tags)}, "outputs": [], "source": source}


def save(path, *cells, kernel="python3"):
    """A notebook of these cells at `path`; returns the path. A text stands for an untagged cell."""
    whole = [cell(each) if isinstance(each, str) else each for each in cells]
    for number, each in enumerate(whole):
        each["id"] = "cell-%d" % number
    notebook = {
        "cells": whole,
        "metadata": {
            "kernelspec": {"name": kernel, "display_name": kernel, "language": "python"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def code_cells(path):
    """The code cells of the notebook at `path`."""
    notebook = json.loads(Path(path).read_text(encoding="utf-8"))
    return [each for each in notebook["cells"] if each["cell_type"] == "code"]


def errors(path):
    """Names of the errors in the notebook's outputs, in their order."""
    return [output["ename"] for each in code_cells(path) for output in each["outputs"] if output["output_type"] == "error"]
