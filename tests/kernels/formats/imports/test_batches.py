"""A definition gives the same columns and rows however its events are batched."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from kernels.formats.imports.test_lnav import OBJECTS, TILLS
from support.fakes.fakes import MemoryLedger
from support.logs.parsed import parsed_rows
from support.worlds.planned_bundles import convert_events

from loglake.core.schema.datasets_file import load_datasets
from loglake.core.schema.schema import TableSchema, grow
from loglake.kernels.formats.base import about_of
from loglake.kernels.formats.registry import MAKERS, check_datasets, format_of

pytestmark = pytest.mark.unit

FORMATS = {
    **{name: (name, about_of(name).definition) for name in MAKERS},
    "tills": ("lnav", json.dumps(TILLS)),
    "objects": ("lnav", json.dumps({**OBJECTS, **TILLS})),
    "lines": ("grok", "%{COMBINEDAPACHELOG}|%{SYSLOGLINE}|^%{LOGLEVEL:level} %{NUMBER:took:float}$"),
}
EVENTS = [
    *(about_of(name).example for name in MAKERS),
    '192.0.2.2 - ana [21/Nov/2026:08:30:01 +0100] "POST /orders HTTP/2.0" 201 17 "-" "curl/8.5.0"',
    "Nov 21 08:30:00 web-1 sshd[12]: Accepted\n  more",
    "21.11.2026 08:30:00 E till=17 sum=oops no paper",
    '{"ts": "2026-11-21T08:30:00.000Z", "lvl": 50, "text": "slow", "took": 3}',
    "WARN 0.5",
    "WARN 99999999999999999999",
    "",
    "plain text \u00e9\r\n",
]


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_batching_gives_the_same_columns_and_rows(name: str, data: st.DataObject) -> None:
    made = format_of(*FORMATS[name])
    events = data.draw(st.lists(st.sampled_from(EVENTS) | st.text(max_size=20), min_size=1, max_size=12))
    cut = data.draw(st.integers(0, len(events)))
    whole = _schema(made, [events])
    parts = _schema(made, [events[:cut], events[cut:]])
    assert {(c.path, c.type) for c in parts.columns} == {(c.path, c.type) for c in whole.columns}
    assert parsed_rows(made, events, whole) == [
        row for part in (events[:cut], events[cut:]) for row in parsed_rows(made, part, whole)
    ]


def _schema(made: Any, batches: list[list[str]]) -> TableSchema:
    schema = TableSchema("t")
    for batch in batches:
        raw = pa.array(batch, pa.string())
        schema = grow(schema, made.infer_types(raw.filter(made.matches(raw))))
    return schema


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=25, deadline=None)
@given(text=st.text(alphabet=st.sampled_from("%{}()[]\\|^$?:<>\"'ab1 \n\t-,/"), max_size=40))
def test_no_event_is_lost_or_refused(name: str, text: str) -> None:
    (row,) = parsed_rows(format_of(*FORMATS[name]), [text])
    assert row.get("message", "") is not None


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from([*FORMATS]),
    events=st.lists(st.sampled_from(EVENTS), min_size=1, max_size=15),
    cuts=st.lists(st.integers(0, 15), max_size=3),
)
def test_a_settled_pass_reads_events_as_their_fresh_passes_did(name: str, events: list[str], cuts: list[int]) -> None:
    ledger = MemoryLedger()
    places = sorted({0, len(events), *(cut for cut in cuts if cut < len(events))})
    fresh = [row for part in zip(places, places[1:]) for row in _converted(ledger, name, events, *part)]
    assert _converted(ledger, name, events, 0, len(events)) == fresh


def _converted(ledger: MemoryLedger, name: str, events: list[str], first: int, end: int) -> list[dict[str, Any]]:
    chosen, definition = FORMATS[name]
    rows, _ = convert_events(events[first:end], ledger, first, format=chosen, pattern=definition)
    own = ("_source", "_line", "log_stream")
    return [{key: value for key, value in row.items() if value is not None and key not in own} for row in rows]


def test_the_example_of_the_page_is_a_datasets_file() -> None:
    page = (Path(__file__).parents[4] / "docs" / "start" / "own-formats.md").read_text("utf-8")
    (text,) = re.findall(r"```yaml\n(datasets:.*?)```", page, re.DOTALL)
    datasets = load_datasets(
        yaml.safe_load(text), lambda name: about_of(name.rpartition(".")[2].replace("json", "lnav")).definition
    )
    check_datasets(datasets)
    assert [entry.format for entry in datasets.entries] == ["grok", "nginx", "lnav", "toml", "toml"]


def test_the_definition_of_the_page_reads_what_it_says() -> None:
    page = (Path(__file__).parents[4] / "docs" / "start" / "own-formats.md").read_text("utf-8")
    (text,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    rows = parsed_rows(
        format_of("toml", text),
        ["2026-11-21 08:30:00 WARN till 7 by ana: took 0.5 s", "2026-11-21T08:30:01Z INFO order AB-17 paid"],
    )
    at = datetime(2026, 11, 21, 8, 30, tzinfo=timezone.utc)
    assert rows == [
        {**{"time": at, "till": 7, "user": "ana", "took_s": 0.5}, **{"message": "took 0.5 s", "level": "WARN"}},
        {"time": at + timedelta(seconds=1), "order": "AB-17", "level": "INFO"},
    ]
