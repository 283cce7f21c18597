# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Keeps the values of secret parameters out of the notebooks that papermill writes; only the kernel receives them."""

import json
import re
from typing import Any, Iterable

from dolphinml.common.masking import MASK, Secrets
from dolphinml.jupyter import cells


class Scrubber:
    """Masks secret values in every text of a notebook, and secret parameters by their names."""

    def __init__(self, values: Iterable[str], names: Iterable[str]) -> None:
        self._secrets = Secrets(values)
        self._names = set(names)

    def text(self, text: str) -> str:
        return self._secrets.mask(text)

    def notebook(self, text: str) -> str:
        """Returns the text of a notebook file without the secrets."""
        tree = self._masked(json.loads(text))
        record = (tree.get("metadata") or {}).get("papermill") or {}
        for name in self._names & set(record.get("parameters") or ()):
            record["parameters"][name] = MASK
        for cell in tree.get("cells") or ():
            if cells.INJECTED_TAG in cells.cell_tags(cell):
                cell["source"] = self._injected(cells.source(cell))
        return json.dumps(tree, ensure_ascii=False, indent=1) + "\n"

    def _injected(self, source: str) -> str:
        """Masks the injected cell, in which papermill writes one assignment per line, in the notebook's language."""
        for name in self._names:
            source = re.sub(
                r"^(\s*%s\s*(?:=|<-)).*$" % re.escape(name),
                lambda match: match.group(1) + ' "%s"' % MASK,
                source,
                flags=re.M,
            )
        return source

    def _masked(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._secrets.mask(value)
        if isinstance(value, list):
            return [self._masked(item) for item in value]
        if isinstance(value, dict):
            return {self._secrets.mask(key): self._masked(item) for key, item in value.items()}
        return value

    def install(self) -> None:
        """Wraps papermill's function that writes notebooks."""
        from papermill.iorw import papermill_io

        write = papermill_io.write
        papermill_io.write = lambda text, path, *args, **kwargs: write(self.notebook(text), path, *args, **kwargs)
