"""What a container's log wraps around an event becomes columns, and the event inside is read by its own format."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from support.worlds.planned_bundles import convert_events

from loglake.core.schema.conversion import BundleResult
from loglake.kernels.formats.registry import FORMATS

pytestmark = pytest.mark.unit

CRI = "2026-11-21T08:00:00.123456789Z stdout F "
OBJECT = '{"level":"warn","message":"stock is low","order":{"id":17}}'
HEADER = "2026-11-21 08:00:00,123 ERROR [main] com.example.Orders - no stock"
ACCESS = '10.0.0.5 - - [21/Nov/2026:08:30:00 +0000] "GET /health HTTP/1.1" 200 17'


def _docker(text: str, **more: Any) -> str:
    return json.dumps({"log": f"{text}\n", "stream": "stdout", "time": "2026-11-21T08:00:00.1Z", **more})


def _converted(*texts: str) -> tuple[list[dict[str, Any]], BundleResult]:
    rows, result = convert_events(texts)
    assert [row["raw"] for row in rows] == list(texts)
    return [{name: value for name, value in row.items() if value is not None} for row in rows], result


@pytest.mark.parametrize(
    "wrap",
    [
        lambda text: CRI + text,
        _docker,
        lambda text: _docker(text, kubernetes={"pod_name": "shop-1"}),
        lambda text: CRI + _docker(text),
        lambda text: f"shop_1  | {text}",
        lambda text: f"\x1b[36mshop-1  |\x1b[0m {text}",
        lambda text: f"shop_web.1.4f3a6c1e0b2d@node-1    | {text}",
        lambda text: f"0|shop   | {text}",
        lambda text: _docker(_docker(text)),
        lambda text: json.dumps({"source": "stdout", "log": CRI + text, "container_id": "4f"}),
    ],
)
def test_the_event_inside_is_read_by_its_own_format(wrap: Any) -> None:
    rows, result = _converted(wrap(OBJECT), wrap(HEADER), wrap(ACCESS), wrap("prose"))
    assert (rows[0]["order_id"], rows[0]["message"], rows[0]["level"]) == (17, "stock is low", "WARN")
    assert (rows[1]["logger"], rows[1]["thread"], rows[1]["message"]) == ("com.example.Orders", "main", "no stock")
    assert rows[1]["level"] == "ERROR"
    assert (rows[2]["status"], rows[2]["message"]) == (200, "GET /health HTTP/1.1")
    assert rows[3]["message"] == "prose"
    assert result.accounting.read_as == {"json": 1, "header": 1, "access_log": 1, "container": 1}


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-21T08:00:00",
        "2026-11-21T08:00:00.123Z",
        "2026-11-21T08:00:00.1234567Z",
        "2026-11-21T08:00:00.123456789Z",
    ],
)
def test_a_time_before_a_time_of_the_event_is_around_it(time: str) -> None:
    record = "2026-11-21T08:00:00.123Z\t4f3a6c1e-1111-4222-8333-444455556666\tERROR\tno stock"
    rows, result = _converted(f"{time} {HEADER}", f"{time} {record}")
    assert [row["container_time"] for row in rows] == [time, time]
    assert (rows[0]["timestamp"], rows[0]["logger"], rows[0]["level"]) == (HEADER[:23], "com.example.Orders", "ERROR")
    assert (rows[1]["request_id"], rows[1]["level"], rows[1]["message"]) == (record.split("\t")[1], "ERROR", "no stock")
    assert result.accounting.rescued_values == 0


def test_a_time_in_nanoseconds_is_around_what_begins_as_an_event() -> None:
    inside = (OBJECT, HEADER, ACCESS, "I1121 08:00:00.123456       1 main.go:17] started", CRI + OBJECT)
    texts = [f"2026-11-21T08:00:00.123456789Z {text}" for text in inside]
    rows, result = _converted(*texts, "2026-11-21T08:00:00.123456789Z prose")
    assert [row.get("container_time") for row in rows[:4]] == [texts[0][:30]] * 4
    assert rows[5]["timestamp"] == texts[0][:30]
    assert [row["message"] for row in rows] == [
        "stock is low", "no stock", "GET /health HTTP/1.1", "started", "stock is low", "prose"
    ]  # fmt: skip
    assert result.accounting.read_as == {"json": 2, "header": 3, "access_log": 1}


def test_what_is_around_is_columns_too() -> None:
    rows, _ = _converted(CRI + OBJECT, _docker(OBJECT, kubernetes={"pod_name": "shop-1", "labels": {"app": "shop"}}))
    assert (rows[0]["container_time"], rows[0]["container_stream"]) == ("2026-11-21T08:00:00.123456789Z", "stdout")
    assert (rows[1]["kubernetes_pod_name"], rows[1]["kubernetes_labels_app"]) == ("shop-1", "shop")
    assert "log" not in rows[1]
    assert "_rescued" not in rows[1]


def test_a_value_that_is_around_and_inside_is_rescued() -> None:
    rows, _ = _converted(_docker('{"stream":"inner","message":"m","time":17}'))
    assert rows[0]["stream"] == "stdout"
    assert json.loads(rows[0]["_rescued"]) == {"stream": "inner", "time": "17"}


def test_wrapped_events_among_others() -> None:
    rows, result = _converted(HEADER, CRI + HEADER, OBJECT, "prose")
    assert [row.get("logger") for row in rows] == ["com.example.Orders", "com.example.Orders", None, None]
    assert [row.get("container_stream") for row in rows] == [None, "stdout", None, None]
    assert result.accounting.read_as == {"header": 2, "json": 1, "text": 1}


@pytest.mark.parametrize(
    "text",
    [
        '{"log":{"level":"info"},"source":"app"}',
        '{"log":"text"}',
        '{"a":{"log":"text"},"stream":"x"}',
        '{"log":"text","stream":"x",}',
        "2026-11-21T08:00:00Z stdout F no fraction",
        "2026-11-21T08:00:00.1Z stdlog F no stream",
        "2026-11-21T08:00:00.123456789Z INFO a logger's own time",
        "2026-11-21T08:00:00.123456789Z [main] INFO com.example.Orders - a logger's own time",
        "2026-11-21T08:00:00.123456789Z  INFO two spaces",
        "2026-11-21T08:00:00.123456789Z worker-1: INFO x",
        "2026-11-21T08:00:00.123Z no time of its own",
        "2026-11-21T08:00:00.123Z 2026-11-22T09:00:00.123Z i-0123 a start and an end",
        "2026-11-21T08:00:00 2026-11-21 99:99:99 ERROR no time",
        "2026-11-21 08:00:00 2026-11-21 08:00:00 no T",
    ],
)
def test_what_only_looks_alike_is_not_wrapped(text: str) -> None:
    assert FORMATS["container"].matches(pa.array([text])).to_pylist() == [False]
    rows, _ = _converted(CRI + OBJECT, text)
    assert "container_stream" not in rows[1]


def test_an_event_that_is_wrapped_very_often_is_text_at_last() -> None:
    text = "x"
    for _ in range(6):
        text = _docker(text)
    rows, _ = _converted(text)
    assert rows[0]["raw"] == text


def test_an_empty_event_inside() -> None:
    rows, _ = _converted(CRI.rstrip(), _docker(""))
    assert [row["message"] for row in rows] == ["", ""]
