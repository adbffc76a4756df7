"""What broke a table's schema setting, window by window, as the commits noted it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from loglake.core.ledger.row import LedgerRow
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.contract import Contract, Mode, Violation
from loglake.core.schema.schema import TableSchema
from loglake.core.units import format_instant
from loglake.pipelines.commit.decisions import newest_commit


@dataclass(frozen=True)
class WindowViolations:
    """The violations of a window in the table.

    Attributes:
        count: how many fields of events broke the schema setting.
        fields: by field, with an example; the first `contract.SHOWN_FIELDS` fields.
    """

    row: LedgerRow
    count: int
    fields: Sequence[Violation]

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "log_group": self.row.log_group,
            "from": format_instant(self.row.window.from_ms),
            "to": format_instant(self.row.window.to_ms),
            "violations": self.count,
            "fields": [each.to_json() for each in self.fields],
        }


def unmatched(rows: Iterable[LedgerRow], lake: ObjectStore, schema: TableSchema) -> tuple[str, ...]:
    """The names in the schema setting that match nothing, as the newest window with events noted it, and still don't.

    Args:
        rows: of the ledger.
        lake: has their manifests.
        schema: the newest of the table.

    Raises:
        UnreadableItemError: the manifest can't be read.
    """
    filled = [row for row in rows if row.live and row.live.accounting.events_in]
    newest = max(filled, key=lambda row: row.window.to_ms, default=None)
    manifest = newest_commit(lake, newest) if newest else None
    return Contract(columns=dict.fromkeys(manifest.unmatched if manifest else (), Mode.FREEZE)).unmatched(schema)


def violations(rows: Iterable[LedgerRow], lake: ObjectStore) -> list[WindowViolations]:
    """The windows with violations, in the order of the rows.

    Args:
        rows: of the ledger.
        lake: has their manifests.

    Raises:
        UnreadableItemError: a manifest can't be read.
    """
    found = []
    for row in rows:
        if row.live and row.live.accounting.violations:
            manifest = newest_commit(lake, row)
            found.append(WindowViolations(row, row.live.accounting.violations, manifest.violations if manifest else ()))
    return found
