"""A local run is done if its rows can be queried, even if a later look at the catalog is still due."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.fakes.fakes import ManualClock
from support.gluelocal.catalog_entries import create_table

from gluelocal.engine.events import StartRequested
from loglake.aws.system_clock import SystemClock
from loglake.core.catalog_gaps import CatalogGap, Missing
from loglake.core.keys import REQUESTS
from loglake.core.requests.requests import continue_body
from loglake.core.schema.datasets import Datasets
from loglake.core.state_items import CATALOG_GAP, change
from loglake.core.units import MS_PER_MINUTE, EpochMs, LogGroupName
from loglake_cli.local.stack import CatalogWaits, LocalStack, StackSettings

pytestmark = pytest.mark.local

SHOP = LogGroupName("/app/shop")
WAKE_UP = f"{REQUESTS}continue/jr_1"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A stack in which log-export has started, and nothing is executed."""
    settings = StackSettings(tmp_path_factory.mktemp("logs"))
    with LocalStack(Datasets.for_groups([SHOP]), settings, SystemClock()) as made:
        made.runtime.call(StartRequested("loglake-log-export", SystemClock().now_ms()))
        yield made


def test_a_run_that_waits_is_ended_once_the_catalog_has_all(stack: LocalStack) -> None:
    clock = ManualClock(SystemClock().now_ms())
    said: list[str] = []
    waits = CatalogWaits(stack, clock, said.append)
    control, s3, glue = stack.outputs["ControlBucket"], stack.client("s3"), stack.client("glue")

    def put(key: str, body: bytes) -> None:
        s3.put_object(Bucket=control, Key=key, Body=body)

    def ended() -> bool:
        waits.end()
        return bool(waits.ended)

    later = EpochMs(clock.now_ms() + MS_PER_MINUTE)
    change(stack.ledger, CATALOG_GAP, "t", CatalogGap("t"), lambda gap: gap.plus(Missing(("dt=2026-11-21",), ("n",))))
    put(WAKE_UP, continue_body(0, later))
    assert not ended()  # the catalog has no such table
    assert waits.open_tables() == ("t",)
    glue.create_database(DatabaseInput={"Name": "logs"})
    create_table(glue, "t", {"n": "bigint"}, ["dt=2026-11-21"])
    assert not ended()  # it has one in another database
    lake = stack.outputs["LakeBucket"]
    create_table(glue, "t", {"n": "bigint"}, ["dt=2026-11-21"], database=stack.outputs["DatabaseName"], bucket=lake)
    put(f"{REQUESTS}scheduled/1", b"")
    assert not ended()  # there is work
    s3.delete_object(Bucket=control, Key=f"{REQUESTS}scheduled/1")
    put(WAKE_UP, continue_body(1, later))
    assert not ended()  # it waits for the export slot
    put(WAKE_UP, continue_body(0, clock.now_ms()))
    assert not ended()  # its time has come
    put(WAKE_UP, continue_body(0, later))
    assert ended()
    assert said == ["All rows can be queried"]
    assert waits.open_tables() == ()
    partitions = glue.get_partitions(DatabaseName=stack.outputs["DatabaseName"], TableName="t")["Partitions"]
    assert [partition["Values"] for partition in partitions] == [["2026-11-21"]]
    assert s3.list_objects_v2(Bucket=control, Prefix=REQUESTS)["KeyCount"] == 0
    (run,) = stack.runtime.state.runs
    assert run.status in {"STOPPING", "STOPPED"}
