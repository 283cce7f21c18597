# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Commands with which operators manage the cache of environments: build in advance, list, free space."""
