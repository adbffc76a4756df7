"""The names that the templates give by rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loglake_cli.deploy.stacks import database_name


@dataclass(frozen=True)
class Names:
    """The names of a deployment."""

    prefix: str
    account_id: str
    region: str
    partition: str

    @property
    def buckets(self) -> Mapping[str, str]:
        """By what they are for."""
        end = f"{self.account_id}-{self.region}"
        return {use: f"{self.prefix}-{use}-{end}" for use in ("control", "raw", "lake")}

    @property
    def database(self) -> str:
        """Of the tables."""
        return database_name(self.prefix)

    @property
    def suffix(self) -> str:
        """What the names of some services end with."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def named(self, name: str) -> str:
        """A name behind the prefix."""
        return f"{self.prefix}-{name}"

    def request_context(self, source_arn: str) -> dict[str, tuple[str, ...]]:
        """The condition keys of a request that a service makes for a resource of this account."""
        return {
            "aws:sourceaccount": (self.account_id,),
            "aws:sourcearn": (source_arn,),
            "aws:securetransport": ("true",),
        }

    def arn(self, service: str, resource: str) -> str:
        """An ARN in this account and Region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"
