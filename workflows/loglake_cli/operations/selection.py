"""Which windows a person means by log groups and a table."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loglake.core.ledger.row import LedgerRow


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
        """Whether all windows are meant, and what belongs to no window too."""
        return not self.log_groups and self.table is None

    def has(self, row: LedgerRow) -> bool:
        """Whether a window is meant."""
        named = not self.log_groups or any(fnmatchcase(row.log_group, pattern) for pattern in self.log_groups)
        return named and self.table in {None, row.table}


ALL = Selection()
