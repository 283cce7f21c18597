# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Deployments as objects of a Kubernetes cluster: managed with kubectl, with records that every worker can read."""
