# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What is known of deployments on this machine, on the disk."""
