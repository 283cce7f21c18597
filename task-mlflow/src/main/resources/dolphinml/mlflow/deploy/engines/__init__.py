"""What a deployment can run on: one file for each engine, all behind the interface of `engine`."""
