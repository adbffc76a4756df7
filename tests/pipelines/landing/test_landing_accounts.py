"""Log groups of several accounts land in one lake, and stay apart if they have one name."""

from __future__ import annotations

import io
from collections import Counter

import pyarrow.parquet as pq
import pytest
from support.fakes.fakes import START_MS
from support.worlds.landed import landed_event, payload
from support.worlds.landing_world import SHOP, LandingWorld

from loglake.core.log_groups import account_of, name_of, owned
from loglake.core.run.outcome import Outcome
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR

pytestmark = pytest.mark.unit

OWN, SECOND, THIRD = "123456789012", "210987654321", "333333333333"
EVENTS = [landed_event(n, START_MS + n) for n in range(5)]
FLOW = b"2 {0} eni-0a1b2c3d 10.0.0.5 10.0.1.9 49152 443 6 20 4249 {1} {1} ACCEPT OK\n"


@pytest.fixture
def world() -> LandingWorld:
    return LandingWorld(account=OWN)


def rows_by_account(world: LandingWorld, table: str = "") -> Counter[tuple[str | None, str]]:
    found: Counter[tuple[str | None, str]] = Counter()
    for item in world.lake.list(f"tables/{table}"):
        file = pq.read_table(io.BytesIO(world.lake.get(item.key)), columns=["log_account", "log_group"])
        found.update((row["log_account"], row["log_group"]) for row in file.to_pylist())
    return found


def test_three_accounts_land_in_one_lake(world: LandingWorld) -> None:
    bodies = [payload(SHOP, EVENTS[: 3 + n], owner=each) for n, each in enumerate((OWN, SECOND, THIRD))]
    world.land("central", b"".join(bodies))  # the same ids, times and texts
    report = world.run()
    assert (report.outcome, report.accounting.rows_out, report.accounting.duplicates) == (Outcome.OK, 12, 0)
    assert rows_by_account(world, "app_shop/") == {(OWN, SHOP): 3, (SECOND, SHOP): 4, (THIRD, SHOP): 5}
    assert [row.log_group for row in world.ledger.all_rows()] == [SHOP, owned(SECOND, SHOP), owned(THIRD, SHOP)]
    prefixes = {row.key_prefix for row in world.ledger.all_rows()}
    assert len(prefixes) == 3


def test_more_of_one_account_replaces_nothing_of_another(world: LandingWorld) -> None:
    world.land("own", payload(SHOP, EVENTS[:2]))
    world.land("other", payload(SHOP, EVENTS, owner=SECOND))
    world.run()
    world.land("more", payload(SHOP, EVENTS[2:]))
    world.run()
    assert rows_by_account(world) == {(OWN, SHOP): 5, (SECOND, SHOP): 5}
    world.clock.sleep((3 * MS_PER_DAY + MS_PER_HOUR) / 1000)
    world.run()  # settles both days, and compacts later
    assert rows_by_account(world) == {(OWN, SHOP): 5, (SECOND, SHOP): 5}


def test_a_dataset_may_be_for_one_account(world: LandingWorld) -> None:
    world.datasets = load_datasets(
        {
            "datasets": [
                {"log_groups": [f"{SECOND}:/app/*"], "ingest": "landing", "table": "second"},
                {"log_groups": ["/app/*"], "ingest": "landing", "table": "others"},
            ]
        }
    )
    for each in (OWN, SECOND, THIRD):
        world.land(each, payload(SHOP, EVENTS, owner=each))
    world.run()
    assert rows_by_account(world, "second/") == {(SECOND, SHOP): 5}
    assert rows_by_account(world, "others/") == {(OWN, SHOP): 5, (THIRD, SHOP): 5}


def test_a_service_names_the_account_in_the_key(world: LandingWorld) -> None:
    world.datasets = load_datasets({"datasets": [{"log_groups": ["delivered/*"], "ingest": "landing"}]})
    for each in (OWN, SECOND):
        body = FLOW.replace(b"{0}", each.encode()).replace(b"{1}", str(START_MS // 1000).encode())
        world.land(f"vpc/AWSLogs/{each}/vpcflowlogs/eu-west-1/2026/11/21/x.log", body * 2)
    world.run()
    assert sum(rows_by_account(world).values()) == 4
    assert {account for account, _ in rows_by_account(world)} == {OWN, SECOND}


def test_without_an_account_of_its_own_a_deployment_takes_groups_by_name(world: LandingWorld) -> None:
    world.account = ""
    world.land("a", payload(SHOP, EVENTS[:2]))
    world.land("b", payload(SHOP, EVENTS[2:], owner=SECOND))
    world.run()
    assert [row.log_group for row in world.ledger.all_rows()] == [SHOP]
    assert rows_by_account(world) == {(OWN, SHOP): 2, (SECOND, SHOP): 3}


@pytest.mark.parametrize(
    ("group", "account", "name"), [(f"{SECOND}:/a", SECOND, "/a"), ("/a", "", "/a"), ("12:/a", "", "12:/a")]
)
def test_a_log_group_names_its_account(group: str, account: str, name: str) -> None:
    assert (account_of(group), name_of(group), owned(account, name)) == (account, name, group)
