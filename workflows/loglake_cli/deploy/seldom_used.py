"""The permissions of `access.yaml` that a run may not need, each with the reason why it is granted."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

import yaml

from loglake_cli.project_files import SELDOM_USED_FILE


@dataclass(frozen=True)
class SeldomUsed:
    """A permission, or several of one kind.

    Attributes:
        role: its logical id in the template.
        action: such as ``s3:PutObject``.
        resource: as the role is granted it, with ``*`` as in a shell.
        when: when it is used, in words.
    """

    role: str
    action: str
    resource: str
    when: str

    def covers(self, role: str, action: str, resource: str) -> bool:
        """Whether this entry covers a role's permission; a deployed role is named ``<stack>-<logical id>-<random>``."""
        return f"-{self.role}-" in role and self.action == action and fnmatchcase(resource, self.resource)


@cache
def read_seldom_used() -> tuple[SeldomUsed, ...]:
    """The permissions of the file, in its order."""
    return tuple(
        SeldomUsed(entry["role"], action, resource, entry["when"])
        for entry in yaml.safe_load(SELDOM_USED_FILE.read_text(encoding="utf-8"))
        for action in entry["actions"]
        for resource in entry["resources"]
    )


def when_used(role: str, action: str, resource: str) -> str:
    """When a permission is used; empty if no entry knows it."""
    return next((each.when for each in read_seldom_used() if each.covers(role, action, resource)), "")
