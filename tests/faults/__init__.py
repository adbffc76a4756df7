"""Kills and injected errors: the lake is the same as without them."""
