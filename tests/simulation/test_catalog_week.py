"""A simulated week with eleven tables, one of them hourly: few crawls, and every row can be queried in the end."""

from __future__ import annotations

from collections import Counter

import pytest

from loglake.core.keys import REQUESTS
from loglake.core.keys import TABLES as KEYS_OF_TABLES
from loglake.core.state_items import CATALOG_GAP, values
from simulation.catalog_week import HOURLY, CatalogWeek

pytestmark = pytest.mark.unit

TABLES = 11
"""Ten by day, and one by hour."""


@pytest.fixture(scope="module")
def week() -> CatalogWeek:
    week = CatalogWeek()
    week.run()
    return week


def test_crawls_are_for_new_tables_and_columns_alone(week: CatalogWeek) -> None:
    wanted = Counter(each for asked in week.asked for each in asked)
    assert set(wanted.values()) == {1}
    with_files = {item.key.split("/")[1] for item in week.lake.list(KEYS_OF_TABLES)}
    assert {table for table, _ in wanted} == with_files
    assert len(with_files) == TABLES
    # A crawl for each table, since they begin hours apart, and some for the column, which busy tables get at once.
    assert TABLES < len(week.asked) < 2 * TABLES
    assert week.crawls == len(week.asked)


def test_every_row_can_be_queried_though_partitions_came_without_a_crawl(week: CatalogWeek) -> None:
    assert len(list(week.lake.list(KEYS_OF_TABLES))) > 100
    assert list(week.unqueryable()) == []
    partitions = {table: len(has.partitions) for table, has in week.catalog.tables.items()}
    assert partitions["app_0000"] == 8
    assert partitions[f"app_{HOURLY:04d}"] > 24
    assert not any(gap.missing for gap in values(week.ledger, CATALOG_GAP).values())


def test_lost_events_and_failed_crawls_leave_nothing_out() -> None:
    week = CatalogWeek(lost=0.5, failing=0.4)
    week.run()
    assert len(week.asked) > week.crawls > TABLES
    assert list(week.unqueryable()) == []
    assert not any(gap.missing or gap.given_up for gap in values(week.ledger, CATALOG_GAP).values())
    assert not list(week.control.list(f"{REQUESTS}continue/"))


def test_what_is_not_in_the_catalog_is_found(week: CatalogWeek) -> None:
    """Checks that this simulation's own check works."""
    has = week.catalog.tables.pop("app_0000")
    try:
        assert any("app_0000" in found for found in week.unqueryable())
    finally:
        week.catalog.tables["app_0000"] = has
