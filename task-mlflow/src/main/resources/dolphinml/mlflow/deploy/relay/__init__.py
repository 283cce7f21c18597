# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The serving side of a deployment: owns its port, relays requests, and runs the model servers of process deployments.

It runs outside of tasks, possibly for years; nothing here knows how a task deploys.
"""
