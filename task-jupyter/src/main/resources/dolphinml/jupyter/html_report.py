# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Writes an HTML page with the notebook's texts, tables and plots next to the output notebook."""

import logging
from typing import Callable, Optional

from dolphinml.jupyter.preflight import importable


def path_of(output_path: str) -> str:
    return (output_path[: -len(".ipynb")] if output_path.endswith(".ipynb") else output_path) + ".html"


def write_report(output_path: str, hide_input: bool, scrub: Callable[[str], str], warn: Callable[[str], None]) -> Optional[str]:
    """Writes the report and returns its path; warns and returns None if that fails."""
    if not importable("nbconvert"):
        warn("jupyter.report: there is no report, because the environment has no nbconvert; install it there.")
        return None
    target = path_of(output_path)
    try:
        import nbformat
        from nbconvert.exporters import HTMLExporter
        from papermill.iorw import load_notebook_node

        exporter = HTMLExporter(exclude_input=hide_input, exclude_input_prompt=hide_input, log=_log())
        notebook = nbformat.from_dict(load_notebook_node(output_path))
        page, _ = exporter.from_notebook_node(notebook)
        _store_report(scrub(page), target)
    except Exception as error:  # a failed report must not fail a successful run
        warn("jupyter.report: the report %s could not be made: %s: %s" % (target, type(error).__name__, error))
        return None
    return target


def _log() -> logging.Logger:
    """Returns a logger that drops nbconvert's advice to authors, such as that a plot has no alternative text."""
    log = logging.getLogger("dolphinml.jupyter.html_report")
    log.setLevel(logging.ERROR)
    return log


def _store_report(page: str, target: str) -> None:
    if target.startswith(("http://", "https://")):
        # papermill only sends JSON to HTTP servers.
        import requests

        headers = {"Content-Type": "text/html; charset=utf-8"}
        requests.put(target, data=page.encode("utf-8"), headers=headers).raise_for_status()
    else:
        from papermill.iorw import papermill_io

        # The handler is called directly because papermill_io.write only takes notebooks.
        papermill_io.get_handler(target).write(page, target)
