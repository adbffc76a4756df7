"""Mending what a verification found: `loglake rerun --damaged`."""
