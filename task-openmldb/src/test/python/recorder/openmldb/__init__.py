"""Stands for OpenMLDB's SDK and records what it is called with."""
