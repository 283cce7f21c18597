# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Applies a manifest to a cluster and follows its objects until they end."""
