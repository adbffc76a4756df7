"""Stacks of an account: how they are, what would change, and changing them."""
