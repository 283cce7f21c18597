"""A registered model becomes a running service, and the service that ran before answers until the new one does."""
