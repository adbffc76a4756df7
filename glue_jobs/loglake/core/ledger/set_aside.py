"""A failed export that is set aside while the rows in the table, which are an earlier one's, are converted again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from loglake.core.units import EpochMs

if TYPE_CHECKING:
    from loglake.core.ledger.row import LedgerRow


@dataclass(frozen=True)
class SetAside:
    """What a FAILED row is again once the rows of its standing generation are converted again, field by field.

    Attributes:
        generation: later than the one that is converted, with the list of the failed export where it had one.
        updated_at_ms: when it failed: by that a pass knows whether it has tried the window.
    """

    generation: int
    attempts: int
    task_id: str
    objects: int
    size_bytes: int
    digest: str
    exported_at_ms: EpochMs
    events_before: int | None
    reason: str
    updated_at_ms: EpochMs
    dismissed_ms: EpochMs

    @staticmethod
    def of(row: LedgerRow) -> SetAside:
        """What is set aside of a FAILED row."""
        return SetAside(**{each.name: getattr(row, each.name) for each in fields(SetAside)})

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict, which has the fields of a row by their names."""
        return dict(vars(self))

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> SetAside:
        """The inverse of `to_json`."""
        return SetAside(**data)
