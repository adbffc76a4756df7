"""Fixtures of the operations' tests."""

from support.gluelocal.fixtures import aws, catalog

__all__ = ["aws", "catalog"]
