"""Versions of data: a Git repository says what belongs to a version, a store of DVC holds the content."""
