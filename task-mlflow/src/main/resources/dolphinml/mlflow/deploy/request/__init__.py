# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The node's request: its settings, limits and build options."""
