# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What papermill keeps private and this package needs: no other file of it touches those names.

test_papermill_internals.py fails where a release of papermill no longer has one.
"""

from typing import TYPE_CHECKING, Any, Dict, List

from dolphinml.jupyter import lazy_storage

if TYPE_CHECKING:
    from papermill.translators import PapermillTranslators


def registry() -> "PapermillTranslators":
    """papermill's own registry of what writes parameters."""
    lazy_storage.import_iorw()
    from papermill.translators import papermill_translators

    return papermill_translators


def translators() -> Dict[str, Any]:
    """What writes parameters, by the name of a kernel or a language."""
    return registry()._translators


def engine_names() -> List[str]:
    """The engines that are there, papermill's own and those of plugins."""
    from papermill.engines import papermill_engines

    return sorted(name for name in papermill_engines._engines if name)


def typed(text: str) -> Any:
    """The value that papermill's command line takes a text for: a number, true, none, or the text itself."""
    from papermill.cli import _resolve_type

    return _resolve_type(text)
