# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A real Kubernetes cluster on loopback, without containers: see `cluster.Cluster`."""
