"""Files of AWS services and more loggers: times, levels, first and last row of each."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from support.logs import payloads
from support.logs.ordinary_files import Ordinary, lines
from support.logs.service_logs import ALB, CALLS, CLOUDFRONT, QUERY, S3, VPC, VPC_HEADER, WAF

pytestmark = pytest.mark.unit

SECONDS = [("2026-11-20T10:00:00.000", "INFO"), ("2026-11-20T10:00:01.000", "ERROR")]
MILLIS = [("2026-11-20T10:00:00.001", "INFO"), ("2026-11-20T10:00:01.002", "ERROR")]
DELIVERED = [("2026-11-21T08:30:00.000", None)]
SUBSCRIBED = [("2026-11-21T08:33:20.000", "INFO"), ("2026-11-21T08:33:20.001", "ERROR")]
EVENTS = [payloads.log_event(0, "[INFO] started"), payloads.log_event(1, "[ERROR] boom")]


def _json(*stamps: dict[str, object]) -> str:
    levels = ("info", "error")
    return lines(*(json.dumps({**at, "level": level, "msg": level}) for at, level in zip(stamps, levels, strict=True)))


FILES = (
    Ordinary("seconds", _json({"ts": 1795168800.001}, {"ts": 1795168801.002}), MILLIS, "info", "error"),
    Ordinary("millis", _json({"time": 1795168800001}, {"time": 1795168801002}), MILLIS, "info", "error"),
    Ordinary("nanos", _json({"ts": 1795168800001000000}, {"ts": 1795168801002000000}), MILLIS, "info", "error"),
    Ordinary(
        "event_time",
        _json({"eventTime": "2026-11-20T10:00:00Z"}, {"eventTime": "2026-11-20T10:00:01Z"}),
        SECONDS,
        "info",
        "error",
    ),
    Ordinary(
        "date_and_time",
        _json({"date": "2026-11-20", "time": "10:00:00"}, {"date": "2026-11-20", "time": "10:00:01"}),
        SECONDS,
        "info",
        "error",
    ),
    Ordinary(
        "rfc_2822",
        lines("Fri, 20 Nov 2026 11:00:00 +0100 INFO started", "Fri, 20 Nov 2026 10:00:01 GMT ERROR boom"),
        SECONDS,
        "started",
        "boom",
    ),
    Ordinary(
        "epoch",
        lines("1795168800.001 INFO started", "1795168801.002 ERROR boom"),
        MILLIS,
        "started",
        "boom",
    ),
    Ordinary(
        "spark",
        lines(
            "26/11/20 10:00:00 INFO executor.Backend: started",
            "26/11/20 10:00:01 ERROR executor.Backend: boom",
            "java.lang.OutOfMemoryError: heap",
        ),
        SECONDS,
        "started",
        "boom\njava.lang",
    ),
    Ordinary(
        "nginx_error",
        lines(
            "2026/11/20 10:00:00 [notice] 31#31: started",
            '2026/11/20 10:00:01 [error] 31#32: *17 open() "/a" failed, client: 192.0.2.1',
        ),
        SECONDS,
        "started",
        "open()",
    ),
    Ordinary("alb", gzip.compress(lines(ALB).encode()), [("2026-11-21T08:30:00.123", None)], "GET", "GET"),
    Ordinary("s3", lines(S3), DELIVERED, "GET", "GET"),
    Ordinary("waf", gzip.compress(lines(WAF).encode()), [("2026-11-21T08:30:00.123", None)], "ALLOW", "ALLOW"),
    Ordinary("resolver", lines(QUERY), DELIVERED, "", ""),
    Ordinary(
        "cloudfront",
        gzip.compress(lines("#Version: 1.0", "#Fields: date time x-edge-location", CLOUDFRONT).encode()),
        DELIVERED,
        "2026-11-21",
        "2026-11-21",
    ),
    Ordinary(
        "vpc_flow", gzip.compress(lines(VPC_HEADER, VPC).encode()), [("2025-11-21T08:00:00.000", None)], "2 ", "2 "
    ),
    Ordinary(
        "cloudtrail",
        gzip.compress(f'{{"Records":[{",".join(CALLS[:2])}]}}'.encode()),
        [*DELIVERED, ("2026-11-21T08:30:00.000", "ERROR")],
        "s3.amazonaws.com GetObject",
        "s3.amazonaws.com GetObject",
    ),
    Ordinary("subscription", payloads.payload(EVENTS), SUBSCRIBED, "started", "boom"),
    Ordinary(
        "kinesis", payloads.kinesis_event(payloads.packed(payloads.payload(EVENTS))), SUBSCRIBED, "started", "boom"
    ),
)


@pytest.mark.parametrize("ordinary", FILES, ids=lambda each: each.name)
def test_a_file_becomes_the_right_rows(ordinary: Ordinary, tmp_path: Path) -> None:
    ordinary.check(tmp_path)
