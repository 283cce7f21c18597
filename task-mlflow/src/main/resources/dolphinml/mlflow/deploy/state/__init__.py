"""What is known of deployments on this machine, on the disk."""
