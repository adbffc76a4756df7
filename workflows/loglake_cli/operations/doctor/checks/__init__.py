"""The checks, a module per theme."""
