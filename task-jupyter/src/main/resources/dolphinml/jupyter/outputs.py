# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Collects a notebook's output parameters: scrapbook's records, variables of cells tagged `outputs`, setValue."""

import ast
import json
import re
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List

from dolphinml.common.program import strict
from dolphinml.jupyter import cells

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

OUTPUTS_TAG = "outputs"

# ${setValue(name=value)} or #{setValue(name=value)}; the value ends at the first ")}".
_SET_VALUE = re.compile(r"[$#]\{setValue\(([^=)\s]+)=(.*?)\)\}", re.DOTALL)

_SCRAP = re.compile(r"application/scrapbook\.scrap\..*\+json$")
_RECORD = "application/papermill.record+json"

# Evaluated in the kernel. Scalars of NumPy and pandas become plain values, arrays lists, other values that JSON lacks text.
_TO_JSON = (
    "__import__('json').dumps(%s, default=lambda value: value.item() if getattr(value, 'shape', None) == ()"
    " else value.tolist() if hasattr(value, 'tolist') else str(value))"
)


class Outputs:
    """Collects values by name; a later value replaces an earlier one."""

    def __init__(self, declared: Iterable[Dict[str, Any]], warn: Callable[[str], None]) -> None:
        self._declared = [output["name"] for output in declared]
        self._warn = warn
        self._variables: Dict[int, Dict[str, Any]] = {}

    def read_variables(self, client: "NotebookClient", notebook: "NotebookNode", cell: cells.Cell, index: int) -> None:
        """Reads the variables that a cell tagged `outputs` has assigned from the running kernel."""
        if OUTPUTS_TAG not in cells.cell_tags(cell) or not self._declared:
            return
        metadata = notebook.metadata
        language = metadata.get("kernelspec", {}).get("language") or metadata.get("language_info", {}).get("name")
        if (language or "python").lower() != "python":
            self._warn("A cell tagged outputs is read in Python notebooks only; print ${setValue(name=value)} instead.")
            return
        names = [name for name in assigned(cells.source(cell)) if name in self._declared]
        expressions = {name: _TO_JSON % name for name in names}
        if not expressions:
            return
        reply = client.wait_for_reply(client.kc.execute("", silent=True, store_history=False, user_expressions=expressions))
        results = reply["content"].get("user_expressions", {}) if reply else {}
        for name in names:
            result = results.get(name, {})
            if result.get("status") == "ok":
                text = ast.literal_eval(result["data"]["text/plain"])
                self._variables.setdefault(index, {})[name] = json.loads(text)
            else:
                self._warn("The output %s could not be read: %s" % (name, result.get("evalue", "no answer")))

    def values(self, notebook_cells: Iterable[cells.Cell]) -> Dict[str, Any]:
        """Returns the declared outputs that the notebook has set, by name."""
        found = {}
        for index, cell in enumerate(notebook_cells):
            if cells.is_code(cell):
                for output in cell.get("outputs") or ():
                    found.update(_of_output(output))
                found.update(self._variables.get(index, {}))
        declared = {name: strict(found[name]) for name in self._declared if name in found}
        for name in self._declared:
            if name not in declared:
                self._warn("The output parameter %s was declared, and the notebook never set it." % name)
        return declared


def assigned(source: str) -> List[str]:
    """Returns the names that a cell assigns at its top level, in order."""
    # IPython's % and ! lines are not Python, and do not assign plain names.
    lines = [line for line in source.split("\n") if not line.lstrip().startswith(("%", "!"))]
    names = []
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError:
        return re.findall(r"^(\w+)\s*(?:=(?!=)|<-)", source, re.M)
    for statement in tree.body:
        single = [target for target in [getattr(statement, "target", None)] if target is not None]
        for target in statement.targets if isinstance(statement, ast.Assign) else single:
            for node in ast.walk(target):
                if isinstance(node, ast.Name) and node.id not in names:
                    names.append(node.id)
    return names


def markers(text: str) -> List[str]:
    """Returns the parts of a text that set an output parameter."""
    return [found.group(0) for found in _SET_VALUE.finditer(text)]


def _of_output(output: cells.CellOutput) -> Dict[str, Any]:
    kind = output.get("output_type")
    if kind == "stream":
        text = output.get("text") or ""
        text = "".join(text) if isinstance(text, list) else text
        return dict(_SET_VALUE.findall(text))
    found = {}
    for mime, content in (output.get("data") or {}).items():
        if mime == _RECORD and isinstance(content, dict):
            found.update(content)
        elif _SCRAP.match(mime) and isinstance(content, dict) and "name" in content:
            found[content["name"]] = content.get("data")
    return found


def too_large(values: Dict[str, Any], limit: int) -> List[str]:
    """Returns a sentence for each value whose text has more bytes than the limit."""
    sentences = []
    for name, value in values.items():
        text = value if isinstance(value, str) else json.dumps(value)
        size = len(text.encode("utf-8"))
        if size > limit:
            sentences.append(
                "The output parameter %s has %d bytes, and %d are allowed; output the path of a file instead, or have"
                " the operator raise ml.output.limit." % (name, size, limit)
            )
    return sentences
