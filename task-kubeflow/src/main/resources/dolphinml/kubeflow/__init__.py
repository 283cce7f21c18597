"""Applies a manifest to a cluster and follows what it describes to its end."""
