# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Reads the arguments of `mlflow.buildOptions`."""

from typing import List


def build_arguments(options: List[str]) -> List[str]:
    """Returns the names of the build arguments that are set with --build-arg."""
    names = []
    for index, word in enumerate(options):
        if word == "--build-arg" and index + 1 < len(options):
            names.append(options[index + 1].partition("=")[0])
        elif word.startswith("--build-arg="):
            names.append(word[len("--build-arg=") :].partition("=")[0])
    return names
