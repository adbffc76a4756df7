"""Fixtures of the operations' tests."""

from support.local.fixtures import aws, catalog

__all__ = ["aws", "catalog"]
