"""Repairs what a verification found: `loglake rerun --damaged`."""
