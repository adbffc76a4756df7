"""Folders as buckets: objects by key, and paths that stay inside."""
