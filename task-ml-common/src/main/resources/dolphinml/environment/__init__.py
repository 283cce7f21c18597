"""Builds a Python environment from a file that comes with a task, once for each content, and keeps it."""
