# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Renders displays that change, such as display handles and widgets, as text."""

import functools
import html
import re
import time
from typing import Any, Callable, Dict, Hashable, Iterator, List, Set, Tuple

from dolphinml.common.console import SECONDS_BETWEEN_REDRAWS

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

BAR_WIDTH = 20

# A larger page is not a progress bar.
MOST_HTML = 50000

_UNSEEN = re.compile(r"<(style|script)\b.*?</\1\s*>|<!--.*?-->", re.I | re.S)
_TAG = re.compile(r"<[^>]*>")
_REFERENCE = "IPY_MODEL_"


class Changes:
    """Shows the states of a display like those of a progress bar: at most one per SECONDS_BETWEEN_REDRAWS, always the last."""

    def __init__(self, show: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._show = show
        self._clock = clock
        self._shown: Dict[Hashable, Tuple[float, str]] = {}
        self._waiting: Dict[Hashable, Callable[[], str]] = {}

    def first(self, key: Hashable, text: str) -> None:
        """Notes that the first state of the display `key` has been logged as ordinary output."""
        self._shown[key] = (self._clock(), text)

    def change(self, key: Hashable, text: Callable[[], str]) -> None:
        """Notes a new state of the display. `text()` is called only for a state that is shown."""
        self._waiting[key] = text
        shown = self._shown.get(key)
        if shown is None or self._clock() - shown[0] >= SECONDS_BETWEEN_REDRAWS:
            self._report(key)

    def close(self) -> None:
        for key in list(self._waiting):
            self._report(key)

    def _report(self, key: Hashable) -> None:
        text = self._waiting.pop(key)()
        _, before = self._shown.get(key, (0.0, ""))
        self._shown[key] = (self._clock(), text)
        if text and text != before:
            self._show(text)


def text_of_html(page: str) -> str:
    """Returns the text of an HTML page in one line; empty if the page is too large to be a progress bar."""
    if len(page) > MOST_HTML:
        return ""
    return " ".join(html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", page))).split())


class Widgets:
    """The widgets of a kernel that are on display.

    states  the widget states by model id, as nbclient keeps them
    """

    def __init__(self, states: Dict[str, Dict[str, Any]], changes: Changes) -> None:
        self._states = states
        self._changes = changes
        # For each model id, the displays that the model is part of.
        self._displays: Dict[str, Set[str]] = {}

    def display(self, model: str) -> str:
        """Registers a display of the widget and returns its text, empty if it has nothing that text can show."""
        for part in self._parts(model):
            self._displays.setdefault(part, set()).add(model)
        text = self.text(model)
        self._changes.first(model, text)
        return text

    def change(self, model: str) -> None:
        for shown in self._displays.get(model, ()):
            self._changes.change(shown, functools.partial(self.text, shown))

    def _children(self, model: str) -> List[str]:
        children = self._states.get(model, {}).get("children") or ()
        return [name[len(_REFERENCE) :] for name in children if isinstance(name, str) and name.startswith(_REFERENCE)]

    def _parts(self, model: str, seen: Tuple[str, ...] = ()) -> Iterator[str]:
        yield model
        for child in self._children(model):
            if child not in seen:
                yield from self._parts(child, (*seen, model))

    def text(self, model: str) -> str:
        parts = [_widget_text(self._states.get(part, {})) for part in self._parts(model)]
        return " ".join(part for part in parts if part)


def _widget_text(state: Dict[str, Any]) -> str:
    kind = state.get("_model_name") or ""
    value = state.get("value")
    if "Progress" in kind and isinstance(value, (int, float)):
        return " ".join(each for each in (_html_text(state.get("description")), _bar(state, value)) if each)
    if kind.startswith(("HTML", "Label")) and isinstance(value, str):
        return _html_text(value)
    return ""


def _html_text(text: Any) -> str:
    return text_of_html(text) if isinstance(text, str) else ""


def _bar(state: Dict[str, Any], value: float) -> str:
    least, most = state.get("min") or 0, state.get("max")
    if not isinstance(most, (int, float)) or most <= least:
        return str(value)
    done = int(BAR_WIDTH * min(1, max(0, (value - least) / (most - least))))
    return "|%s%s|" % ("#" * done, " " * (BAR_WIDTH - done))
