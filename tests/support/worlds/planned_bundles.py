"""Converts events as a job does it: sampled, planned, and read with the table's schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from loglake.core.schema.conversion import BundleFailure, BundleResult
from loglake.pipelines.schema_plan import plan_tables
from support.fakes.fakes import MemoryLedger
from support.fakes.stages import KernelStage
from support.fakes.stores import MemoryStore
from support.worlds.bundles import DAY, bundle_of, exported_line, put_object, table_rows


def convert_events(
    texts: Iterable[str], ledger: MemoryLedger | None = None, first: int = 0, **changes: Any
) -> tuple[list[dict[str, Any]], BundleResult]:
    """The rows in the order of the events, and the result.

    Args:
        texts: the events, a millisecond apart.
        ledger: has the table's schema from earlier calls; None: a new one.
        first: the number of the first event in its day.
        changes: of the bundle.
    """
    raw, lake = MemoryStore("raw"), MemoryStore("lake")
    lines = "".join(exported_line(DAY + number, text) for number, text in enumerate(texts, first))
    bundle = bundle_of([put_object(raw, "s", lines)], **changes)
    stage = KernelStage(raw, lake)
    plans, failures = plan_tables(stage, ledger or MemoryLedger(), [bundle])
    assert not failures
    results: list[BundleResult | BundleFailure] = []
    stage.convert([(bundle, plans["app"])], results.append)
    (result,) = results
    assert isinstance(result, BundleResult), result
    return sorted(table_rows(result, lake), key=lambda row: row["event_time"]), result
