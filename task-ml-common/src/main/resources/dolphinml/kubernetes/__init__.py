# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Talks to a Kubernetes cluster through kubectl: what exists, how it stands, what its pods log."""
