# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The actions of a DVC node: upload, download, init, check and repro."""
