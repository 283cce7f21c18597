"""A real Kubernetes cluster on loopback, without containers: see `cluster.Cluster`."""
