"""What the tests of the commands share."""

from support.local.fixtures import aws, catalog

__all__ = ["aws", "catalog"]
