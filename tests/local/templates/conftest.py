"""Fixtures: one account without any stack, shared by the tests of resource types."""

from support.local.deployers import account, deployer

__all__ = ["account", "deployer"]
