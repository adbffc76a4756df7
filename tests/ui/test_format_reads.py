"""The page shows how each table's events were read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.worlds.status_windows import DONE, NOW, PAY, SHOP, hours

from loglake.core.run.outcome import CONVERT, Outcome, RunNote
from loglake.core.schema.datasets import Dataset, Datasets
from loglake.core.units import MS_PER_DAY, LogGroupName
from loglake_cli.local.report import TableReport
from loglake_cli.operations.standing.reading import status_of_groups
from loglake_cli.operations.standing.status import LandedStatus, Status
from loglake_cli.ui.contexts import format_reads
from loglake_cli.ui.pages import Pages, Pick
from loglake_cli.ui.tables import TableDetails

pytestmark = pytest.mark.unit

DATASETS = Datasets((Dataset((SHOP,), "app", "regex", pattern="(?P<n>x)"), Dataset((PAY,), "app", "json")))
UNREAD = f"{SHOP} (table app): the configured format regex reads 1 of 4 events, the rest is plain text"


def _status(*read: tuple[LogGroupName, dict[str, int]], remarks: tuple[str, ...] = ()) -> Status:
    rows = []
    for group, read_as in read:
        row = hours(0, 1, DONE, group)
        assert row.current
        accounting = replace(row.current.accounting, read_as=read_as)
        rows.append(replace(row, current=replace(row.current, accounting=accounting)))
    notes = (RunNote(CONVERT, Outcome.PARTIAL, NOW, remarks=remarks, remarks_ms=NOW),)
    return Status(NOW, status_of_groups(rows, {}, NOW, MS_PER_DAY), LandedStatus(), None, notes)


def test_events_are_counted_by_table_and_a_format_that_reads_few_is_named() -> None:
    status = _status((PAY, {"json": 2, "text": 2}), (SHOP, {"regex": 1, "text": 3}))
    assert {table: (reads.words, reads.unread) for table, reads in format_reads(status, DATASETS).items()} == {
        "app": ("plain text 5, json 2, regex 1", (UNREAD,))
    }


def test_a_log_group_without_dataset_or_counts_is_no_trouble() -> None:
    status = _status((SHOP, {}), (LogGroupName("/gone"), {"text": 3}))
    assert [(reads.words, reads.unread) for reads in format_reads(status, DATASETS).values()] == [("plain text 3", ())]


def _page(status: Status) -> str:
    table = TableReport("loglake", "app", 8, {"n": "bigint"}, 1)
    reads = {f"loglake.{name}": each for name, each in format_reads(status, DATASETS).items()}
    details = TableDetails(table, None)
    page = Pages().render(
        "tables.html", tables=(table,), details=details, reads=reads, pick=Pick(), requests=(), where="", version=1
    )
    return " ".join(page.split())


def test_the_page_has_the_counts_and_the_examples_as_text() -> None:
    noted = f"{UNREAD}, such as '<b>', 'b', 'c'"
    page = _page(_status((SHOP, {"regex": 1, "text": 3}), remarks=(noted,)))
    assert '<td data-label="events read as">plain text 3, regex 1</td>' in page
    assert "&#39;&lt;b&gt;&#39;, &#39;b&#39;, &#39;c&#39;.</p>" in page
    assert "<strong>Trouble:</strong>" not in _page(_status((SHOP, {"regex": 2, "text": 2})))
    assert '<td data-label="events read as">-</td>' in _page(_status((SHOP, {})))
