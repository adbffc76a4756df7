"""Definitions with an event each, and what is wrong with layout strings."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from support.logs.parsed import parsed_rows
from support.yaml_files import read_yaml

from loglake.errors import ConfigError
from loglake.kernels.formats.registry import format_of

pytestmark = pytest.mark.unit


LINES = read_yaml(Path(__file__).parent / "fixtures" / "lines.yaml")


@pytest.mark.parametrize("line", LINES, ids=[f"{next(iter(line))}-{number}" for number, line in enumerate(LINES)])
def test_definitions_give_their_values(line: dict[str, Any]) -> None:
    (name, definition), event = next(iter(line.items())), line["event"]
    said = line.get("message", event)
    expected = line["columns"] | ({} if said is None else {"message": said})
    expected |= {"level": line["level"]} if "level" in line else {}
    row, other = parsed_rows(format_of(name, definition), [event, "something else"])
    assert {key: value.isoformat() if isinstance(value, datetime) else value for key, value in row.items()} == expected
    assert other == {"message": "something else"}


@pytest.mark.parametrize(
    ("name", "layout", "said"),
    [
        ("nginx", "just text", "has no value"),
        ("apache", "%h %Z", "'%Z', which is not a directive with a value"),
        ("apache", "%{min}T", "its unit is one of ms, us, s"),
        ("apache", "100%", "which is not a directive of Apache"),
        ("apache", "%^zz", r"'%\^z', which is not a directive with a value"),
        ("apache", "%{%Q}t", "has '%Q', which is not known"),
        ("log4j", "%d %zebra", "%zebra, which is not a known conversion"),
        ("log4j", "%d{bad BBB} %m", "has 'b', which is not known: use the letters"),
        ("log4j", "text", "has no value"),
        ("log4j", "%blue(" * 30 + "%m" + ")" * 30, "more than 20 levels deep"),
        ("log4j", "${A:-" * 20_000 + "%m", "more than 50,000 characters"),
    ],
)
def test_what_is_wrong_with_a_layout_is_said(name: str, layout: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        format_of(name, layout)


def test_a_value_twice_has_two_columns() -> None:
    (row,) = parsed_rows(format_of("nginx", "$status $status"), ["200 201"])
    assert row == {"status": 200, "status_2": 201}


def test_times_that_are_none_are_kept() -> None:
    (row,) = parsed_rows(format_of("log4j", "%d{dd.MM.yyyy HH:mm} %m"), ["31.02.2026 08:30 x"])
    assert row["_rescued"] == '{"timestamp":"31.02.2026 08:30"}'
    assert row["message"] == "x"


@pytest.mark.parametrize("name", ["nginx", "apache", "log4j"])
def test_an_empty_batch_has_no_fields(name: str) -> None:
    layout = {"nginx": "$status", "apache": "%s", "log4j": "%p %m"}[name]
    assert format_of(name, layout).infer_types(pa.array([], pa.string())) == {}
