"""A selection of windows by log groups and a table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from loglake.core.ledger.row import LedgerRow
from loglake.core.near_names import meant
from loglake.core.units import LogGroupName
from loglake.errors import ConfigError
from loglake_cli.operations.deployment import Deployment

_NAMED = 5
"""How many log groups are suggested after a typing error."""


@dataclass(frozen=True)
class Selection:
    """Windows of some log groups, of a table, or both.

    Attributes:
        log_groups: names, or patterns with * and ?; none means all.
        table: None means all.
    """

    log_groups: tuple[str, ...] = ()
    table: str | None = None

    @property
    def is_all(self) -> bool:
        """Whether it selects everything, including what belongs to no window."""
        return not self.log_groups and self.table is None

    def has(self, row: LedgerRow) -> bool:
        """Whether it selects a window."""
        return self.has_group(row.log_group) and self.table in {None, row.table}

    def has_group(self, log_group: str) -> bool:
        """Whether it selects windows of a log group."""
        return not self.log_groups or any(fnmatchcase(log_group, pattern) for pattern in self.log_groups)


ALL = Selection()


def check_patterns(patterns: Sequence[str], names: Collection[LogGroupName]) -> None:
    """Refuses patterns that match no log group, with the nearest names.

    Raises:
        ConfigError: there is one.
    """
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            near = meant(pattern.replace("*", ""), names, most=_NAMED)
            raise ConfigError(f"No log group matches {pattern}: {near or f'there are {_some(names)}.'}")


def check_known(deployment: Deployment, patterns: Sequence[str]) -> None:
    """Refuses patterns that match no log group of CloudWatch or the ledger, unless CloudWatch may not be asked.

    Raises:
        ConfigError: there is one.
    """
    there = deployment.log_group_names()
    if not patterns or (there is None and deployment.tasks is not None):
        return
    if there is not None and all(any(fnmatchcase(name, pattern) for name in there) for pattern in patterns):
        return
    check_patterns(patterns, {*(there or ()), *(row.log_group for row in deployment.ledger.all_rows())})


def _some(names: Collection[LogGroupName]) -> str:
    if not names:
        return "none"
    return ", ".join(sorted(names)[:_NAMED]) + (f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else "")
