"""What a DVC node does: uploads and downloads versions of data, initializes, checks and reproduces."""
