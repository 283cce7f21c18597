# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""What a deployment of the type BENTOML is made from: its model store, and the service that is generated for a model."""
