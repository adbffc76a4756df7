"""Faults of an embedded AWS: rules select calls, operations on resources and events, and what goes wrong with them."""
