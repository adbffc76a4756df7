"""Fixtures of gluelocal's tests."""

from support.gluelocal.deployers import account, deployer
from support.gluelocal.fixtures import aws, catalog, glue, lake, s3

__all__ = ["account", "aws", "catalog", "deployer", "glue", "lake", "s3"]
