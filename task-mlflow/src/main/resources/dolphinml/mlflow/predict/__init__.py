# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Batch prediction: a registered model scores the rows of files. `predict_batch.py` is the program."""
