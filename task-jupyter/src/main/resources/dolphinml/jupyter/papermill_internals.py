# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Wraps the private parts of papermill that this package needs; no other file uses them.

test_papermill_internals.py fails if a release of papermill no longer has one.
"""

from typing import TYPE_CHECKING, Any, Dict, List

from dolphinml.jupyter import lazy_storage

if TYPE_CHECKING:
    from papermill.translators import PapermillTranslators


def registry() -> "PapermillTranslators":
    """Returns papermill's registry of translators, which write parameters."""
    lazy_storage.import_iorw()
    from papermill.translators import papermill_translators

    return papermill_translators


def translators() -> Dict[str, Any]:
    """Returns the translators by name of kernel or language."""
    return registry()._translators


def engine_names() -> List[str]:
    """Returns the names of the available engines, papermill's own and those of plugins."""
    from papermill.engines import papermill_engines

    return sorted(name for name in papermill_engines._engines if name)


def typed(text: str) -> Any:
    """Returns the value that papermill's command line reads from a text: a number, true, none, or the text itself."""
    from papermill.cli import _resolve_type

    return _resolve_type(text)
