# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Stands for OpenMLDB's SDK and records what it is called with."""
