"""What there is of a table: its rows of the ledger, the decisions, and what is in the lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from loglake.core.compaction.keys import Place, staging_of
from loglake.core.keys import QUARANTINE, STAGING, TABLES
from loglake.core.ledger.row import LedgerRow
from loglake_cli.operations.evidence import Evidence
from loglake_cli.operations.verify.decisions import PlaceDecision, WindowDecision, read_places, read_windows
from loglake_cli.operations.verify.files import Found, staged_prefix


@dataclass(frozen=True)
class Survey:
    """The survey of a table.

    Attributes:
        rows: of the ledger, replaced ones included.
        known: the key prefixes of all rows, those of other tables included.
        windows: what was decided about the others.
        places: what is compacted, by partition.
        found: what is in the lake.
    """

    rows: Sequence[LedgerRow]
    known: Set[str]
    windows: Sequence[WindowDecision]
    places: Mapping[Place, PlaceDecision]
    found: Found


def survey(evidence: Evidence, table: str) -> Survey:
    """Surveys a table, or all if the name is empty. Staging is read whole: its keys don't begin with a table."""
    lake, all_rows = evidence.lake, evidence.ledger.all_rows()
    rows = [row for row in all_rows if row.unreadable or table in {"", row.table}]
    below = f"{table}/" if table else ""
    prefixes = (f"{TABLES}{below}", f"{QUARANTINE}{below}", STAGING)
    tables, quarantine, staged = ({item.key: item.size_bytes for item in lake.list(each)} for each in prefixes)
    if table:
        mine = {row.key_prefix for row in rows}
        staged = {
            key: size
            for key, size in staged.items()
            if staged_prefix(key) in mine or key.startswith(staging_of(table)) or f"/{TABLES}{table}/" in key
        }
    known = {row.key_prefix for row in all_rows}
    return Survey(rows, known, read_windows(rows, lake), read_places(lake, table), Found(tables, quarantine, staged))
