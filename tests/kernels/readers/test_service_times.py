from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.logs.service_logs import ALB, CLOUDFRONT, QUERY, S3, VPC, WAF, read_all

from loglake.core.units import from_ms
from loglake.kernels.formats.registry import FORMATS, format_of

pytestmark = pytest.mark.unit


def _times(name: str, *lines: str) -> list[str | None]:
    """The instant of each line, None if it has none."""
    events, fragments = read_all(name, "\n".join(lines))
    found: dict[int, str | None] = {event.line: from_ms(event.time).isoformat() for event in events}
    return [found.get(number) for number in range(1, len(events) + len(fragments) + 1)]


@pytest.mark.parametrize(
    ("name", "line", "time"),
    [
        ("alb", ALB, "2026-11-21T08:30:00.123000+00:00"),
        ("alb", ALB.replace(".123456Z", ".1Z", 1), "2026-11-21T08:30:00.100000+00:00"),
        ("alb", ALB.replace(".123456Z", "Z", 1), "2026-11-21T08:30:00+00:00"),
        ("alb", ALB.replace("-21T", "-31T", 1), None),
        ("alb", ALB.replace("https ", "", 1), None),
        ("nlb", "tls 2.0 2026-11-21T08:30:00 net/web/c6e7 and more", "2026-11-21T08:30:00+00:00"),
        ("nlb", "tls 2.0 2026-11-21T08:30:00", "2026-11-21T08:30:00+00:00"),
        ("nlb", "tls 2.0 2026-11-21T08:30:00+01:00 net/web/c6e7", None),
        ("alb_connection", FORMATS["alb_connection"].about.example, "2026-11-21T08:30:00.123000+00:00"),
        ("alb_health", FORMATS["alb_health"].about.example, "2026-11-21T08:30:00.123000+00:00"),
        ("alb_health", FORMATS["alb_health"].about.example.replace("-21T", "-31T"), None),
        ("cloudfront", CLOUDFRONT, "2026-11-21T08:30:00+00:00"),
        ("cloudfront", CLOUDFRONT.replace("\t", " "), None),
        ("s3_access", S3, "2026-11-21T08:30:00+00:00"),
        ("s3_access", S3.replace("+0000", "+0130"), "2026-11-21T07:00:00+00:00"),
        ("s3_access", S3.replace("+0000", "-0800"), "2026-11-21T16:30:00+00:00"),
        ("s3_access", S3.replace("Nov", "Nub"), None),
        ("s3_access", S3.replace("21/Nov", "31/Nov"), None),
        ("vpc_flow", VPC, "2025-11-21T08:00:00+00:00"),
        ("vpc_flow", VPC.replace("1763712000", "-"), "2025-11-21T08:01:00+00:00"),
        ("vpc_flow", f"{VPC} vpc-0a1b", "2025-11-21T08:00:00+00:00"),
        ("vpc_flow", VPC.removesuffix(" OK"), None),
        ("vpc_flow", VPC.replace("1763712000", "253402300800").replace("1763712060", "-"), None),
        ("vpc_flow", VPC.replace("1763712000", "9" * 15).replace("1763712060", "9" * 30), None),
        ("waf", WAF, "2026-11-21T08:30:00.123000+00:00"),
        ("waf", '{"formatVersion":1,"a":{"timestamp":1},"timestamp": 1795249800000 }', "2026-11-21T08:30:00+00:00"),
        ("waf", '{"a":{"timestamp":1795249800123}}', None),
        ("waf", '{"timestamp":1795249800123.5}', None),
        ("waf", '{"timestamp":999999999999999}', None),
        ("waf", '{"timestamp":[1795249800123]}', None),
        ("waf", "[" * 50_000, None),
        ("route53_resolver", QUERY, "2026-11-21T08:30:00+00:00"),
        ("route53_resolver", '{"n":1,"query_timestamp":"2026-11-21T08:30:00.5Z"}', "2026-11-21T08:30:00.500000+00:00"),
        ("route53_resolver", '{"query_timestamp":"yesterday"}', None),
        ("route53_resolver", '{"note":"\\"query_timestamp\\":\\"2026-11-21T08:30:00Z\\""}', None),
    ],
)  # fmt: skip
def test_the_time_of_a_line_is_that_of_its_own_field(name: str, line: str, time: str | None) -> None:
    assert _times(name, line) == [time]
    others = {"alb": ALB, "cloudfront": CLOUDFRONT, "s3_access": S3, "vpc_flow": VPC, "waf": WAF}
    if name in others:  # neighbours change nothing
        assert _times(name, others[name], line, "garbage", others[name])[1:3] == [time, None]


@settings(max_examples=200, deadline=None)
@given(
    instant=st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)),
    offset=st.integers(-14 * 60, 14 * 60),
    digits=st.integers(0, 9),
)
def test_times_are_read_as_python_reads_them(instant: datetime, offset: int, digits: int) -> None:
    day, clock = f"{instant.year:04d}-{instant:%m-%d}", f"{instant:%H:%M:%S}"
    second = int((instant.replace(microsecond=0) - datetime(1970, 1, 1)).total_seconds())
    fraction = f".{instant.microsecond * 1000:09d}"[: digits + 1] if digits else ""
    (alb,), _ = read_all("alb", f"h2 {day}T{clock}{fraction}Z app/a/b")
    assert alb.time == second * 1000 + int((fraction[1:] + "000")[:3])
    (cloudfront,), _ = read_all("cloudfront", f"{day}\t{clock}\tFRA56-P2")
    assert cloudfront.time == second * 1000
    zone = timezone(timedelta(minutes=offset))
    month = "JanFebMarAprMayJunJulAugSepOctNovDec"[3 * instant.month - 3 : 3 * instant.month]
    local = f"{instant:%d}/{month}/{instant.year:04d}:{clock} {instant.replace(tzinfo=zone):%z}"
    (access,), _ = read_all("s3_access", f"- bucket [{local}] -")
    assert access.time == (second - offset * 60) * 1000


SAMPLES: dict[str, Any] = {"alb": ALB, "s3_access": S3, "waf": WAF, "route53_resolver": QUERY}


@pytest.mark.parametrize("name", SAMPLES)
def test_events_are_read_by_their_format(name: str) -> None:
    events, _ = read_all(name, f"{SAMPLES[name]}\r\n" * 3)
    assert format_of(name).matches(pa.array([event.raw for event in events])).to_pylist() == [True] * 3
    assert {datetime.fromtimestamp(event.time // 1000, UTC).date().isoformat() for event in events} == {"2026-11-21"}
