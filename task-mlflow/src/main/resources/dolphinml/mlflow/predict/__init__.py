"""Batch prediction: a registered model scores the rows of files. `predict_batch.py` is the program."""
