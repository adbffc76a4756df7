"""Stacks and artifacts: what the local runtime and a real account share."""
