"""The fixture loglake_events gives the rows that convert-logs would make of messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pyarrow as pa
import pytest

from loglake.errors import ConfigError, TransformError
from loglake.kernels.transform import Transformation
from loglake_cli.testing.events import EventsFactory, Message

pytestmark = pytest.mark.unit

TEN = datetime(2024, 1, 1, 10, tzinfo=timezone.utc)


@pytest.fixture
def events() -> EventsFactory:
    return EventsFactory(None)


def only_first(batch: pa.RecordBatch) -> pa.RecordBatch:
    return batch.filter(pa.array([text == "1" for text in batch["raw"].to_pylist()]))


def test_messages_of_any_kind_and_time(events: EventsFactory) -> None:
    messages: list[Message] = [
        "one\nand more",
        {"message": "two", "level": "warn", "order": 7},
        (TEN, "three"),
        (TEN.replace(tzinfo=None), "four"),
        ("2024-01-02T00:00:00.123Z", {"message": "five"}),
    ]
    made = events(messages, log_group="/app/shop")
    assert made.column("message") == ["one\nand more", "two", "three", "four", "five"]
    assert made.column("order") == [None, 7, None, None, None]
    assert made.rows[1]["level"] == "WARN"
    assert {row["log_group"] for row in made.rows} == {"/app/shop"}
    first = datetime(2024, 1, 1, tzinfo=timezone.utc)
    fifth = datetime(2024, 1, 2, 0, 0, 0, 123_000, timezone.utc)
    assert made.column("event_time") == [first, first.replace(second=1), TEN, TEN, fifth]
    assert made.batch.schema == made.table.schema


def test_the_text_of_a_log_file(events: EventsFactory) -> None:
    made = events("2024-01-01 10:00:00 ERROR late\n  at line 7\n2024-01-01 10:00:01 INFO fine\n")
    assert made.column("level") == ["ERROR", "INFO"]
    assert made.column("event_time")[0] == TEN


def test_a_generator_and_a_format(events: EventsFactory) -> None:
    def lines() -> Iterator[str]:
        for number in range(2500):
            yield f"2 123456789010 eni-{number} 10.0.0.1 10.0.0.2 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK"

    made = events(lines(), format="vpc_flow", types={"bytes": "double"})
    assert made.column("bytes") == [4249.0] * 2500
    assert made.column("interface_id")[-1] == "eni-2499"


def test_a_dataset_says_how_and_arguments_go_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "own_events.py").write_text("def nothing(batch):\n    return batch.slice(0, 0)\n")
    path = tmp_path / "datasets.yaml"
    path.write_text(
        "datasets: [{log_groups: [/app/*], format: json, types: {n: double}, transform: 'own_events:nothing'}]"
    )
    events = EventsFactory(path)
    assert events([{"n": 1}], log_group="/app/shop").dropped == 1
    whole = events([{"n": 1}], log_group="/app/shop", transform="")
    assert (whole.column("n"), whole.dropped) == ([1.0], 0)
    assert events([{"n": 1}], log_group="/app/shop", transform="", types={"n": "string"}).column("n") == ["1"]
    assert events([{"n": 1}], log_group="/other").column("n") == [1]
    made = events(["1", "2"], transform=only_first)
    assert (made.column("raw"), made.dropped) == (["1"], 1)
    assert Transformation("own:x", function=lambda batch: batch)(made.batch).kept.tolist() == [0]


def test_what_is_wrong_is_said(events: EventsFactory) -> None:
    with pytest.raises(ConfigError, match="There are no messages: give one at least"):
        events([])
    with pytest.raises(TransformError, match=r"test_events:.*lambda.* returns NoneType"):
        events(["x"], transform=lambda batch: None)
    with pytest.raises(ConfigError):
        events([("yesterday", "x")])
