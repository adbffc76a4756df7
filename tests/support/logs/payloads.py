"""Subscription data as CloudWatch Logs, Kinesis, Lambda and Firehose write it."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from loglake.kernels.readers.events import EVENTS, Events, Fragment, Origin
from loglake.kernels.readers.subscription import read_payloads

ORIGIN = Origin("landing/object", "/of/the/key", "stream of the key")
GROUP, STREAM = "/aws/lambda/orders", "2026/11/21/[$LATEST]8f2ce3d8a1c14a6f"
START_MS = 1795250000000
FIRST_ID = START_MS << 144

CONTROL = (
    b'{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],'
    b'"logEvents":[{"id":"","timestamp":1510254469274,"message":"CWL CONTROL MESSAGE: Checking health of destination '
    b'Firehose."}]}'
)
"""As the user guide has it."""


def event_id(number: int) -> str:
    return str(FIRST_ID + number)


def log_event(number: int, message: Any = "hello", **changes: Any) -> dict[str, Any]:
    return {"id": event_id(number), "timestamp": START_MS + number, "message": message, **changes}


def payload(events: Sequence[Any], **changes: Any) -> bytes:
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": GROUP,
        "logStream": STREAM,
        "subscriptionFilters": ["everything"],
        "logEvents": events,
        **changes,
    }
    return dump(document)


def dump(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def packed(data: bytes) -> str:
    """A payload as CloudWatch sends it to Lambda and Kinesis."""
    return base64.b64encode(gzip.compress(data, mtime=0)).decode()


def lambda_event(data: str) -> bytes:
    return dump({"awslogs": {"data": data}})


def kinesis_event(*data: str) -> bytes:
    return dump({"Records": [kinesis_record(each) for each in data]})


def kinesis_record(data: str) -> dict[str, Any]:
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "e11a2bb2ba2ea93dd8af4d15ca94bba4",
            "sequenceNumber": "49590338271490256608559692538361571095921575989136588898",
            "data": data,
            "approximateArrivalTimestamp": 1545084650.987,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": "shardId-000000000006:49590338271490256608559692538361571095921575989136588898",
        "eventName": "aws:kinesis:record",
        "awsRegion": "us-east-1",
        "eventSourceARN": "arn:aws:kinesis:us-east-1:123456789012:stream/logs",
    }


def firehose_event(*data: str) -> bytes:
    return dump(
        {
            "invocationId": "invoked123",
            "deliveryStreamArn": "arn:aws:firehose:us-east-1:123456789012:deliverystream/logs",
            "region": "us-east-1",
            "records": [
                {"recordId": f"record{number}", "approximateArrivalTimestamp": 1510772160000, "data": each}
                for number, each in enumerate(data)
            ],
        }
    )


Row = tuple[str, str, int, str, int, str | None, bytes | None]
"""Group, stream, and the columns of `EVENTS`."""


def rows_and_fragments(items: Iterable[Events | Fragment]) -> tuple[list[Row], list[Fragment]]:
    rows: list[Row] = []
    fragments: list[Fragment] = []
    lines: list[int] = []
    for item in items:
        if isinstance(item, Fragment):
            fragments.append(item)
            lines.append(item.line)
            continue
        assert isinstance(item.batch, pa.RecordBatch)
        assert item.batch.schema == EVENTS
        assert item.origin.source == ORIGIN.source
        columns: list[list[Any]] = [column.to_pylist() for column in item.batch.columns]
        rows += [(item.origin.log_group, item.origin.log_stream, *row) for row in zip(*columns, strict=True)]
        lines += item.batch.column("line").to_numpy().tolist()
    assert lines == list(range(1, len(lines) + 1))
    return rows, fragments


def read(data: bytes, chunk: int = 1 << 20, block: int = 1 << 20) -> tuple[list[Row], list[Fragment]]:
    chunks = (data[start : start + chunk] for start in range(0, len(data), chunk))
    return rows_and_fragments(read_payloads(chunks, ORIGIN, block))


def row(number: int, line: int, raw: str = "hello", exact: bytes | None = None) -> Row:
    """The expected row of `log_event`."""
    return GROUP, STREAM, START_MS + number, raw, line, event_id(number), exact
