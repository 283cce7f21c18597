# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The engines that a deployment can run on: one file each, all behind the interface in `engine`."""
