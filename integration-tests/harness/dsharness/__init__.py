# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Boots a real DolphinScheduler and an MLflow server on this machine and drives them.

Only the standard library: the demo runs on any Python 3.9 before a single package is installed.
"""
