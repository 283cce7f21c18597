# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Stands in for the package `openmldb` of PyPI where a test puts its folder on PYTHONPATH; see dbapi.py."""
