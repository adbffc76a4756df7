"""Times at the start of many lines at once are those that each line has by itself."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import tzinfo

import numpy as np
import pytest

from loglake.kernels.formats.times.zones import zone_of
from loglake.kernels.readers.plain.iso_stamps import NO_TIME, iso_times
from loglake.kernels.readers.plain.stamps import find_stamp

pytestmark = pytest.mark.unit

ZONES = ["", "+02:00", "Europe/Berlin"]


def times_of(lines: list[str], zone: tzinfo) -> list[int]:
    data = "".join(f"{line}\n" for line in lines).encode("latin-1")
    starts = np.cumsum([0, *(len(line) + 1 for line in lines[:-1])])
    return [int(each) for each in iso_times(np.frombuffer(data, np.uint8), starts, zone)]


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-21T08:00:00Z started",
        "2026-11-21 08:00:00 started",
        "2026/11/21 08:00:00 [error] no stock",
        "2026-11-21 08:00:00,123 ERROR [main] x",
        "2026-11-21T08:00:00.123456789Z\tINFO",
        "[2026-11-21 08:00:00,123] WARN x",
        "2026-11-21 08:00:00.1 DEBUG x",
        "2028-02-29 23:59:59",
    ],
)
def test_usual_times_are_found(line: str) -> None:
    stamp = find_stamp(line, zone_of("-03:30"))
    assert stamp
    assert times_of([line], zone_of("-03:30")) == [stamp.own_ms]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "2",
        "started",
        "2026-11-21 08:00",
        "2026-02-30 08:00:00 x",
        "2026-11-21 24:00:00 x",
        "2026-11-21 08:00:60 x",
        "2026-11-21 08:00:00+01:00 x",
        "2026-11-21 08:00:00 +0100 x",
        "2026-11-21 08:00:00 CET x",
        "2026-11-21 08:00:00UTC x",
        "2026-11-21 08:00:00 Europe/Berlin] x",
        "2026-11-21 08:00:00.1234567890 x",
        "2026-11-21T08:00:00.123456789Z stdout P the start of an event",
    ],
)
def test_what_is_not_sure_is_left_out(line: str) -> None:
    assert times_of([line], zone_of("")) == [NO_TIME]


def test_local_times_are_left_out() -> None:
    lines = ["2026-11-21 08:00:00 x", "2026-11-21 08:00:00Z x"]
    assert [each == NO_TIME for each in times_of(lines, zone_of("Europe/Berlin"))] == [True, False]


def made_up(chance: random.Random) -> Iterator[str]:
    def any_of(*texts: str) -> str:
        return chance.choice(texts)

    while True:
        day = (
            f"{any_of('2026', '2024', '0000', '2999', '9999')}{any_of('-', '/')}{any_of('01', '02', '12', '00', '13')}"
        )
        day += f"{any_of('-', '/')}{any_of('01', '28', '29', '31', '32')}{any_of('T', ' ', '_', ', ')}"
        clock = ":".join((any_of("00", "12", "23", "24"), any_of("00", "59", "60"), any_of("00", "59", "60")))
        fraction = any_of("", ".", ",") + "1234567890123"[: chance.randint(0, 12)]
        after = any_of(
            "Z", "+00:00", " +0100", "-05", " UTC", "UTC", " EST", " CET x", " PST8", " Europe/Berlin]", " Main x"
        )
        bare = any_of(
            "",
            " ",
            "]",
            " [main]",
            " ERROR x",
            " WARN",
            " E x",
            " started",
            " stdout P x",
            "\t",
            "|",
            ": x",
            "\r",
            "\xe9",
        )
        yield any_of("", "", "", "[", " ") + day + clock + any_of("", fraction) + any_of(after, bare, bare)


@pytest.mark.parametrize("zone", ZONES)
def test_no_line_gets_another_time_than_by_itself(zone: str) -> None:
    lines = [line for line, _ in zip(made_up(random.Random(17)), range(20_000))]
    found = 0
    for line, time in zip(lines, times_of(lines, zone_of(zone)), strict=True):
        if time != NO_TIME:
            stamp = find_stamp(line, zone_of(zone))
            assert stamp, line
            assert stamp.own_ms == time, line
            found += 1
    assert found > 20
