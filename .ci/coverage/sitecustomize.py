# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Counts the lines that pytest and our programs run, in Python environments that lack coverage.py.

`.ci/run --coverage` has this module and the package coverage on PYTHONPATH. Kernels, model servers and tools start without it:
they run nothing of ours, and counting slows a Python process down by a half.
"""

import os
import sys

if os.environ.get("COVERAGE_PROCESS_START") and any("dolphinml" in word or word == "pytest" for word in sys.orig_argv):
    import coverage

    coverage.process_startup()
