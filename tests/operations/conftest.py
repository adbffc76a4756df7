"""What the tests of the operations share."""

from support.local.fixtures import aws, catalog

__all__ = ["aws", "catalog"]
