"""The oracle accepts what is right, and refuses the loss of a single digit."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from property.cases import Batch, Case, Event, File
from property.exact_json import Members, Number, leaves, read, read_object
from property.generator import clean_case, wild_case
from property.oracle import Col, Kept, LostError, check_values, least_type
from property.reduce import reduced

pytestmark = pytest.mark.unit

COLUMNS = (
    Col("n", ("n",), "bigint"),
    Col("took", ("took",), "double"),
    Col("ok", ("ok",), "boolean"),
    Col("who_id", ("who", "id"), "string"),
    Col("seen", ("seen",), "timestamp"),
)
NOT_UTF8 = b'{"n": 1, "x": "\xff"}'
INVALID_UTF8 = f'"_raw_base64": "{base64.b64encode(NOT_UTF8).decode()}"'


def _check(event: str | bytes, cells: dict[str, Any]) -> int:
    row = {**{column.name: None for column in COLUMNS}, "message": "m", "level": "WARN", "_rescued": None, **cells}
    kept = Kept()
    data = event.encode() if isinstance(event, str) else event
    check_values(Event(0, data), row, COLUMNS, kept)
    return kept.rescued


@pytest.mark.parametrize(
    ("event", "cells", "rescued"),
    [
        ("plain", {}, 0),
        ('{"msg": "m", "level": "Warn", "log": {"level": "WARN"}}', {}, 0),
        ('{"msg": "M", "level": "warning"}', {"_rescued": '{"msg":"M","level":"warning"}'}, 2),
        ('{"msg": "x", "msg": "m", "new": "m"}', {"_rescued": '{"msg":"x","new":"m"}'}, 2),
        ('{"n": NaN}', {}, 0),
        ('{"n": null, "new": null, "new2": {}, "who": {}}', {}, 0),
        (
            '{"n": 200, "took": 0.5, "ok": true, "who": {"id": "x"}}',
            {"n": 200, "took": 0.5, "ok": True, "who_id": "x"},
            0,
        ),
        ('{"n": "OK"}', {"_rescued": '{"n":"OK"}'}, 1),
        ('{"n": 200.5}', {"_rescued": '{"n":200.5}'}, 1),
        ('{"n": 9223372036854775808}', {"_rescued": '{"n":9223372036854775808}'}, 1),
        ('{"n": true}', {"_rescued": '{"n":true}'}, 1),
        ('{"n": {}}', {"_rescued": '{"n":{}}'}, 1),
        ('{"took": 1e400}', {"_rescued": '{"took":1e400}'}, 1),
        ('{"took": 1e22}', {"took": 1e22}, 0),
        ('{"took": 9007199254740993}', {"_rescued": '{"took":9007199254740993}'}, 1),
        ('{"who": {"id": [1, {"a": 1.0}]}}', {"who_id": '[1,{"a":1.0}]'}, 0),
        ('{"who": {"id": 7}}', {"who_id": "7"}, 0),
        ('{"n": 1, "n": 2}', {"n": 2, "_rescued": '{"n":1}'}, 1),
        (
            '{"who": {"id": "x"}, "who.id": 1, "new": "\\ud800"}',
            {"who_id": "x", "_rescued": '{"who.id":1,"new":"\\ud800"}'},
            2,
        ),
        ('{"seen": "2023-11-14T12:34:56.789Z"}', {"seen": 1699965296789000}, 0),
        ('{"seen": 1699965296}', {"seen": 1699965296000000}, 0),
        (NOT_UTF8, {"n": 1, "_rescued": f'{{"x": "\ufffd", {INVALID_UTF8}}}'}, 2),
    ],
)
def test_what_is_right(event: str | bytes, cells: dict[str, Any], rescued: int) -> None:
    assert _check(event, cells) == rescued


@pytest.mark.parametrize(
    ("event", "cells"),
    [
        ("plain", {"n": 1}),
        ("plain", {"_rescued": "{}"}),
        ('{"n": 200}', {}),
        ('{"n": 200}', {"_rescued": '{"n":200}'}),
        ('{"n": 200}', {"n": 200, "_rescued": '{"n":200}'}),
        ('{"n": 200}', {"n": 201}),
        ('{"n": 200.5}', {"n": 200}),
        ('{"n": 200.5}', {"_rescued": '{"n":200.50}'}),
        ('{"n": 9223372036854775808}', {"n": 9223372036854775807}),
        ('{"n": 9223372036854775808}', {"_rescued": '{"n":9223372036854775807}'}),
        ('{"n": true}', {"n": 1}),
        ('{"n": true}', {"_rescued": '{"n":1}'}),
        ('{"n": "1"}', {"n": 1}),
        ('{"n": {}}', {}),
        ('{"took": 1e400}', {"took": float("inf")}),
        ('{"took": 9007199254740993}', {"took": 9007199254740992.0}),
        ('{"took": 0.12345678901234567890}', {"took": 0.12345678901234568}),
        ('{"ok": 1}', {"ok": True}),
        ('{"who": {"id": [1, 2]}}', {"who_id": "[1]"}),
        ('{"who": {"id": "caf\u00e9"}}', {"who_id": "cafe"}),
        ('{"seen": "2023-11-14T12:34:56.789Z"}', {"seen": 1699965296000000}),
        ('{"msg": "M"}', {}),
        ('{"msg": "m"}', {"_rescued": '{"msg":"m"}'}),
        ('{"level": "warning"}', {}),
        ('{"new": 1}', {}),
        ('{"new": 1}', {"_rescued": '{"new":1,"newer":1}'}),
        ('{"new": 1}', {"_rescued": '{"new":1,"new":1}'}),
        ('{"n": 1, "n": 2}', {"n": 2}),
        ('{"n": 1, "n": 2}', {"n": 1, "_rescued": '{"n":2}'}),
        (NOT_UTF8, {"n": 1, "_rescued": '{"x": "\ufffd"}'}),
    ],
)
def test_what_is_wrong(event: str | bytes, cells: dict[str, Any]) -> None:
    with pytest.raises(LostError):
        _check(event, cells)


def test_json_is_read_exactly() -> None:
    assert read("[1, 1.0, true, null]") == [Number("1"), Number("1.0"), True, None]
    assert read("1") != read("1.0")
    assert read('{"a": 1, "a": 2}') == Members((("a", Number("1")), ("a", Number("2"))))
    assert int(Number("-" + "7" * 5_000)) == -(7 * (10**5_000 - 1) // 9)
    assert Number("-1.50e3").same_as("-1500")
    assert not Number("1e-99999999999999999999").same_as("0.0")
    assert read_object(' {"a": 1}\r\n') == read_object('{"a":1}')
    assert read_object('{"a": NaN}') is None
    assert read_object("[1]") is None
    deep = read_object('{"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}, "g": {}}')
    assert deep
    assert [path for path, _ in leaves(deep)] == [("a", "b", "c", "d", "e"), ("g",)]


def test_the_least_type_of_some_values() -> None:
    assert least_type([True]) == "boolean"
    assert least_type([Number("1"), Number("2.5")]) == "double"
    assert least_type([Number("1"), "x"]) == least_type([True, Number("1")]) == "string"
    assert least_type([Number("9223372036854775808")]) == least_type([Number("1e400")]) == "string"


def test_the_same_seed_gives_the_same_case() -> None:
    assert wild_case(7) == wild_case(7) != wild_case(8)
    assert clean_case(7) == clean_case(7)


def test_random_cases_have_all_that_they_should() -> None:
    cases = [wild_case(seed) for seed in range(150)]
    files = [file for case in cases for batch in case.batches for file in batch.files]
    events = [event for file in files for event in file.events]
    objects = [value for event in events if (value := read_object(event.text))]
    found = [leaf for value in objects for leaf in leaves(value)]
    assert any(not event.is_exact for event in events)
    assert any(b"\n" in event.data for event in events)
    assert any(event.fields_of_text for event in events)
    assert any(file.head for file in files)
    assert any(not file.ends for file in files)
    assert any(file.members > 1 for file in files)
    assert any(case.types for case in cases)
    assert {case.partition_by for case in cases} == {"day", "hour"}
    assert any(batch.sampled < len(batch.files) for case in cases for batch in case.batches)
    assert any(len({path for path, _ in leaves(value)}) < len(leaves(value)) for value in objects)
    assert {type(leaf) for _, leaf in found} == {bool, str, Number, Members, list, type(None)}
    assert len(events) - len(objects) > 100


def test_a_failure_is_cut_down_to_what_it_takes() -> None:
    def run(case: Case) -> None:
        events = [event for batch in case.batches for file in batch.files for event in file.events]
        if any(b"bad" in event.data for event in events):
            raise LostError(f"a bad event: one of {len(events)}")

    good = tuple(Event(number, b"good") for number in range(20))
    files = (File("a", good), File("b", (*good[:10], Event(10, b"bad"), *good[11:])))
    case = Case(1, (Batch(files[:1], 1), Batch(files, 2), Batch(files[:1], 1)))
    small, reason = reduced(case, LostError("a bad event: one of 80"), run)
    assert small.batches == (Batch((File("b", (Event(10, b"bad"),)),), 1),)
    assert str(reason) == "a bad event: one of 1"
