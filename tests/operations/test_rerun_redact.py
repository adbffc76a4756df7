"""Windows that were converted before their dataset hid personal data are converted again."""

from __future__ import annotations

import pytest
from support.fakes.fakes import START_MS
from support.planted import everything
from support.worlds.landed import landed_event, payload
from support.worlds.landing_world import SHOP, LandingWorld

from loglake.core.schema.datasets_file import load_datasets
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.rerun_quarantined import plan_quarantined, rerun_quarantined
from loglake_cli.operations.selection import Selection

pytestmark = pytest.mark.unit

REMOVED = "removed/20261121T000000Z/tables/app_shop/dt=2026-11-21/a.parquet"
OTHER = "removed/20261121T000000Z/tables/app_pay/dt=2026-11-21/a.parquet"


def test_after_it_no_value_is_in_the_lake_and_none_in_what_was_removed_from_the_table() -> None:
    world = LandingWorld()
    world.land("a", payload(SHOP, [landed_event(1, START_MS, "joe@example.com"), landed_event(2, START_MS, "two")]))
    world.land("b", b'{"messageType": "DATA_MESSAGE", "logEvents": [{"message": "joe@example.com"')
    world.run()
    assert "joe@" in everything(world.lake)
    world.lake.put(REMOVED, b"joe@example.com")
    world.lake.put(OTHER, b"of another table")
    here = Deployment(world.ledger, world.control, world.raw, world.lake, None, "loglake", world.clock)
    entry = {"log_groups": ["/app/*"], "ingest": "landing", "redact": ["email"]}
    world.datasets = load_datasets({"datasets": [entry]})

    plan = plan_quarantined(here, redact=True)
    assert [each.row.log_group for each in plan.windows.whole] == [SHOP]
    assert plan_quarantined(here, Selection((), "app_pay"), redact=True).windows.whole == ()
    assert "joe@" in everything(world.lake)  # nothing is changed yet

    assert [row.log_group for row in rerun_quarantined(here, plan, redact=True)] == [SHOP]
    assert world.run().accounting.redacted == {"email": 1}
    assert "joe@" not in everything(world.lake, vars(world.ledger))
    assert not world.lake.exists(REMOVED)
    assert world.lake.exists(OTHER)
