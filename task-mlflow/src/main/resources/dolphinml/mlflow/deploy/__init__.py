# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Deploys a registered model as a service; the previous service answers until the new one does."""
