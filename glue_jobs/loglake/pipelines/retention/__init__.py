"""What leaves because it is older than a dataset keeps it."""
