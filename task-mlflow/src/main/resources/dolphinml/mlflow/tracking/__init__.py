# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The tracking server that a node names: whether it is there, and MLflow's client on it."""
