"""What a run made, kept as files, and SQL over it."""
