# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a notebook with papermill, and reports what the papermill command does not."""
