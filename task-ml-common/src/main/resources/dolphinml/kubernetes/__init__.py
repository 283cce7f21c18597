"""Talks to a Kubernetes cluster through kubectl: what exists, how it stands, what its pods log."""
