# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Draws the run's pictures, without a display."""

import warnings
from typing import TYPE_CHECKING, Any, Optional

import numpy
from matplotlib import font_manager, rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix as count

if TYPE_CHECKING:
    from dolphinml.mlflow.preset.importance import Importance

MOST_CLASSES = 40
MOST_WITH_NUMBERS = 20
MOST_BARS = 30
LONGEST_NAME = 30

# For names that matplotlib's own font cannot render; the first installed font is used.
_WIDE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
    "Arial Unicode MS",
)


def _figure(width: float, height: float) -> Figure:
    installed = {font.name for font in font_manager.fontManager.ttflist}
    wide = [name for name in _WIDE_FONTS if name in installed][:1]
    rcParams["font.family"] = ["DejaVu Sans"] + wide
    if "text.parse_math" in rcParams:
        # Names may contain dollar signs, which matplotlib would parse as formulas.
        rcParams["text.parse_math"] = False
    figure = Figure(figsize=(width, height), dpi=100)
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, path: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figure.savefig(path, format="png", bbox_inches="tight")


def _shortened(name: Any) -> str:
    name = str(name)
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 3] + "..."


def confusion_matrix(labels: numpy.ndarray, predicted: numpy.ndarray) -> Optional[Figure]:
    """Draws the confusion matrix; returns None if there are more than MOST_CLASSES classes."""
    classes = sorted(set(labels.tolist()) | set(predicted.tolist()), key=lambda name: (isinstance(name, str), name))
    if len(classes) > MOST_CLASSES:
        return None
    counts = count(labels, predicted, labels=classes)
    size = max(4.0, 0.45 * len(classes) + 2.5)
    figure = _figure(size, size)
    axes = figure.add_subplot()
    axes.imshow(counts, cmap="Blues")
    axes.set_xticks(numpy.arange(len(classes)))
    axes.set_xticklabels([_shortened(name) for name in classes], rotation=45, ha="right")
    axes.set_yticks(numpy.arange(len(classes)))
    axes.set_yticklabels([_shortened(name) for name in classes])
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.set_title("Confusion matrix, %d test rows" % len(labels))
    if len(classes) <= MOST_WITH_NUMBERS:
        for (row, column), number in numpy.ndenumerate(counts):
            colour = "white" if number > counts.max() / 2 else "black"
            axes.text(column, row, str(number), ha="center", va="center", color=colour)
    return figure


def importance(found: "Importance") -> Figure:
    """Draws a bar chart of the most important columns."""
    shown = found.values[:MOST_BARS][::-1]
    figure = _figure(7.0, 1.5 + 0.3 * len(shown))
    axes = figure.add_subplot()
    axes.barh(range(len(shown)), [value for _, value in shown])
    axes.set_yticks(range(len(shown)))
    axes.set_yticklabels([_shortened(name) for name, _ in shown])
    axes.set_xlabel(found.method)
    more = ", %d of %d" % (len(shown), len(found.values)) if len(shown) < len(found.values) else ""
    axes.set_title("Feature importance" + more)
    return figure


def predictions(labels: numpy.ndarray, predicted: numpy.ndarray) -> Figure:
    """Plots predicted against true numbers, for a regression."""
    figure = _figure(5.5, 5.5)
    axes = figure.add_subplot()
    axes.scatter(labels, predicted, s=10)
    ends = [min(labels.min(), predicted.min()), max(labels.max(), predicted.max())]
    axes.plot(ends, ends, color="grey", linewidth=1)
    axes.set_xlabel("true")
    axes.set_ylabel("predicted")
    axes.set_title("%d test rows" % len(labels))
    return figure
