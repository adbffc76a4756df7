"""A group that several programs write has the columns, messages and levels that each of their logs has alone.

Columns whose names differ only in their spelling share it, and columns of one name share their type: what one log has
in `user` may be in `user_2`, in `_pairs`, or be text. So values are looked up where names meet.
"""

from __future__ import annotations

import json
import random
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from support.worlds.planned_bundles import convert_events
from support.yaml_files import read_yaml

pytestmark = pytest.mark.unit

FIXTURES = Path(__file__).parent / "fixtures"
TIMES, TOGETHER, MIXTURES = 25, 3, 24
"""How often each event comes, so that its pairs are no accident; logs in a group; groups."""

_ENVELOPE = ("event_time", "log_group", "log_stream", "raw", "_source", "_line", "_event_id", "dt")
_SAID = ("message", "level", "log_time")
_AS_WRITTEN = {"level_field", "message_field", "msg"}
"""What only repeats message or level has a column if others of the group show a value that differs."""

_BY_SHARE = {"consul-vault-nomad"}
"""Logs with words before a colon: they are loggers only if nearly all lines have one."""


@cache
def _logs() -> dict[str, list[str]]:
    """The events of each fixture."""
    logs = {
        f"{path.stem}/{log['software']}": [each["event"] for each in log["events"]]
        for path in sorted((FIXTURES / "software").glob("*.yaml"))
        for log in read_yaml(path)
        if log["software"] not in _BY_SHARE
    }
    logs |= {path.stem: [each["event"] for each in read_yaml(path)] for path in sorted(FIXTURES.glob("*.yaml"))}
    return logs | {path.stem: path.read_text("utf-8").splitlines() for path in sorted(FIXTURES.glob("*.log"))}


def _converted(events: list[str]) -> list[dict[str, Any]]:
    rows, _ = convert_events(events)
    return [{name: value for name, value in row.items() if value is not None and name not in _ENVELOPE} for row in rows]


@cache
def _alone(name: str) -> list[dict[str, Any]]:
    events = _logs()[name]
    return _converted(events * TIMES)[: len(events)]


def _fields(row: dict[str, Any]) -> dict[str, Any]:
    """The columns that are the event's own, the pairs in `_pairs` among them."""
    own = {name: value for name, value in row.items() if name not in (*_SAID, "_pairs", "_rescued")}
    return {**json.loads(row.get("_pairs", "{}")), **own}


def _spelling(name: str) -> str:
    """What names share that meet in one column, or get a number there."""
    return re.sub(r"_\d+$", "", name).replace("_", "").lower().replace("reqid", "requestid")


def _same(alone: Any, mixed: Any) -> bool:
    """Whether two columns have the same value; a column of text has a time or a number as the event writes it."""
    if isinstance(alone, datetime) != isinstance(mixed, datetime):
        return True
    try:
        return alone == mixed or float(alone) == float(mixed)
    except (TypeError, ValueError):
        return str(alone).strip().lower() == str(mixed).strip().lower()


def _differing(alone: dict[str, Any], mixed: dict[str, Any]) -> dict[str, Any]:
    """What is not the same in both rows, by name."""
    wrong = {name: (alone.get(name), mixed.get(name)) for name in _SAID if alone.get(name) != mixed.get(name)}
    before, after = _fields(alone), _fields(mixed)
    for names, values, others in ((before.keys(), before, after), (after.keys() - _AS_WRITTEN, after, before)):
        for name in names:
            alike = (each for each in others if _spelling(each) == _spelling(name))
            if not any(_same(values[name], others[each]) for each in alike):
                wrong[name] = (before.get(name), after.get(name))
    return wrong


@pytest.mark.parametrize("seed", range(MIXTURES))
def test_a_mixed_group_has_the_columns_that_each_log_has_alone(seed: int) -> None:
    chance = random.Random(seed)
    names = chance.sample(sorted(_logs()), TOGETHER)
    events = [(name, place) for name in names for place in range(len(_logs()[name]))] * TIMES
    chance.shuffle(events)
    rows = _converted([_logs()[name][place] for name, place in events])
    wrong = {
        (name, _logs()[name][place]): differing
        for (name, place), row in zip(events, rows)
        if (differing := _differing(_alone(name)[place], row))
    }
    assert not wrong, names
