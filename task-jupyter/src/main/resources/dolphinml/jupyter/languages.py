# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The languages in which papermill can write parameters."""

from typing import Any, Dict, Iterable, Optional

from dolphinml.jupyter import papermill_internals
from dolphinml.jupyter.faults import Faults

PYTHON = "python"


class Language:
    """What papermill can do for one notebook."""

    def __init__(self, kernel: str, names: Iterable[Any]) -> None:
        """kernel: the kernel's name; names: the language's names in the notebook, the kernel spec and the options."""
        self._kernel = kernel
        self._names = [name for name in names if isinstance(name, str) and name]

    @property
    def name(self) -> Optional[str]:
        """Returns papermill's name for the language; None if papermill cannot write parameters in it."""
        if any(name == PYTHON for name in self._names[:1]):
            return PYTHON
        translators = papermill_internals.translators()
        known = {name.lower(): name for name in translators if isinstance(name, str)}
        if self._kernel in translators:
            return self._names[0] if self._names else self._kernel
        for name in self._names:
            if name.lower() in known:
                return known[name.lower()]
        return None

    def check(self, field: str, parameters: Dict[str, Any], faults: Faults) -> None:
        """Adds a fault of the field for each parameter that papermill cannot write."""
        if not parameters or self.name == PYTHON:
            return
        language = self._names[0] if self._names else "no language"
        if self.name is None:
            faults.add(
                field,
                "papermill cannot write parameters for %s (kernel %s)" % (language, self._kernel),
                "leave them out, and let the notebook read a file or an environment variable",
            )
            return
        translator = papermill_internals.registry().find_translator(self._kernel, self.name)
        for name, value in parameters.items():
            try:
                translator.codify({name: value}, "Parameters")
            except Exception as error:  # each language lacks some kinds of values
                reason = str(error).strip().split("\n")[0] or type(error).__name__
                faults.add(
                    field,
                    "papermill cannot write the value of %s for %s (%s)" % (name, language, reason),
                    "give a number, a text, true or false",
                )
