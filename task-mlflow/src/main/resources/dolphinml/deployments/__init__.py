"""The operator's command for deployments."""
