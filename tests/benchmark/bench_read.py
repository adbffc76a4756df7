"""Reading takes a quarter of a core two full pages a second, and less than 300 MB.

export-logs is a Python shell job with 1/16 DPU, which is a quarter of a vCPU. Full pages of JSON events go through
boto3's parser, the regrouping by stream and gzip. The second case rests after each page for three times the processor
time that it took, as a quarter of a core does.

    make bench-read

What it prints on two cores that others use too (Python 3.13):

    a core              3,307 events a page,   35 ms a page, 33 ms for a MB of answers, 28.6 pages a second
    a quarter of one    3,307 events a page,   36 ms a page, 34 ms for a MB of answers,  6.9 pages a second
    peak memory         133 MB; 9.3 MB of objects for 63 MB of answers
"""

from __future__ import annotations

import io
import json
import random
import resource
import time
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from support.fakes.stores import MemoryStore

import loglake.entrypoints.export_logs  # noqa: F401 - its modules count for the memory
from loglake.aws.event_reader import CloudWatchEventReader
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.export.payload_writer import PayloadWriter
from loglake.pipelines.export.window_read import WindowRead

GROUP = LogGroupName("/app/shop")
START = EpochMs(1_795_219_200_000)
PAGES, PAGE_BYTES = 60, 1024 * 1024


def answers() -> Iterator[bytes]:
    """Full pages: 1 MB of JSON events of 20 streams, with the JSON around them."""
    chance = random.Random(1)
    events: list[dict[str, Any]] = []
    size = 0
    while size < PAGE_BYTES:
        fields = {"level": "INFO", "path": f"/api/orders/{chance.randrange(10**6)}", "took_ms": chance.randrange(900)}
        message = json.dumps({**fields, "request_id": f"{chance.getrandbits(128):032x}"})
        events.append({"logStreamName": f"web/{chance.randrange(20)}", "message": message, "ingestionTime": START})
        size += len(message) + 190
    for page in range(PAGES):
        timed = [
            {**event, "timestamp": START + page * 100_000 + number, "eventId": f"{page * 100_000 + number:056d}"}
            for number, event in enumerate(events)
        ]
        token = {"nextToken": f"{page:0400d}"} if page < PAGES - 1 else {}
        yield json.dumps({"events": timed, "searchedLogStreams": [], **token}).encode()


class Body:
    """The body of an answer, as urllib3 gives it."""

    def __init__(self, body: bytes) -> None:
        self._body = io.BytesIO(body)

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self._body.read()


def read(bodies: list[bytes], rest: float) -> tuple[float, float, PayloadWriter]:
    """Reads the pages; returns processor time and time, in seconds, and what was written."""
    client = boto3.client("logs", region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret")
    left = iter(bodies)

    def answer(request: Any, **_: object) -> AWSResponse:
        headers: Any = {"content-type": "application/x-amz-json-1.1"}
        return AWSResponse(request.url, 200, headers, Body(next(left)))

    hooks: Any = client.meta.events
    hooks.register("before-send.logs.FilterLogEvents", answer)
    writer = PayloadWriter(MemoryStore("raw"), GROUP, "123456789012")
    window = Window(START, EpochMs(START + 10**9))
    reading = WindowRead(CloudWatchEventReader(client), writer, GROUP, window)
    began, used = time.perf_counter(), time.process_time()
    while not reading.is_done:
        before = time.process_time()
        reading.next_page()
        time.sleep(rest * (time.process_time() - before))
    writer.put("exports/bench")
    return time.process_time() - used, time.perf_counter() - began, writer


def main() -> None:
    """Prints both cases and the peak memory."""
    bodies = list(answers())
    size_mb = sum(map(len, bodies)) / 1e6
    for name, rest in (("a core", 0.0), ("a quarter of one", 3.0)):
        used_s, took_s, writer = read(bodies, rest)
        print(
            f"{name:18} {writer.events // PAGES:6,} events a page, {used_s / PAGES * 1000:4.0f} ms a page, "
            f"{used_s / size_mb * 1000:.0f} ms for a MB of answers, {PAGES / took_s:4.1f} pages a second"
        )
    objects_mb = sum(raw.size_bytes for raw in writer.objects) / 1e6
    # The pages of the benchmark itself are in memory, too.
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory        {peak_mb:.0f} MB; {objects_mb:.1f} MB of objects for {size_mb:.0f} MB of answers")


if __name__ == "__main__":
    main()
