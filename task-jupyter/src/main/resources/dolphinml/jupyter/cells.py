# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Reads and classifies the cells of a notebook."""

import re
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Mapping, Optional

from dolphinml.common.console import plain

if TYPE_CHECKING:
    from nbformat import NotebookNode

# A cell, and an output of one, as parsed JSON or as nbformat's NotebookNode, whose keys are attributes too.
Cell = Mapping[str, Any]
CellOutput = Mapping[str, Any]

INJECTED_TAG = "injected-parameters"
PARAMETERS_TAG = "parameters"
ERROR_MARKER_TAG = "papermill-error-cell-tag"
SKIP_TAG = "skip-execution"
MAY_FAIL_TAG = "raises-exception"

# Errors that wrap the error of another notebook or cell; their text ends with the wrapped error.
_HANDING_ON = ("PapermillExecutionError", "CellExecutionError")

# Where an error's own text begins at the end of a traceback.
_ERROR_LINE = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning|Group)(?::|$)", re.M)


def cell_tags(cell: Cell) -> List[str]:
    return list((cell.get("metadata") or {}).get("tags") or [])


def source(cell: Cell) -> str:
    text = cell.get("source") or ""
    return "".join(text) if isinstance(text, list) else text


def is_code(cell: Cell) -> bool:
    return cell.get("cell_type") == "code"


def skipped(cell: Cell) -> bool:
    """Whether the cell is tagged to be skipped."""
    return is_code(cell) and SKIP_TAG in cell_tags(cell)


def runs(cell: Cell) -> bool:
    """Whether executing the notebook executes this cell; papermill skips empty ones."""
    return is_code(cell) and bool(source(cell).strip()) and not skipped(cell)


def first_line(cell: Cell, limit: int = 100) -> str:
    """Returns the first line that is not blank, at most `limit` characters; comments and cell magics count."""
    for line in source(cell).split("\n"):
        if line.strip():
            line = line.strip()
            return line if len(line) <= limit else line[: limit - 3] + "..."
    return ""


def error(cell: Cell) -> Optional[CellOutput]:
    """The error output of a cell, None if it has none."""
    for output in cell.get("outputs") or ():
        if output.get("output_type") == "error":
            return output
    return None


def error_in_one_line(output: CellOutput) -> str:
    """Summarizes an error output in one line, which is never empty."""
    name, text = (plain(str(output.get(part) or "")).strip() for part in ("ename", "evalue"))
    said = _saying(text)
    if said and name in _HANDING_ON:
        line = _handed_on(text) or said[-1]
    elif said:
        line = said[0]
    else:
        traceback = output.get("traceback") or []
        line = text or (_saying(plain("\n".join(map(str, traceback)))) or [""])[-1]
        if name and line.startswith(name):
            return line.rstrip(": ")
    if name and line:
        return "%s: %s" % (name, line)
    if line.lstrip("-").isdigit():
        return "error " + line
    return name or line or "an error without a name and a text"


def _handed_on(text: str) -> Optional[str]:
    """Returns the last error of a text that ends with a traceback, in one line; None if no line looks like an error."""
    found = list(_ERROR_LINE.finditer(text))
    if not found:
        return None
    inner, _, rest = text[found[-1].start() :].partition(":")
    said = _saying(rest)
    return "%s: %s" % (inner, said[0]) if said else inner


def _saying(text: str) -> List[str]:
    """Returns the lines that contain a letter or a digit."""
    return [line.strip() for line in text.split("\n") if any(map(str.isalnum, line))]


def ended_notebook(cell: Cell) -> bool:
    """Whether the cell ended the notebook with sys.exit() or sys.exit(0), which papermill treats as success."""
    found = error(cell)
    return found is not None and found.get("ename") == "SystemExit" and found.get("evalue") in ("", "0", "None", None)


def untouched(cell: Cell) -> bool:
    """Whether no engine has started the cell; papermill marks it complete at the end anyway."""
    record = (cell.get("metadata") or {}).get("papermill") or {}
    return record.get("start_time") is None and cell.get("execution_count") is None


def without_error_markers(notebook: "NotebookNode") -> "NotebookNode":
    """Removes the two cells that papermill inserts to point at an error, because they shift the indexes of the others."""
    notebook.cells = [cell for cell in notebook.cells if ERROR_MARKER_TAG not in cell_tags(cell)]
    return notebook


class Numbering:
    """Numbers the cells that run, starting at 1, for the log and the failure block."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._number: Dict[int, int] = {}
        for index, cell in enumerate(cells):
            if runs(cell):
                self._number[index] = len(self._number) + 1

    def of(self, index: int) -> Optional[int]:
        return self._number.get(index)

    @property
    def total(self) -> int:
        return len(self._number)
