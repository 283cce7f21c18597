"""The tracking server that a node names: whether it is there, and MLflow's client on it."""
