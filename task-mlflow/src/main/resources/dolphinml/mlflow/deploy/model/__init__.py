"""The model: which one is meant, its files, its input example."""
