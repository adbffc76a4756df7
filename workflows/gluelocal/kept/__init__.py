"""A run that is kept in a folder: written, locked, and read back."""
