"""Events of several formats in one table: each is read as what it is, whatever is around it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.fakes.fakes import MemoryLedger
from support.fakes.stages import KernelStage
from support.fakes.stores import MemoryStore
from support.logs.parsed import schema_of, table_of
from support.worlds.bundles import DAY, bundle_of, exported_line, put_object, table_rows

from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import BundleFailure, BundleResult, TablePlan
from loglake.core.schema.format_choice import OBJECTS
from loglake.core.schema.schema import FieldPath, InferredType, TableSchema, grow, join_types
from loglake.kernels.arrow import to_mask
from loglake.kernels.formats.base import Format
from loglake.kernels.formats.learn.format import HeaderFormat
from loglake.kernels.formats.registry import FORMATS, format_of
from loglake.kernels.formats.together import ReadCounts, objects_too, parser_of
from loglake.pipelines.schema_plan import plan_tables

pytestmark = pytest.mark.unit

EXAMPLES = {name: each.about.example for name, each in FORMATS.items()}
EVENTS = [
    *EXAMPLES.values(),
    '[INFO] {"order": {"id": 17}}',
    '{"timestamp": 1795249800123, "pid": "none", "status": "ok", "level": "warn"}',
    '  {"a": [1, {"b": 2}], "logger": null}\n',
    "{'a': 1}",
    "{broken}",
    "{}",
    "",
    "Traceback (most recent call last):\n  ERROR",
]
"""One of each format, and what stands between them."""


@cache
def known() -> dict[str, Format]:
    """All formats as a table reads with them: the layouts of headers were learned on a sample."""
    return {**FORMATS, "header": HeaderFormat().learned(pa.array(EVENTS))}


BANNER = "  .   ____          _\n /\\\\ / ___'_ __ _ _(_)_ __"
SYSLOG = "<34>Nov 21 08:00:02 web1 sshd[100]: session opened"
ACCESS = '10.0.0.5 - - [21/Nov/2026:08:30:00 +0000] "GET /health HTTP/1.1" 200 17'


def _first(text: str, names: set[str]) -> Format:
    """The most particular format that recognises an event. Whoever reads some JSON objects reads all of them."""
    read = names | ({"json"} if names & {*OBJECTS, "lambda"} else set()) | ({"emf"} if "lambda" in names else set())
    return next(each for name, each in known().items() if name in {*read, "text"} and _recognises(name, text))


@cache
def _recognises(name: str, text: str) -> bool:
    return bool(to_mask(known()[name].matches(pa.array([text]))).all())


@cache
def _seen(name: str) -> dict[FieldPath, InferredType]:
    """The fields of `EVENTS` that a format finds."""
    raw = pa.array(EVENTS)
    return known()[name].infer_types(raw.filter(known()[name].matches(raw)))


def _schema(names: Iterable[str]) -> TableSchema:
    return grow(TableSchema("t"), join_types(map(_seen, names)))


_ALONE = [name for name in FORMATS if name not in ("text", "container")]
"""A container's lines are read by other formats: see `test_container`."""

_SOME = st.sets(st.sampled_from(_ALONE), min_size=1, max_size=6)


@given(_SOME, st.lists(st.sampled_from(EVENTS), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_each_event_is_read_as_by_its_own_format_alone(names: set[str], texts: list[str], chance: Any) -> None:
    formats = [each for name, each in known().items() if name in names]
    schema = _schema(name for name in known() if name in names)
    chance.shuffle(formats)  # their order does not matter
    parse = parser_of(formats, schema)
    parsed = parse(pa.array(texts))
    rows = table_of(parsed, schema)
    assert rows == [table_of(parse(pa.array([text])), schema)[0] for text in texts]
    own = [_first(text, names).parser(schema)(pa.array([text])) for text in texts]
    assert rows == [table_of(alone, schema)[0] for alone in own]


_ENDS = st.text(alphabet=" \t\r\n\f}a", max_size=3)
_LATE = st.builds(str.__add__, st.sampled_from(EVENTS), _ENDS)


@given(st.sets(st.sampled_from([name for name in FORMATS if name not in OBJECTS]), min_size=1), st.lists(_LATE))
def test_objects_are_read_as_where_the_sample_showed_them(names: set[str], texts: list[str]) -> None:
    formats = [known()[name] for name in sorted(names)]
    schema = _schema(sorted(names))
    parse = objects_too(formats, schema)
    rows = table_of(parse(pa.array(texts, pa.string())), schema)
    shown = parser_of([*formats, format_of("json")], schema)
    assert rows == table_of(shown(pa.array(texts, pa.string())), schema)
    assert rows == [table_of(parse(pa.array([text])), schema)[0] for text in texts]


@pytest.mark.parametrize("name", list(FORMATS))
def test_one_format_alone_reads_as_it_always_does(name: str) -> None:
    schema = schema_of(format_of(name), EVENTS)
    raw = pa.array(EVENTS)
    assert table_of(parser_of([format_of(name)], schema)(raw), schema) == table_of(
        format_of(name).parser(schema)(raw), schema
    )


def test_objects_among_lines_have_their_fields_and_lines_theirs() -> None:
    refusal = '{"level": "error", "message": "refused", "order": {"id": 17}}'
    texts = [SYSLOG] * 60 + [refusal] * 40 + [BANNER, ACCESS, ACCESS]
    plan, rows = _converted(texts)
    assert (plan.format, set(plan.also)) == ("syslog", {"access_log", "json"})
    by_raw = {row["raw"]: row for row in rows}
    assert len(rows) == len(texts)
    refused = by_raw[refusal]
    assert (refused["order_id"], refused["message"], refused["level"]) == (17, "refused", "ERROR")
    assert (by_raw[SYSLOG]["host"], by_raw[SYSLOG]["pid"], by_raw[SYSLOG]["order_id"]) == ("web1", 100, None)
    assert (by_raw[ACCESS]["status"], by_raw[ACCESS]["message"]) == (200, "GET /health HTTP/1.1")
    assert by_raw[BANNER]["message"] == BANNER
    assert not any(row["_rescued"] for row in rows)


def test_lines_among_objects_have_their_fields() -> None:
    plan, rows = _converted(['{"status": 201, "path": "/a"}'] * 30 + [ACCESS, BANNER])
    assert plan.formats == ("json", "access_log")
    assert [row["status"] for row in rows] == [201] * 30 + [200, None]


def test_lines_of_a_function_s_own_logger_have_their_fields() -> None:
    start = "START RequestId: 8f5e2f64-1c53-4d6c-9c1c-0c6a5a2d7b11 Version: 1"
    plan, rows = _converted([start, 'level=info msg="order received" id=17', '{"id": 18}'])
    assert plan.formats == ("lambda", "json", "logfmt")
    assert [(row["record_type"], row["id"]) for row in rows] == [("START", None), (None, 17), (None, 18)]


def test_metrics_and_other_objects_are_each_read_as_what_they_are() -> None:
    plan, rows = _converted(['{"service": "orders"}', '{"service": "orders"}', EXAMPLES["emf"], EXAMPLES["waf"]])
    assert plan.formats == ("json", "emf", "waf")
    assert rows[2]["aws"].startswith('{"Timestamp":1795249800123')
    assert (rows[2]["latency"], rows[3]["message"]) == (12.5, "ALLOW GET /login")
    assert not any(row["_rescued"] for row in rows)


def test_a_column_of_both_holds_what_both_have() -> None:
    """As the join of their types: nothing of either is rescued."""
    texts = ['{"timestamp": 1795249800123, "pid": 7}'] * 3 + [SYSLOG]
    _, rows = _converted(texts)
    assert [row["timestamp"] for row in rows] == ["1795249800123"] * 3 + ["Nov 21 08:00:02"]
    assert [row["pid"] for row in rows] == [7, 7, 7, 100]


def test_a_day_is_read_as_its_hours_were() -> None:
    """Though an access log is seldom over all of it: its columns are there."""
    raw, ledger = MemoryStore("raw"), MemoryLedger()
    event = '{"path": "/a"}'
    hours = [[event] * 9 + [ACCESS], [event] * 500]
    for number, texts in enumerate([*hours, hours[0] + hours[1]]):
        lines = "".join(exported_line(DAY + each, text) for each, text in enumerate(texts))
        plan, rows = _planned(raw, [bundle_of([put_object(raw, f"{number}", lines)])], ledger)
        assert plan.formats == (("json",) if number == 1 else ("json", "access_log"))
    assert [row["status"] for row in rows if row["raw"] == ACCESS] == [200]


def test_where_a_dataset_names_its_format_all_else_is_text() -> None:
    """Also in a table to which another dataset brings other formats."""
    raw = MemoryStore("raw")
    objects = [
        put_object(raw, "named", exported_line(DAY, SYSLOG) + exported_line(DAY, '{"a": 1}')),
        put_object(raw, "found", exported_line(DAY, '{"a": 1}')),
    ]
    named = bundle_of(objects[:1], format="syslog")
    found = bundle_of(objects[1:], number=1)
    _, rows = _planned(raw, [named, found])
    reported = [(row["log_stream"], row["host"], row["a"]) for row in rows]
    assert reported == [("named", "web1", None), ("named", None, None), ("found", None, 1)]


def _converted(texts: Sequence[str]) -> tuple[TablePlan, list[dict[str, Any]]]:
    raw = MemoryStore("raw")
    lines = "".join(exported_line(DAY + number, text) for number, text in enumerate(texts))
    return _planned(raw, [bundle_of([put_object(raw, "s", lines)])])


def _planned(
    raw: MemoryStore, bundles: Sequence[Bundle], ledger: MemoryLedger | None = None
) -> tuple[TablePlan, list[dict[str, Any]]]:
    lake = MemoryStore("lake")
    stage = KernelStage(raw, lake)
    plans, failures = plan_tables(stage, ledger or MemoryLedger(), bundles)
    assert not failures
    results: list[BundleResult | BundleFailure] = []
    stage.convert([(bundle, plans["app"]) for bundle in bundles], results.append)
    rows: list[dict[str, Any]] = []
    for result in results:
        assert isinstance(result, BundleResult), result
        rows += table_rows(result, lake)
    return plans["app"], rows


@given(_SOME, st.lists(st.sampled_from(EVENTS), max_size=30))
def test_every_event_is_counted_once_by_the_format_that_reads_it(names: set[str], texts: list[str]) -> None:
    formats = [known()[name] for name in sorted(names)]
    for make in (parser_of, objects_too):
        read = ReadCounts()
        make(formats, _schema(sorted(names)), read)(pa.array(texts, pa.string()))
        assert sum(read.counts.values()) == len(texts)
        assert min(read.counts.values(), default=0) >= 0
        assert len(read.examples) == min(3, read.counts["text"])
        assert all(count == 0 or name in {*names, "json", "text"} for name, count in read.counts.items())


def test_what_fell_to_plain_text_is_shown_by_its_first_events() -> None:
    read = ReadCounts()
    parse = parser_of([format_of("regex", r"^order (?P<order>\d+)$")], TableSchema("app"), read)
    parse(pa.array(["order 17", "x" * 1000, "refund 18"]))
    parse(pa.array(["order 19", "a", "b", "c"]))
    assert (dict(read.counts), read.examples) == ({"regex": 2, "text": 5}, ["x" * 100, "refund 18", "a"])
