# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A registered model becomes a running service, and the service that ran before answers until the new one does."""
