# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Builds a Python environment from a file of the task, once per content, and caches it."""
