"""The container engine: its command line, images, and the parts of one deployment."""
