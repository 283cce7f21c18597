# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A deployment as an object of a Kubernetes cluster: reached through kubectl, known to every worker."""
