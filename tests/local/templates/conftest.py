"""What the tests of resource types share: one account into which nothing is deployed."""

from support.local.deployers import account, deployer

__all__ = ["account", "deployer"]
