# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The block at the end of a failed notebook's log: which cell failed, why, with which parameters, and where to look."""

import json
from typing import TYPE_CHECKING, Any, Container, Dict, List, Optional, Tuple

from dolphinml.common.console import plain
from dolphinml.common.masking import MASK
from dolphinml.jupyter import cells

if TYPE_CHECKING:
    from nbformat import NotebookNode

SOURCE_LINES = 40
TRACEBACK_LINES = 60
VALUE_LENGTH = 200


# The index of a cell, and its error output where it has one.
FailedCell = Tuple[int, Optional[cells.CellOutput]]


def failed_cell(notebook: "NotebookNode", raised: Container[int]) -> Optional[FailedCell]:
    """Returns the first cell that failed or never ended: (index, its error output or None); None if there is none.

    raised  the cells' exceptions, by index of the cell
    """
    for index, cell in enumerate(notebook.cells):
        if not cells.is_code(cell):
            continue
        error = cells.error(cell)
        record = cell.metadata.get("papermill") or {}
        if cells.ended_notebook(cell):
            return None
        may_fail = cells.MAY_FAIL_TAG in cells.cell_tags(cell)
        if error is not None and not may_fail:
            return index, error
        if may_fail and index in raised:
            continue
        if record.get("exception") is True or record.get("status") in ("failed", "running"):
            return index, error
    return None


def allowed_failure(notebook: "NotebookNode", raised: Container[int]) -> Optional[FailedCell]:
    """Returns the first cell with an error that its tag allows: (index, error output or None); None if there is none."""
    for index, cell in enumerate(notebook.cells):
        failed = cells.is_code(cell) and (cells.error(cell) is not None or index in raised)
        if failed and not cells.ended_notebook(cell):
            return index, cells.error(cell)
    return None


def pending_cell(notebook: "NotebookNode") -> Optional[int]:
    """Returns the index of the first cell that should have run and did not, although the run ended as complete."""
    for index, cell in enumerate(notebook.cells):
        if cells.is_code(cell) and cells.ended_notebook(cell):
            return None
        record = cell.metadata.get("papermill") or {}
        if cells.runs(cell) and (record.get("status") in ("pending", "running") or cells.untouched(cell)):
            return index
    return None


def failure_summary(notebook: "NotebookNode", index: int, error: Optional[cells.CellOutput], numbering: cells.Numbering) -> str:
    name = "cell %d of %d" % (numbering.of(index) or 0, numbering.total)
    if error is None:
        failed = (notebook.cells[index].metadata.get("papermill") or {}).get("exception") is True
        return "%s failed, and the kernel gave no error." % name if failed else "%s did not end." % name
    reason = cells.error_in_one_line(error)
    if not error.get("ename"):
        # A shell command's exit code alone does not explain the failure.
        printed = _last_printed(notebook.cells[index])
        reason += " (%s)" % printed if printed and printed not in reason else ""
    return "%s: %s" % (name, reason)


def _last_printed(cell: cells.Cell) -> str:
    texts = [output.get("text") or "" for output in cell.get("outputs") or () if output.get("output_type") == "stream"]
    lines = plain("".join("".join(text) for text in texts)).strip().split("\n")
    return lines[-1].strip()[:VALUE_LENGTH]


def failure_block(
    notebook: "NotebookNode",
    index: int,
    error: Optional[cells.CellOutput],
    numbering: cells.Numbering,
    parameters: Dict[str, Any],
    secret_names: Container[str],
    places: List[Tuple[str, str]],
) -> List[str]:
    """Returns the lines of the block. `places` are pairs of a label and a path."""
    cell = notebook.cells[index]
    tags = list(cells.cell_tags(cell))
    count = cell.get("execution_count")
    title = "Cell %d of %d failed" % (numbering.of(index) or 0, numbering.total)
    if count:
        title += ", In [%s]" % count
    if tags:
        title += ", tagged " + ", ".join(tags)
    block = ["", "=" * 20 + " " + title + " " + "=" * 20]
    block += ["    " + line for line in _cut(cells.source(cell).split("\n"), SOURCE_LINES)]
    block += ["-" * 20 + " traceback " + "-" * 20]
    block += _traceback_lines(error)
    block += ["-" * 20]
    shown = ", ".join("%s=%s" % (name, _shown_value(value, name in secret_names)) for name, value in parameters.items())
    block += ["Parameters: " + (shown or "none")]
    block += ["%s: %s" % place for place in places]
    return block


def _traceback_lines(error: Optional[cells.CellOutput]) -> List[str]:
    if error is None:
        return ["The kernel gave no error for this cell."]
    text = plain("\n".join(error.get("traceback") or []))
    found = [line.rstrip() for line in text.split("\n")] if text else []
    return _cut(found or [cells.error_in_one_line(error)], TRACEBACK_LINES)


def _cut(found: List[str], limit: int) -> List[str]:
    """Shortens to `limit` lines: keeps the beginning and the end, since the reason of an error is at its end."""
    if len(found) <= limit:
        return found
    head = limit // 4
    return found[:head] + ["    ... %d lines ..." % (len(found) - limit)] + found[len(found) - (limit - head) :]


def _shown_value(value: Any, secret: bool) -> str:
    if secret:
        return MASK
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= VALUE_LENGTH else text[:VALUE_LENGTH] + "..."
