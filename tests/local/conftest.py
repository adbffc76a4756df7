"""What the tests of the local runtime share."""

from support.local.fixtures import aws, catalog, glue, lake, s3

__all__ = ["aws", "catalog", "glue", "lake", "s3"]
