"""What operators do with the cache of environments: build ahead, look, make room."""
