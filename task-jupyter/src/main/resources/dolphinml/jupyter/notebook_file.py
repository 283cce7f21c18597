# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Checks that papermill can read a notebook's file, since papermill itself fails with a bare Python error."""

import json
import re
from typing import Any, Dict, Type, TypeVar

T = TypeVar("T")

VERSIONS = (3, 4)

_SAVE_AGAIN = "open it in Jupyter and save it again, or restore a copy"

# The first bytes of files that editors and tools put in place of a notebook.
_MARKS = (
    (
        b"\xef\xbb\xbf",
        "it begins with a byte order mark",
        "save it as UTF-8 without one; in a shell: sed -i '1s/^\\xEF\\xBB\\xBF//' and the file's name",
    ),
    (b"\xff\xfe", "it is UTF-16", "save it as UTF-8 without a byte order mark"),
    (b"\xfe\xff", "it is UTF-16", "save it as UTF-8 without a byte order mark"),
    (b"version https://git-lfs", "it is a pointer of Git LFS and not the file", "fetch the file: git lfs pull"),
    (b"\x1f\x8b", "it is compressed by gzip", "unpack it"),
)

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class Damaged(Exception):
    """The file is not a notebook that can run; says what is wrong and what to do."""

    def __init__(self, wrong: str, right: str = _SAVE_AGAIN) -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.right = right


def parsed(content: bytes) -> Dict[str, Any]:
    """Parses the bytes of a notebook file; raises Damaged."""
    for mark, wrong, right in _MARKS:
        if content.startswith(mark):
            raise Damaged(wrong, right)
    if not content.strip():
        raise Damaged("it is empty")
    try:
        notebook = json.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Damaged("it is not UTF-8 (byte %d)" % error.start, "save it as UTF-8") from None
    except ValueError as error:
        if b"\n<<<<<<< " in content and b"\n>>>>>>> " in content:
            raise Damaged("it has the marks of a merge conflict (<<<<<<<)", "resolve the conflict") from None
        raise Damaged("it is not JSON: %s" % error) from None
    except RecursionError:
        raise Damaged("its JSON is nested too deeply") from None
    _check_notebook(notebook)
    if _SURROGATE.search(content):
        _check_characters(notebook)
    return notebook


def _check_characters(notebook: Dict[str, Any]) -> None:
    """Rejects unpaired surrogates, which JSON can express but UTF-8 cannot encode."""
    try:
        json.dumps(notebook, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise Damaged(
            "it has half of a character (\\u%04x), which UTF-8 cannot hold" % ord(error.object[error.start]),
            "remove it, and save the notebook again",
        ) from None


def _check_notebook(notebook: Any) -> None:
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells", notebook.get("worksheets")), list):
        raise Damaged("it has no cells")
    version = notebook.get("nbformat")
    if type(version) is not int:
        raise Damaged("its nbformat is missing" if version is None else "its nbformat is %s" % _shortened_json(version))
    if version not in VERSIONS:
        raise Damaged(
            "its nbformat is %d, and papermill reads 3 and 4" % version, "open it in a current Jupyter and save it again"
        )
    if version == 4 or "nbformat_minor" in notebook:
        _required(notebook, "nbformat_minor", int, "nbformat_minor")
    _check_metadata(_required(notebook, "metadata", dict, "metadata"))
    if version == 3:
        _check_old(notebook)
        return
    for index, cell in enumerate(_required(notebook, "cells", list, "cells")):
        _check_cell(cell, "cells[%d]" % index, "source")


def _check_old(notebook: Dict[str, Any]) -> None:
    for number, sheet in enumerate(_required(notebook, "worksheets", list, "worksheets")):
        place = "worksheets[%d]" % number
        for index, cell in enumerate(_required(_required_mapping(sheet, place), "cells", list, place + ".cells")):
            kind = _required_mapping(cell, "%s.cells[%d]" % (place, index)).get("cell_type")
            _check_cell(dict({"metadata": {}}, **cell), "%s.cells[%d]" % (place, index), "input" if kind == "code" else "source")


def _check_metadata(metadata: Dict[str, Any]) -> None:
    for name in ("kernelspec", "language_info", "papermill"):
        part = _required_mapping(metadata.get(name, {}), "metadata." + name)
        for field in ("name", "language", "display_name"):
            if field in part and name != "papermill" and not isinstance(part[field], str):
                raise Damaged("its metadata.%s.%s is %s and not a text" % (name, field, _shortened_json(part[field])))


def _check_cell(cell: Dict[str, Any], place: str, source: str) -> None:
    _required(_required_mapping(cell, place), "cell_type", str, place + ".cell_type")
    if isinstance(cell.get("id"), (dict, list)):
        raise Damaged("its %s.id is %s and not a text" % (place, _shortened_json(cell["id"])))
    metadata = _required(cell, "metadata", dict, place + ".metadata")
    _check_text(cell, source, "%s.%s" % (place, source))
    tags = metadata.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise Damaged("its %s.metadata.tags are %s and not a list of texts" % (place, _shortened_json(tags)))
    for name, value in (("attachments", cell.get("attachments", {})), ("metadata.papermill", metadata.get("papermill", {}))):
        _required_mapping(value, "%s.%s" % (place, name))
    outputs = cell.get("outputs", [])
    if not isinstance(outputs, list):
        raise Damaged("its %s.outputs are %s and not a list" % (place, _shortened_json(outputs)))
    for number, output in enumerate(outputs):
        where = "%s.outputs[%d]" % (place, number)
        kind = _required(_required_mapping(output, where), "output_type", str, where + ".output_type")
        _required_mapping(output.get("data", {}), where + ".data")
        if kind == "stream" or "text" in output:
            _check_text(output, "text", where + ".text")
    for name, parts in cell.get("attachments", {}).items():
        _required_mapping(parts, "%s.attachments.%s" % (place, name))


def _check_text(cell: Dict[str, Any], name: str, place: str) -> None:
    if name not in cell:
        raise Damaged("its %s is missing" % place)
    text = cell[name]
    if not isinstance(text, str) and not (isinstance(text, list) and all(isinstance(line, str) for line in text)):
        raise Damaged("its %s is %s and not a text" % (place, _shortened_json(text)))


def _required(whole: Dict[str, Any], name: str, kind: Type[T], place: str) -> T:
    if name not in whole:
        raise Damaged("its %s is missing" % place)
    if not isinstance(whole[name], kind):
        raise Damaged("its %s is %s" % (place, _shortened_json(whole[name])))
    return whole[name]


def _required_mapping(value: Any, place: str) -> Dict[str, Any]:
    if not isinstance(value, dict):
        raise Damaged("its %s is %s and not an object" % (place, _shortened_json(value)))
    return value


def _shortened_json(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:60] + "..."
