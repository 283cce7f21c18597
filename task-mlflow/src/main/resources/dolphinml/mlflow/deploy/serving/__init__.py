"""Asks a running model server, and reads what it says."""
