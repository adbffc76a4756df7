"""The built-in sample: three whole days of logs, fixed by day and seed, with their exact counts.

The generator counts the events that it makes. These counts are the oracle of the local run and of its tests: they don't
depend on the code that exports and converts.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName, day_of
from loglake.core.windows import Window, floor_to
from loglake_cli.local.inputs.log_files import Event
from loglake_cli.local.inputs.samples import lambda_text, shop_json, vpc_flow
from loglake_cli.local.inputs.samples.traffic import DAYS, Streams, Traffic

EVENTS = 50_000
_VPC_RECORDS = 9_000
_INVOCATIONS = 1_500


@dataclass(frozen=True)
class Oracle:
    """How many events were made.

    Attributes:
        total: all of them.
        by_kind: ``json``, ``vpc_flow``, ``lambda_init``, ``lambda_start``, ``lambda_log``, ``lambda_traceback``,
            ``lambda_end``, ``lambda_report``.
        by_group: by log group.
        by_day: by UTC day, ``YYYY-MM-DD``.
    """

    total: int
    by_kind: Mapping[str, int]
    by_group: Mapping[str, int]
    by_day: Mapping[str, int]


@dataclass(frozen=True)
class Sample:
    """The sample.

    Attributes:
        window: the three days of all events.
        groups: events by log group and stream, each stream in the order of its times.
        oracle: the exact counts.
    """

    window: Window
    groups: Mapping[LogGroupName, Mapping[str, list[Event]]]
    oracle: Oracle


def generate(now_ms: int, seed: int = 1) -> Sample:
    """Makes 50,000 events of the last three whole UTC days, more than 10,000 of them in one stream.

    It uses whole days, so the sample is the same all day long, and every event lies before `now_ms`.
    """
    today_ms = floor_to(now_ms, MS_PER_DAY)
    window = Window(EpochMs(today_ms - DAYS * MS_PER_DAY), today_ms)
    traffic = Traffic(random.Random(f"{seed} {day_of(today_ms)}"), window.from_ms)
    made: dict[str, Streams] = {
        lambda_text.LOG_GROUP: lambda_text.streams(traffic, _INVOCATIONS),
        vpc_flow.LOG_GROUP: vpc_flow.streams(traffic, _VPC_RECORDS),
    }
    others = sum(len(stream) for streams in made.values() for stream in streams.values())
    made[shop_json.LOG_GROUP] = shop_json.streams(traffic, EVENTS - others)
    groups = {
        LogGroupName(group): {name: [(ms, text) for ms, _, text in stream] for name, stream in streams.items()}
        for group, streams in sorted(made.items())
    }
    return Sample(window, groups, _count(made))


def _count(made: Mapping[str, Streams]) -> Oracle:
    events = [
        (group, kind, day_of(ms))
        for group, streams in made.items()
        for stream in streams.values()
        for ms, kind, _ in stream
    ]
    by_group, by_kind, by_day = map(Counter, zip(*events))
    return Oracle(len(events), dict(by_kind), dict(by_group), dict(by_day))
