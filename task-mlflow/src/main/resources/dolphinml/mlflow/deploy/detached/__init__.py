# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Programs that outlive the task that starts them."""
