"""Fixtures of the local runtime's tests."""

from support.local.fixtures import aws, catalog, glue, lake, s3

__all__ = ["aws", "catalog", "glue", "lake", "s3"]
