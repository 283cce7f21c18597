# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Queries a running model server, and reads its log."""
