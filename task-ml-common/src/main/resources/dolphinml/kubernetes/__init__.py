# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Talks to a Kubernetes cluster through kubectl: reads objects, their state and the logs of their pods."""
