"""The sample, read with plain json and regular expressions."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from loglake.core.units import MS_PER_DAY, LogGroupName, day_of, parse_instant
from loglake.core.windows import Window
from loglake_cli.local.run_input import EVENTS, Groups, generate

pytestmark = pytest.mark.local

NOW_MS = parse_instant("2026-11-24T15:07:31.042Z")

_LAMBDA_KINDS = (
    ("lambda_init", re.compile(r"INIT_START Runtime Version: \S+\tRuntime Version ARN: \S+\n")),
    ("lambda_start", re.compile(r"START RequestId: [0-9a-f-]{36} Version: \$LATEST\n")),
    ("lambda_end", re.compile(r"END RequestId: [0-9a-f-]{36}\n")),
    (
        "lambda_report",
        re.compile(
            r"REPORT RequestId: [0-9a-f-]{36}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\t"
            r"Max Memory Used: \d+ MB\t(Init Duration: \d+\.\d\d ms\t)?\n"
        ),
    ),
    ("lambda_traceback", re.compile(r"\[ERROR\].*\nTraceback \(most recent call last\):\n.*", re.DOTALL)),
    (
        "lambda_log",
        re.compile(r"\[[A-Z]+\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t[0-9a-f-]{36}\t[^\n]+\n"),
    ),
)
_FLOW = re.compile(
    r"2 \d{12} eni-[0-9a-f]{17} (- - - - - - - \d+ \d+ - (NODATA|SKIPDATA)"
    r"|(\d+\.){3}\d+ (\d+\.){3}\d+ \d+ \d+ \d+ \d+ \d+ \d+ \d+ (ACCEPT|REJECT) OK)"
)


@pytest.fixture(scope="module")
def sample() -> Groups:
    return generate(NOW_MS)


def _events(sample: Groups, group: str) -> list[tuple[int, str]]:
    return [event for name, streams in sample.items() if name == group for s in streams.values() for event in s]


def _lambda(sample: Groups) -> Mapping[str, Sequence[tuple[int, str]]]:
    return sample[LogGroupName("/aws/lambda/checkout")]


def _scalars(value: Any, path: str = "") -> list[tuple[str, type]]:
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in _scalars(item, f"{path}.{key}")]
    return [] if value is None or isinstance(value, list) else [(path, type(value))]


def _kind(group: str, message: str) -> str:
    if message.startswith("{"):
        assert isinstance(json.loads(message), dict)
        return "json"
    if group == "/vpc/flow":
        assert _FLOW.fullmatch(message), message
        return "vpc_flow"
    return next(kind for kind, pattern in _LAMBDA_KINDS if pattern.fullmatch(message))


def test_each_event_is_of_a_kind_of_its_log_group(sample: Groups) -> None:
    kinds: dict[str, Counter[str]] = {
        group: Counter(_kind(group, message) for events in streams.values() for _, message in events)
        for group, streams in sample.items()
    }
    assert kinds["/app/shop"].keys() == {"json"}
    assert kinds["/vpc/flow"].keys() == {"vpc_flow"}
    assert kinds["/aws/lambda/checkout"].keys() == {kind for kind, _ in _LAMBDA_KINDS}
    assert sum(counts.total() for counts in kinds.values()) == EVENTS


def test_there_are_three_groups_many_streams_and_one_long_stream(sample: Groups) -> None:
    assert set(sample) == {"/app/shop", "/aws/lambda/checkout", "/vpc/flow"}
    assert all(len(streams) > 1 for streams in sample.values())
    assert max(len(events) for streams in sample.values() for events in streams.values()) > 10_000
    assert all(re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", name) for name in _lambda(sample))


def test_all_days_have_events_of_all_groups(sample: Groups) -> None:
    for group in sample:
        assert {day_of(ms) for ms, _ in _events(sample, group)} == {"2026-11-21", "2026-11-22", "2026-11-23"}


@pytest.mark.parametrize("now", ["2026-11-24T00:00:00Z", "2026-11-24T23:59:59.999Z"])
def test_the_same_day_and_seed_give_the_same_events_whatever_the_time(sample: Groups, now: str) -> None:
    assert generate(parse_instant(now)) == sample


def test_another_seed_or_day_gives_other_events(sample: Groups) -> None:
    assert generate(NOW_MS, seed=2) != sample
    assert generate(NOW_MS + MS_PER_DAY) != sample


def test_events_are_in_order_inside_the_window_and_before_now(sample: Groups) -> None:
    days = Window(parse_instant("2026-11-21"), parse_instant("2026-11-24"))
    assert days.to_ms <= NOW_MS < days.to_ms + MS_PER_DAY
    for streams in sample.values():
        for events in streams.values():
            times = [ms for ms, _ in events]
            assert times == sorted(times)
            assert times[0] in days
            assert times[-1] in days


def test_cloudwatch_would_take_every_event(sample: Groups) -> None:
    sizes = [len(m.encode()) for group in sample for _, m in _events(sample, group)]
    assert min(sizes) > 0
    assert max(sizes) < 1_000_000  # PutLogEvents: an event ends at 1 MB


def test_every_json_scalar_has_one_type_wherever_it_appears(sample: Groups) -> None:
    types: dict[str, set[type]] = {}
    for _, message in _events(sample, "/app/shop"):
        for path, kind in _scalars(json.loads(message)):
            types.setdefault(path, set()).add(kind)
    assert {path: kinds for path, kinds in types.items() if len(kinds) > 1} == {}
    assert {bool, int, float, str} <= {kind for kinds in types.values() for kind in kinds}


def test_json_has_nulls_arrays_missing_fields_and_text_beyond_ascii(sample: Groups) -> None:
    messages = [message for _, message in _events(sample, "/app/shop")]
    parsed = [json.loads(message) for message in messages]
    assert any(event.get("coupon", "") is None for event in parsed)
    assert any(event.get("coupon") for event in parsed)
    assert any(event["tags"] for event in parsed)
    assert any("user" not in event for event in parsed)
    assert any(not message.isascii() for message in messages)


def test_flow_logs_have_records_without_data(sample: Groups) -> None:
    assert {message.split()[-1] for _, message in _events(sample, "/vpc/flow")} == {"OK", "NODATA", "SKIPDATA"}


def test_lambda_invocations_are_whole_and_never_overlap_in_a_stream(sample: Groups) -> None:
    for events in _lambda(sample).values():
        words = [message.split(" ", 1)[0] for _, message in events if message.startswith(("START", "END", "REPORT"))]
        assert words == ["START", "END", "REPORT"] * (len(words) // 3)


def test_both_ways_of_writing_a_traceback_are_there(sample: Groups) -> None:
    tracebacks = [m for _, m in _events(sample, "/aws/lambda/checkout") if "\nTraceback" in m]
    assert any("\n\u00a0\u00a0File " in message and not message.endswith("\n") for message in tracebacks)
    assert any("\n  File " in message and message.endswith("\n") for message in tracebacks)
