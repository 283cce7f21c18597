# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The model: which one is meant, its files, its input example."""
