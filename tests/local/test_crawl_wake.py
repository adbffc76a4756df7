"""Two workflows want the one crawler at once: what the second one converted gets into the catalog by a wake-up."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from support.local.lacking_roles import refused
from support.worlds.landed import landed_event, payload

from loglake.aws.system_clock import SystemClock
from loglake.core.schema.datasets import load_datasets
from loglake.core.state_items import CATALOG_GAP
from loglake.core.stored_state import values
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName, day_of
from loglake.core.windows import Window
from loglake_cli.local.engine.model import Crawler
from loglake_cli.local.engine.views import Snapshot
from loglake_cli.local.stack import LocalStack, StackSettings

pytestmark = [pytest.mark.local, pytest.mark.spark]

BATCH, LIVE = LogGroupName("/batch/shop"), LogGroupName("/live/pay")
DATASETS = load_datasets({"datasets": [{"log_groups": ["/batch/*"]}, {"log_groups": ["/live/*"], "ingest": "landing"}]})
WAIT_S = 120


class SlowlyCrawledStack(LocalStack):
    """A stack whose first crawl has looked at the lake, and then takes until another one wanted the crawler."""

    crawls = 0
    body = b""

    def _crawl(self, crawler: Crawler) -> Any:
        done = super()._crawl(crawler)
        self.crawls += 1
        if self.crawls == 1:
            self.land(LIVE, "one", self.body)
            until = time.monotonic() + WAIT_S
            while "FAILED" not in crawled(self.runtime.snapshot()) and time.monotonic() < until:
                time.sleep(0.1)
        return done


def crawled(snapshot: Snapshot) -> list[str]:
    """How the crawls of all runs are."""
    return [node.state for run in snapshot.runs for node in run.nodes if node.type == "CRAWLER"]


def partitions(stack: LocalStack, table: str) -> list[list[str]]:
    found = stack.client("glue").get_partitions(DatabaseName="loglake", TableName=table)["Partitions"]
    return [partition["Values"] for partition in found]


def test_partitions_that_a_collision_kept_out_of_the_catalog_are_brought_in_by_a_wake_up(tmp_path: Path) -> None:
    clock = SystemClock()
    now_ms = clock.now_ms() - MS_PER_DAY
    day = Window(EpochMs(now_ms), EpochMs(now_ms + 1000))
    settings = StackSettings(tmp_path / "logs", {"CrawlDelaySeconds": "2"}, enforce_iam=True)
    with SlowlyCrawledStack(DATASETS, settings, clock) as stack:
        stack.body = payload(LIVE, [landed_event(1, now_ms, json.dumps({"paid": 3}))])
        stack.aws.log_store.load(BATCH, "s", [(now_ms, "one")], clock.now_ms())
        stack.put_request([BATCH], day)
        snapshot = stack.run_until_idle()
        assert partitions(stack, "batch_shop") == [[day_of(now_ms)]]
        assert partitions(stack, "live_pay") == [[day_of(now_ms)]]
        assert not any(note.missing for note in values(stack.ledger, CATALOG_GAP).values())
        assert refused(stack, "ConvertRole") == []
    names = [run.name for run in snapshot.runs]
    # The crawl that was in the way, the one that could not begin, the wake-up, and the run that finds all in its place.
    assert names == ["loglake-log-export", "loglake-log-landing", "loglake-log-export", "loglake-log-export"]
    assert crawled(snapshot) == ["SUCCEEDED", "FAILED", "SUCCEEDED", "SUCCEEDED"]
