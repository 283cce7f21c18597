"""The preset projects: train a classifier from a CSV file, log it to MLflow, register it. `train.py` is the entry.

What the run frame calls before it starts `train.py`, with nothing but the standard library:
    requirements(request)  what the request's training needs, as pip requirements
    missing(request)       the modules of these that this interpreter does not have
"""

from dolphinml.mlflow.preset.packages import missing, requirements

__all__ = ["missing", "requirements"]
