# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The records of this machine's deployments on disk."""
