"""Days that a run removes, or has removed, are no damage: nobody should bring them back."""

from __future__ import annotations

import json

import pytest
from support.deployments.operated import deploy, loglake_on_lake
from support.fakes.fakes import START_MS
from support.lakes.damages import shop_file
from support.lakes.verified import DATASETS, WEB_A, WEB_B, whole_lake
from support.worlds.worlds import SHOP

from loglake.core.ledger.watermark import Watermark
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.state_items import KEPT_FROM, WATERMARK
from loglake.core.units import MS_PER_DAY, EpochMs

pytestmark = pytest.mark.unit


def damage() -> list[str]:
    return [each["key"] for each in json.loads(loglake_on_lake("verify", "--deep", "--json").stdout)["damage"]]


def lost() -> list[str]:
    return [each["table"] for each in json.loads(loglake_on_lake("status", "--json").stdout)["lost_files"]]


def test_what_a_killed_run_has_begun_to_remove_is_no_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    world = whole_lake()
    deploy(monkeypatch, world)
    file = shop_file(world)
    world.lake.delete([file])
    assert (damage(), lost()) == ([file], ["app_shop"])
    world.ledger.put(KEPT_FROM, SHOP, EpochMs(START_MS + MS_PER_DAY))
    assert (damage(), lost()) == ([], [])


def test_after_days_have_left_all_is_as_it_should_be(monkeypatch: pytest.MonkeyPatch) -> None:
    world = whole_lake()
    app, web, live = DATASETS.to_json()["datasets"]
    short = {**web, "log_groups": [WEB_A]}
    kept = [{**entry, "retention_days": 42} for entry in (app, short, live)]
    world.datasets = load_datasets({"datasets": [*kept, web]})
    world.ledger.put(WATERMARK, SHOP, Watermark.at(START_MS))  # a schedule asks for it
    report = world.convert("jr_retention")
    deploy(monkeypatch, world)
    assert (report.converted, report.retention.refused, damage(), lost()) == (0, [], [], [])
    assert set(world.rows("web").column("log_group").to_pylist()) == {WEB_B}
    assert world.rows("app_shop").num_rows == 24
    assert [row.window.from_ms for row in world.ledger.rows(SHOP)] == [START_MS + MS_PER_DAY]
