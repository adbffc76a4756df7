"""What well-known software writes becomes columns, each log in a table of its own, without any configuration."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from support.worlds.planned_bundles import convert_events
from support.yaml_files import read_yaml

pytestmark = pytest.mark.unit

FILES = sorted((Path(__file__).parent / "fixtures" / "software").glob("*.yaml"))
_ENVELOPE = ("event_time", "log_group", "log_stream", "raw", "_source", "_line", "_event_id", "dt")
_OWN = ("message", "level", "log_time")


def _logs(path: Path) -> Iterator[dict[str, Any]]:
    yield from read_yaml(path)


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_logs_become_columns_message_and_level(path: Path) -> None:
    for log in _logs(path):
        events = log["events"] * log.get("times", 1)  # what is no prose comes again and again
        rows, formats = _converted([each["event"] for each in events])
        expected = [
            _present({"message": each["event"], **each["columns"], **{key: each[key] for key in _OWN if key in each}})
            for each in events
        ]
        assert rows == expected, log["software"]
        assert sorted(formats) == log["formats"], log["software"]


def _converted(texts: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows in the order of the events, and which formats read them."""
    rows, result = convert_events(texts)
    return [_own(row) for row in rows], [name for name, count in result.accounting.read_as.items() if count]


def _own(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in _present(row).items()
        if name not in _ENVELOPE
    }


def _present(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}
