"""The built-in sample: three whole days of logs, fixed by day and seed."""

from __future__ import annotations

import random
from collections.abc import Mapping

from loglake.core.units import MS_PER_DAY, LogGroupName, day_of
from loglake.core.windows import floor_to
from loglake_cli.local.inputs.samples import lambda_text, shop_json, vpc_flow
from loglake_cli.local.inputs.samples.traffic import DAYS, Streams, Traffic

EVENTS = 50_000
_VPC_RECORDS = 9_000
_INVOCATIONS = 1_500


def generate(now_ms: int, seed: int = 1) -> Mapping[LogGroupName, Streams]:
    """Makes 50,000 events of the last three whole UTC days, more than 10,000 of them in one stream.

    It uses whole days, so the sample is the same all day long, and every event lies before `now_ms`.

    Returns:
        Events by log group and stream, each stream in the order of its times.
    """
    today_ms = floor_to(now_ms, MS_PER_DAY)
    traffic = Traffic(random.Random(f"{seed} {day_of(today_ms)}"), today_ms - DAYS * MS_PER_DAY)
    made: dict[str, Streams] = {
        lambda_text.LOG_GROUP: lambda_text.streams(traffic, _INVOCATIONS),
        vpc_flow.LOG_GROUP: vpc_flow.streams(traffic, _VPC_RECORDS),
    }
    others = sum(len(stream) for streams in made.values() for stream in streams.values())
    made[shop_json.LOG_GROUP] = shop_json.streams(traffic, EVENTS - others)
    return {LogGroupName(group): streams for group, streams in sorted(made.items())}
