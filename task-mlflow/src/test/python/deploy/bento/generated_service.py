# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Importing this makes the files of a generated BentoML service importable by the names that they have where they are served."""

import pathlib
import sys

PROJECT = pathlib.Path(__file__).resolve().parents[5] / "src/main/resources/dolphinml/mlflow/deploy/bento/project"

if str(PROJECT) not in sys.path:
    sys.path.append(str(PROJECT))
