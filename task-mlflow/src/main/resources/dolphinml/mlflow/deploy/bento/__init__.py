# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Deployments of type BENTOML: the model store, the service generated for a model, and users' own services."""
