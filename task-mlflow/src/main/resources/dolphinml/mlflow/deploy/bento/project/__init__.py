# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The files of a generated BentoML service: copied beside `settings.json` into a folder from which `bentoml` serves them."""
