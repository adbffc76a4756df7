"""Adapters that keep the promises of `core.ports` with boto3."""
