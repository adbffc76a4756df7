"""Three days of a shop's logs: an outage, late events from that time, and a new version."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence

import yaml

from loglake.core.schema.datasets import Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake_cli.local.inputs.samples import lambda_text, shop_json
from loglake_cli.local.inputs.samples.traffic import Made, Traffic
from loglake_cli.project_files import DATASETS_FILE

Streams = Mapping[str, list[tuple[int, str]]]

FROM_MS = EpochMs(1_716_249_600_000)
"""2024-05-21, a Tuesday: long ago, whenever this runs."""

WINDOW = Window(FROM_MS, EpochMs(FROM_MS + 3 * MS_PER_DAY))
_OUTAGE_MS = (FROM_MS + MS_PER_DAY + 11 * MS_PER_HOUR, FROM_MS + MS_PER_DAY + 16 * MS_PER_HOUR)
"""In these five hours of the second day nothing arrives. The logs of the last one come an hour after it."""

_RELEASE_MS = FROM_MS + 2 * MS_PER_DAY + 9 * MS_PER_HOUR
"""From then on, version 1.15.0 logs a new field, and sometimes a word in place of a number."""


def groups(events: int, invocations: int) -> dict[LogGroupName, Streams]:
    """The events by log group and stream.

    Args:
        events: of the shop, before the outage takes some.
        invocations: of the Lambda function.
    """
    traffic = Traffic(random.Random(7), FROM_MS)
    shop = {name: list(_told(stream)) for name, stream in shop_json.streams(traffic, events).items()}
    function = lambda_text.streams(traffic, invocations)
    return {
        LogGroupName(shop_json.LOG_GROUP): {name: sorted(stream) for name, stream in shop.items()},
        LogGroupName(lambda_text.LOG_GROUP): {name: list(stream) for name, stream in function.items()},
    }


def _told(stream: Sequence[Made]) -> list[tuple[int, str]]:
    rng = random.Random(11)
    told: list[tuple[int, str]] = []
    down_ms, up_ms = _OUTAGE_MS
    for ms, text in stream:
        if down_ms <= ms < up_ms - MS_PER_HOUR:
            continue
        if up_ms - MS_PER_HOUR <= ms < up_ms:
            ms += MS_PER_HOUR + rng.randrange(600_000)  # noqa: PLW2901 - the agent sends what it kept
        told.append((ms, _released(text, rng) if ms >= _RELEASE_MS else text))
    return told


def _released(text: str, rng: random.Random) -> str:
    event = json.loads(text)
    event["service"]["version"] = "1.15.0"
    event["basket"] = {"items": rng.randrange(1, 9)}
    if event["request"]["status"] == 503:
        event["request"]["status"] = "timeout"
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def datasets() -> Datasets:
    """The tables: a request's status is a number, as before the release."""
    known = yaml.safe_load(DATASETS_FILE.read_text(encoding="utf-8"))
    (shop,) = (each for each in known["datasets"] if shop_json.LOG_GROUP in each["log_groups"])
    shop["types"]["request.status"] = "bigint"
    return load_datasets(known)
