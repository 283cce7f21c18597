"""Queries a running model server, and reads its log."""
