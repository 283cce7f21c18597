# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The preset projects: train a model from a CSV file, log it to MLflow, register it. `train.py` is the entry
point; `packages` lists what a training needs in its environment, and uses only the standard library."""
