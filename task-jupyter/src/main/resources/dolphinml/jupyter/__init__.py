"""Runs a notebook with papermill, and tells what the papermill command does not."""
