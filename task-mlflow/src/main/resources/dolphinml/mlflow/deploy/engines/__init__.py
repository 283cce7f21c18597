# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What a deployment can run on: one file for each engine, all behind the interface of `engine`."""
