"""Fixtures: one account without any stack."""

from support.local.deployers import account, deployer

__all__ = ["account", "deployer"]
