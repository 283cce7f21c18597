# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The container engine: its command line, images, and the parts of one deployment."""
