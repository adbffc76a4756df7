"""Queries of a deployment, run in Athena."""
