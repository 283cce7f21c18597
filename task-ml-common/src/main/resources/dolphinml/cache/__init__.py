# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What operators do with the cache of environments: build ahead, look, make room."""
