"""The permissions of whoever deploys, as the table of docs/aws/first-deployment.md lists them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from loglake_cli.project_files import CLONE


@dataclass(frozen=True)
class Needed:
    """A row of the table.

    Attributes:
        action: such as ``cloudformation:DescribeStacks``.
        resource: its ARN behind ``arn:<partition>:``, with ``{region}``, ``{account}`` and ``{prefix}``; ``*`` if the
            action takes none.
        commands: what calls it: deploy, destroy and init.
    """

    action: str
    resource: str
    commands: tuple[str, ...]

    def arn(self, partition: str, region: str, account: str, prefix: str) -> str:
        """The resource in an account."""
        if self.resource == "*":
            return "*"
        return f"arn:{partition}:{self.resource.format(region=region, account=account, prefix=prefix)}"


def _rows() -> tuple[Needed, ...]:
    page = (CLONE / "docs" / "aws" / "first-deployment.md").read_text("utf-8")
    table = page[page.index("<!-- permissions -->") :].split("\n\n")[0]
    rows = [[cell.strip().strip("`") for cell in line.split("|")[1:4]] for line in table.splitlines()[3:]]
    for action, resource, _ in rows:
        assert re.fullmatch(r"[a-z0-9]+:\w+", action), action
        assert resource == "*" or resource.count(":") >= 3, resource
    return tuple(Needed(action, resource, tuple(commands.split(", "))) for action, resource, commands in rows)


NEEDED = _rows()
"""What the commands themselves call; STS answers GetCallerIdentity to everybody."""
