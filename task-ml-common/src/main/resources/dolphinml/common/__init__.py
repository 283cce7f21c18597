# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What every program needs: its request, its report, its log, and the processes it started."""
