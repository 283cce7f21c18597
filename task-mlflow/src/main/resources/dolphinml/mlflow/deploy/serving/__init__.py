# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Checks model servers: their health, logs, ports and crashes, and how canaries compare."""
