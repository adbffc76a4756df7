"""Fixtures of the page's tests."""

from support.gluelocal.fixtures import aws, glue, lake, s3

__all__ = ["aws", "glue", "lake", "s3"]
