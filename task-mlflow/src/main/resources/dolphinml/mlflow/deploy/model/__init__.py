# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The model: resolves its URI, fetches its files, reads its input example."""
