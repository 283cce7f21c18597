# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The tracking server that a node names: checks that it is reachable, and connects MLflow's client to it."""
