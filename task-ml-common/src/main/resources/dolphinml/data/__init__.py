# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Data versions: a Git repository lists the files of each version, a DVC store holds their content."""
