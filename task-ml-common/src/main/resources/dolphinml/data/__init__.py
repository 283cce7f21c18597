# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Versions of data: a Git repository says what belongs to a version, a store of DVC holds the content."""
