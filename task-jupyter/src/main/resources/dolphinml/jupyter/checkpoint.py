# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Lets a retry resume at the checkpoint of the previous attempt, in notebooks that opt in by tags."""

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from dolphinml.common import run_tags
from dolphinml.jupyter import cells

if TYPE_CHECKING:
    from nbformat import NotebookNode

CHECKPOINT_TAG = "checkpoint"
ALWAYS_TAG = "always"
_METADATA = "dolphinml"

# Cells with these tags set parameters, so every attempt runs them.
_PARAMETER_TAGS = {cells.PARAMETERS_TAG, cells.INJECTED_TAG}


def opts_in(notebook: Dict[str, Any]) -> bool:
    return any(CHECKPOINT_TAG in cells.cell_tags(cell) for cell in notebook.get("cells") or ())


def fingerprint(run_key: str, notebook: Dict[str, Any], parameters: Dict[str, Any]) -> str:
    """Returns a digest that is equal for attempts of the same task instance with the same notebook and parameters.

    It is keyed, so that values of secret parameters cannot be guessed by brute force.
    """
    code = [(cell.get("cell_type"), cells.source(cell)) for cell in notebook.get("cells") or ()]
    content = json.dumps([code, parameters], sort_keys=True, default=str).encode("utf-8")
    return hmac.new(run_key.encode("utf-8"), content, hashlib.sha256).hexdigest()


def resumption(
    run_key: str, notebook: Dict[str, Any], identifying: Dict[str, Any], output: str, parameters: Dict[str, Any]
) -> "Resumption":
    """Returns what this run may skip because the previous attempt has completed it.

    identifying  the parameters that are the same in all attempts of one run
    output       the path of the output notebook
    parameters   the parameters that papermill will inject
    """
    return Resumption(fingerprint(run_key, notebook, identifying), _previous(output, parameters))


def with_checksums(parameters: Dict[str, Any], inputs_report: Optional[str]) -> Dict[str, Any]:
    """Replaces the path of each fetched version of data by its checksum, because the path differs between attempts."""
    fetched = run_tags.inputs(inputs_report) if inputs_report else {}
    return dict(parameters, **{name: facts["md5"] for name, facts in fetched.items()})


def _previous(path: str, parameters: Dict[str, Any]) -> "Optional[NotebookNode]":
    """Returns the output notebook of the previous attempt, None if there is none."""
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import add_builtin_parameters, parameterize_path

    try:
        return load_notebook_node(parameterize_path(path, add_builtin_parameters(parameters)))
    except Exception:  # missing or damaged in any way: start from the first cell
        return None


class Resumption:
    """Which cells this attempt skips, and their outputs from the previous attempt."""

    def __init__(self, fingerprint_of_run: Optional[str] = None, previous: "Optional[NotebookNode]" = None) -> None:
        self._fingerprint = fingerprint_of_run
        self._previous: Dict[int, cells.Cell] = {}
        metadata = ((previous or {}).get("metadata") or {}).get(_METADATA) or {}
        if previous is not None and fingerprint_of_run and metadata.get("fingerprint") == fingerprint_of_run:
            self._take_over(previous["cells"])

    def _take_over(self, previous_cells: List[cells.Cell]) -> None:
        kept = [cell for cell in previous_cells if cells.ERROR_MARKER_TAG not in cells.cell_tags(cell)]
        last = -1
        for index, cell in enumerate(kept):
            if CHECKPOINT_TAG in cells.cell_tags(cell) and _completed(cell) and not cells.skipped(cell):
                last = index
        for index, cell in enumerate(kept[: last + 1]):
            always = ALWAYS_TAG in cells.cell_tags(cell) or _PARAMETER_TAGS & set(cells.cell_tags(cell))
            if cells.is_code(cell) and not always:
                self._previous[index] = cell

    @property
    def indexes(self) -> List[int]:
        return sorted(self._previous)

    def skips(self, index: int) -> bool:
        return index in self._previous

    def restore(self, cell: "NotebookNode", index: int) -> None:
        """Copies the outputs of the previous attempt into a skipped cell."""
        from nbformat import from_dict

        previous = from_dict(self._previous[index])
        cell.outputs = previous.get("outputs") or []
        cell.execution_count = previous.get("execution_count")

    def mark(self, notebook: "NotebookNode") -> None:
        """Writes the fingerprint of this run into the notebook, so that the next attempt can recognize it."""
        if self._fingerprint:
            notebook.metadata[_METADATA] = {"fingerprint": self._fingerprint}


def _completed(cell: cells.Cell) -> bool:
    record = (cell.get("metadata") or {}).get("papermill") or {}
    return record.get("status") == "completed" and record.get("exception") is not True
