# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What a DVC node does: uploads and downloads versions of data, initializes, checks and reproduces."""
