"""Files in lnav's format language."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from support.logs.parsed import parsed_rows

from loglake.core.schema.datasets_file import load_datasets
from loglake.core.schema.schema import InferredType
from loglake.errors import ConfigError
from loglake.kernels.formats.registry import check_datasets, format_of, left_out

pytestmark = pytest.mark.unit

AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
TILLS = {
    "$schema": "https://lnav.org/schemas/format-v1.schema.json",
    "till_log": {
        "title": "Tills",
        "url": "https://example.com/tills",
        "regex": {
            "sale": {
                "pattern": r"^(?<timestamp>[\d.]+ [\d:]+) (?<level>\w) till=(?<till>\d++) sum=(?<sum>\S+) (?<body>.*)$"
            },
            "other": {"pattern": r"^(?<timestamp>\S+ \S+) (?<level>\w) (?<who>'[^']*'|\S+): (?<body>.*)"},
        },
        "level": {"error": "^[EF]$", "warning": "^W$", "debug2": "^D$"},
        "timestamp-format": ["%d.%m.%Y %H:%M:%S"],
        "value": {"till": {"kind": "integer"}, "sum": {"kind": "float"}, "who": {"kind": "quoted", "identifier": True}},
        "sample": [{"line": "21.11.2026 08:30:00 E till=17 sum=0.25 no paper", "level": "error"}],
    },
}
OBJECTS = {
    "svc_log": {
        "json": True,
        "timestamp-field": "ts",
        "timestamp-format": ["%Y-%m-%dT%H:%M:%S.%L%z"],
        "level-field": "lvl",
        "level": {"error": 50, "info": "^30$"},
        "body-field": "text",
        "line-format": [{"field": "ts"}, " ", {"field": "text"}],
        "value": {"took": {"kind": "float"}, "user/id": {"kind": "string"}, "parts": {"kind": "json"}},
    }
}
PAIRED = {
    "one": {"regex": {"a": {"pattern": "^one (?<n>\\d+)$"}}, "value": {"n": {"kind": "integer"}}},
    "two": {
        "regex": {"a": {"pattern": "^two (?<n>\\S+) (?<stamp>\\d+)$"}},
        "timestamp-field": "stamp",
        "timestamp-format": ["%i", "%s"],
        "value": {"n": {"kind": "string"}},
    },
}


def _rows(definition: Any, *events: str) -> list[dict[str, Any]]:
    return parsed_rows(format_of("lnav", json.dumps(definition)), [*events])


def test_alternatives_kinds_levels_and_times() -> None:
    assert _rows(
        TILLS,
        "21.11.2026 08:30:00 E till=17 sum=0.25 no paper\n  in tray 2",
        "21.11.2026 08:30:00 D 'ana b': logged in",
        "21.11.2026 08:30:00 I ana: bye",
        "else",
    ) == [
        {"timestamp": AT, "till": 17, "sum": 0.25, "message": "no paper\n  in tray 2", "level": "ERROR"},
        {"timestamp": AT, "who": "ana b", "message": "logged in", "level": "DEBUG"},
        {"timestamp": AT, "who": "ana", "message": "bye", "level": "INFO"},
        {"message": "else"},
    ]


def test_objects_by_their_fields() -> None:
    first = {"ts": "2026-11-21T09:30:00.000+0100", "lvl": 50, "text": "slow", "took": 3, "user": {"id": "x"}}
    second = {"ts": "2026-11-21T08:30:00.000Z", "lvl": 40, "text": "t", "took": "long", "parts": ["a"], "more": True}
    rows = _rows(OBJECTS, json.dumps(first), json.dumps(second), '{"a": 1}', '{"ts": oops}')
    assert rows == [
        {"took": 3.0, "user_id": "x", "ts": AT, "lvl": 50, "message": "slow", "level": "ERROR"},
        {
            "parts": '["a"]',
            "ts": AT,
            "lvl": 40,
            "more": True,
            "message": "t",
            "level": "WARN",
            "_rescued": '{"took":"long"}',
        },
        {"message": '{"a": 1}'},
        {"message": '{"ts": oops}'},
    ]


def test_several_formats_of_a_file_and_a_field_of_two_kinds() -> None:
    rows = _rows(PAIRED, "one 17", "two x 1795249800000", "two y 1795249800")
    assert [row.get("n") for row in rows] == ["17", "x", "y"]
    assert [row.get("stamp") for row in rows] == [None, AT, AT]


@pytest.mark.parametrize(
    ("forms", "text", "seen"),
    [
        (["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"], "11/21/2026 08:30", AT),
        (["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"], "21/11/2026 08:30", AT),
        (["%H:%M %d.%m.%Y %p"], "08:30 21.11.2026 AM", AT),
        (["%d/%m/%Y %H:%M"], "11/21/2026 08:30", '{"timestamp":"11/21/2026 08:30"}'),
        (["%d/%m/%Y %H:%M"], "21/11/2026 25:30", '{"timestamp":"21/11/2026 25:30"}'),
    ],
)
def test_a_time_is_of_the_first_form_that_makes_one_of_it(forms: list[str], text: str, seen: Any) -> None:
    definition = {"a": {"regex": {"r": {"pattern": "^(?<timestamp>.*);(?<body>.*)$"}}, "timestamp-format": forms}}
    for row in _rows(definition, f"{text};x", f"{text};y"):
        assert row.get("timestamp", row.get("_rescued")) == seen


def test_the_columns_are_those_of_the_file_whatever_a_sample_shows() -> None:
    made = format_of("lnav", json.dumps(TILLS))
    one = made.infer_types(pa.array(["21.11.2026 08:30:00 I ana: bye"]))
    assert [".".join(path) for path in one] == ["timestamp", "till", "sum", "who"]
    assert all(isinstance(seen, InferredType) for seen in one.values())


def test_a_pattern_that_cant_be_used_costs_that_pattern() -> None:
    definition = {
        "a_log": {
            "regex": {"bad": {"pattern": "^(?<timestamp>x)(?!y)"}, "good": {"pattern": "^(?<n>\\d+) (?<body>.*)$"}},
            "sample": [{"line": "x z"}],
        }
    }
    (good, plain) = _rows(definition, "7 ok", "x z")
    assert (good["n"], good["message"], plain["message"]) == ("7", "ok", "x z")
    datasets = load_datasets({"datasets": [{"log_groups": ["*"], "format": "lnav", "pattern": json.dumps(definition)}]})
    check_datasets(datasets)
    (said,) = left_out(datasets)
    assert said.startswith("A pattern is left out, and what only it matches is plain text: file: a_log: regex bad: ")


def _with(**changes: Any) -> str:
    return json.dumps({"a_log": {"regex": {"r": {"pattern": "^(?<timestamp>x) (?<level>y)$"}}, **changes}})


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ("{", "file: it is not JSON"),
        ("[]", "not a JSON object with a format for each name"),
        ('{"$schema": "x"}', "file: there is no format in it"),
        ('{"a": 1}', "a: a format is an object with regex, or with json: true"),
        ('{"a": {}}', "a: it needs regex with a pattern"),
        ('{"a": {"regex": {"r": {}}}}', "a: regex r: it needs a pattern"),
        (_with(regex={"r": {"pattern": "^(?<a>x)(?!y)"}}), "a_log: regex r: .* has no look-ahead"),
        (_with(regex={"r": {"pattern": "^x"}}), "regex r: the pattern names no group"),
        (_with(regex={"r": {"pattern": "(?<a>x"}}), "regex r: .* refuses it: missing"),
        (_with(regex=[1]), "a_log: regex: expected an object"),
        (_with(value={"x": {"kind": "number"}}), "value x: 'number' is not a kind: use one of string"),
        (_with(level={"loud": "x"}), "level 'loud' is none of fatal"),
        (_with(level={"error": []}), "level error needs a pattern or a number"),
        (_with(**{"timestamp-format": "%Y"}), "timestamp-format: expected a list of forms"),
        (_with(**{"timestamp-format": ["%Q"]}), "timestamp-format: the time '%Q' has '%Q', which is not known"),
        (_with(**{"body-field": 1}), "body-field: expected the name of a field"),
        ('{"a": {"json": true, "timestamp-field": "/"}}', "a: '/' is not the name of a field"),
        ('{"a": {"json": true, "value": {"": {}}}}', "a: '' is not the name of a field"),
        ('{"a": {"json": true, "body-field": "\\ud800"}}', "is not the name of a field"),
        (_with(regex={"r": {"pattern": "(?<a>\ud800)"}}), "half of a surrogate pair in it is no character"),
        (_with(level={"error": "\ud800"}), "half of a surrogate pair"),
        (_with(sample=[{"line": "x y"}, {"line": "z"}]), "no pattern matches sample 2, 'z'"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(definition: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        format_of("lnav", definition)
