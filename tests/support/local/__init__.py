"""Helpers for tests of the local runtime: stacks, processes, engines."""
