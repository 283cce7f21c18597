# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Builds a Python environment from a file that comes with a task, once for each content, and keeps it."""
