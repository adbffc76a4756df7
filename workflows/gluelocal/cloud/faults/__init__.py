"""Faults that a person injects into calls of the embedded AWS."""
