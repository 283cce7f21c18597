"""What the node requests."""
