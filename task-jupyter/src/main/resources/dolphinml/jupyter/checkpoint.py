# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Lets a retry begin where the attempt before it had a checkpoint, in notebooks that opt in by tags."""

import hashlib
import hmac
import json
from typing import Any, Dict

from dolphinml.common import run_tags
from dolphinml.jupyter import cells

CHECKPOINT_TAG = "checkpoint"
ALWAYS_TAG = "always"
_METADATA = "dolphinml"

# These hold the values that every attempt needs.
_PARAMETER_TAGS = {cells.PARAMETERS_TAG, cells.INJECTED_TAG}


def opts_in(notebook) -> bool:
    return any(CHECKPOINT_TAG in cells.tags(cell) for cell in notebook.get("cells") or ())


def fingerprint(run_key, notebook, parameters):
    """Tells whether two runs are attempts of the same task instance with the same notebook and parameters.

    Keyed, so that no one can try out values of secret parameters against it.
    """
    code = [(cell.get("cell_type"), cells.source(cell)) for cell in notebook.get("cells") or ()]
    content = json.dumps([code, parameters], sort_keys=True, default=str).encode("utf-8")
    return hmac.new(run_key.encode("utf-8"), content, hashlib.sha256).hexdigest()


def resumption(run, parameters):
    """What the attempt before allows this run to skip; nothing, unless node and notebook allow it.

    parameters  those that papermill will inject
    """
    key = run.request.get("runKey")
    if not (run.request.get("resume") and key and run.notebook) or not opts_in(run.notebook):
        return Resumption()
    if run.engine is not None:
        run.warn("Checkpoints work with papermill's own engine only; nothing is skipped.")
        return Resumption()
    return Resumption(fingerprint(key, run.notebook, _identifying(run)), _previous(run.output, parameters))


def _identifying(run):
    """The parameters, with the checksum of each version of data for its path, which another attempt has elsewhere."""
    report = run.task.request.get("inputsReport")
    fetched = run_tags.inputs(report) if report else {}
    return dict(run.passed, **{name: facts["md5"] for name, facts in fetched.items()})


def _previous(path: str, parameters):
    """The output notebook of the attempt before, None where there is none."""
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import add_builtin_parameters, parameterize_path

    try:
        return load_notebook_node(parameterize_path(path, add_builtin_parameters(parameters)))
    except Exception:  # it may be missing or damaged in any way; then the run begins at its beginning
        return None


class Resumption:
    """Which cells this attempt skips, and what they had given."""

    def __init__(self, fingerprint_of_run=None, previous=None) -> None:
        self._fingerprint = fingerprint_of_run
        self._previous: Dict[Any, Any] = {}
        metadata = ((previous or {}).get("metadata") or {}).get(_METADATA) or {}
        if fingerprint_of_run and metadata.get("fingerprint") == fingerprint_of_run:
            self._take_over(previous["cells"])

    def _take_over(self, previous_cells) -> None:
        kept = [cell for cell in previous_cells if cells.ERROR_MARKER_TAG not in cells.tags(cell)]
        last = -1
        for index, cell in enumerate(kept):
            if CHECKPOINT_TAG in cells.tags(cell) and _completed(cell) and not cells.skipped(cell):
                last = index
        for index, cell in enumerate(kept[: last + 1]):
            always = ALWAYS_TAG in cells.tags(cell) or _PARAMETER_TAGS & set(cells.tags(cell))
            if cells.is_code(cell) and not always:
                self._previous[index] = cell

    @property
    def indexes(self):
        return sorted(self._previous)

    def skips(self, index) -> bool:
        return index in self._previous

    def restore(self, cell, index) -> None:
        """Puts the outputs of the attempt before into a skipped cell."""
        from nbformat import from_dict

        previous = from_dict(self._previous[index])
        cell.outputs = previous.get("outputs") or []
        cell.execution_count = previous.get("execution_count")

    def mark(self, notebook) -> None:
        """Writes into the notebook whose attempt this is, so that the next one can tell."""
        if self._fingerprint:
            notebook.metadata[_METADATA] = {"fingerprint": self._fingerprint}


def _completed(cell) -> bool:
    record = (cell.get("metadata") or {}).get("papermill") or {}
    return record.get("status") == "completed" and record.get("exception") is not True
