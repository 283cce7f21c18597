# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The serving side of a deployment: what owns its port, relays requests, and holds the model servers of processes.

It runs outside of tasks, for years; nothing here knows how a task deploys.
"""
