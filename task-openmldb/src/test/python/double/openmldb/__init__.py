"""Stands in for the package `openmldb` of PyPI where a test puts its folder on PYTHONPATH; see dbapi.py."""
