# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The preset projects: train a model from a CSV file, log it to MLflow, register it. `train.py` is the entry; what a
training needs of its environment, `packages` says, with nothing but the standard library."""
