"""What the node asks for."""
