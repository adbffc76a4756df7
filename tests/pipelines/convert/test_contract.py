"""A dataset's schema contract through the whole convert run: columns, counts, quarantine, and loosening it."""

from __future__ import annotations

from typing import Any

import pytest
from support.fakes.fakes import START_MS
from support.worlds.worlds import SHOP, World

from loglake.core.accounting import Accounting
from loglake.core.keys import REQUESTS
from loglake.core.requests.requests import request_body
from loglake.core.schema.contract import Mode
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.state_items import CATALOG_GAP, values
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import Window
from loglake.pipelines.commit.decisions import newest_commit
from loglake.pipelines.convert.report import ConvertReport
from loglake.pipelines.reconvert import look_for_current, reopen

pytestmark = pytest.mark.unit

DAY_BEFORE = Window(EpochMs(START_MS - MS_PER_DAY), START_MS)
EVENTS = [(DAY_BEFORE.from_ms + 1, '{"n": "text", "fresh": 1.5}'), (DAY_BEFORE.from_ms + 2, '{"n": 2, "ok": true}')]


def datasets(schema: Any, **more: Any) -> Any:
    return load_datasets({"datasets": [{"log_groups": ["/app/*"], "ingest": "export", "schema": schema, **more}]})


def converted(world: World, schema: Any, **more: Any) -> ConvertReport:
    """Two days make the columns; then a day with a new field and a misfit is converted under a contract."""
    world.export(SHOP)
    world.convert()
    world.datasets = datasets(schema, **more)
    world.tasks.add_group(SHOP, {"web/2": EVENTS}, created_ms=DAY_BEFORE.from_ms)
    world.control.put(f"{REQUESTS}requested/2", request_body([SHOP], DAY_BEFORE))
    world.run_export("jr_e2")
    return world.convert("jr_d")


def test_a_frozen_table_and_its_catalog_get_no_column() -> None:
    world = World()
    report = converted(world, "freeze")
    assert report.accounting == Accounting(events_in=2, rows_out=2, rescued_values=2, violations=2)
    assert report.numbers["Violations"] == 2
    assert "fresh" not in {column.name for column in world.ledger.latest("app_shop").columns}
    assert [gap.missing.columns for gap in values(world.ledger, CATALOG_GAP).values()] == [()]
    assert "fresh" not in world.rows("app_shop").schema.names
    row = world.ledger.rows(SHOP)[0]
    assert row.live
    assert row.live.accounting.violations == 2
    manifest = newest_commit(world.lake, row)
    assert manifest
    assert [(v.field, v.type, v.value, v.line) for v in manifest.violations] == [
        ("n", "bigint", '"text"', 1),
        ("fresh", "", "1.5", 1),
    ]


def test_a_field_that_a_person_declares_is_a_column_of_a_frozen_table_too() -> None:
    world = World()
    report = converted(world, {"default": "freeze", "columns": {"n": "evolve"}}, types={"fresh": "double"})
    assert (report.accounting.rescued_values, report.accounting.violations) == (1, 0)
    assert world.rows("app_shop").column("fresh").to_pylist()[0] == 1.5


def test_discarded_rows_come_back_when_the_contract_is_loosened() -> None:
    world = World()
    report = converted(world, {"columns": {"n": "discard_row"}})
    assert report.accounting == Accounting(events_in=2, rows_out=1, quarantined=1, rescued_values=1, violations=1)
    assert report.reasons == {"breaks the schema: n does not fit bigint": 1}
    row = world.ledger.rows(SHOP)[0]
    manifest = newest_commit(world.lake, row)
    assert manifest
    assert [each.mode for each in manifest.violations] == [Mode.DISCARD_ROW]
    world.datasets = datasets("evolve")
    whole = look_for_current([row], world.control, world.raw, world.lake).whole
    assert len(reopen(whole, world.ledger, world.control, world.clock)) == 1
    again = world.convert("jr_f")
    assert again.accounting == Accounting(events_in=2, rows_out=2, rescued_values=1)
    assert [item.key for item in world.lake.list("quarantine/")] == []
