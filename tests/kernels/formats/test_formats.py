from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pyarrow as pa
import pytest

from loglake.core.schema import datasets
from loglake.core.schema.schema import ColumnType, TableSchema, grow
from loglake.errors import ConfigError
from loglake.kernels.formats.base import Parsed
from loglake.kernels.formats.levels import level_in_text, normal_level
from loglake.kernels.formats.registry import FORMATS, MAKERS, format_of

pytestmark = pytest.mark.unit

FIXTURES = Path(__file__).parent / "fixtures"
REQUEST = "8f5e2f64-1c53-4d6c-9c1c-0c6a5a2d7b11"


def _parse(name: str, texts: list[str], schema: TableSchema | None = None) -> tuple[list[dict[str, object]], Parsed]:
    raw = pa.array(texts, pa.string())
    chosen = format_of(name)
    if schema is None:
        matched = raw.filter(chosen.matches(raw))
        schema = grow(TableSchema("t"), chosen.infer_types(matched))
    parsed = chosen.parser(schema)(raw)
    arrays = [*parsed.columns, parsed.message, parsed.level, parsed.rescued]
    names = [*(column.name for column in schema.columns), "message", "level", "_rescued"]
    table = pa.table(arrays, names=names)
    return [{key: value for key, value in row.items() if value is not None} for row in table.to_pylist()], parsed


def _lines(name: str) -> list[str]:
    return (FIXTURES / name).read_text("utf-8").splitlines()


def test_the_registry_has_what_a_datasets_file_may_name() -> None:
    assert {"auto", "regex", *MAKERS, *FORMATS} == set(datasets.FORMATS)
    assert all(each.id == name and each.about.source.startswith("https://") for name, each in FORMATS.items())
    with pytest.raises(ConfigError, match=r"^format: 'auto' is not known: did you mean audit\?$"):
        format_of("auto")


def test_lambda_lines() -> None:
    texts = _lines("lambda.log")
    rows, parsed = _parse("lambda", texts)
    # Of the JSON object, which was not observed here: its message and level are those of the row.
    assert (rows[6]["_rescued"], parsed.rescued_values) == ('{"order.id":17}', 1)
    assert rows[0] == {"record_type": "INIT_START", "message": texts[0]}
    start = {"record_type": "START", "request_id": REQUEST, "function_version": "$LATEST"}
    assert rows[1] == start
    assert rows[2] == {"request_id": REQUEST, "message": "order 17 received", "level": "INFO"}
    assert rows[3] == {"message": "before the first request", "level": "ERROR"}
    assert rows[4] == {"request_id": REQUEST, "message": "slow answer", "level": "WARN"}
    assert rows[5] == {"message": "outside a request", "level": "INFO"}
    assert rows[7] == {"message": "[ERROR] ValueError: bad order", "level": "ERROR"}
    assert rows[8] == {"record_type": "END", "request_id": REQUEST}
    assert rows[9] == {
        "record_type": "REPORT",
        "request_id": REQUEST,
        "duration_ms": 102.25,
        "billed_duration_ms": 103,
        "memory_size_mb": 128,
        "max_memory_used_mb": 51,
        "init_duration_ms": 240.04,
    }
    assert rows[10]["report_status"] == "timeout"
    assert rows[11] == {
        "request_id": REQUEST.replace("8", "9", 1),
        "message": "Task timed out after 3.00 seconds",
        "level": "ERROR",
    }


def test_json_among_lambda_lines_is_parsed_as_json() -> None:
    raw = pa.array(_lines("lambda.log"))
    schema = grow(TableSchema("t"), format_of("lambda").infer_types(raw))
    rows, _ = _parse("lambda", _lines("lambda.log"), schema)
    assert rows[6] == {
        "order_id": 17,
        "message": "payment refused",
        "level": "ERROR",
    }


def test_lambda_report_with_xray() -> None:
    report = (
        f"REPORT RequestId: {REQUEST}\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 50 MB\t\n"
        "XRAY TraceId: 1-5e34a614-10bdxmplf1fb44f07bc535a1\tSegmentId: 07f5\tSampled: true\t\n"
    )
    rows, _ = _parse("lambda", [report])
    expected = {
        "trace_id": "1-5e34a614-10bdxmplf1fb44f07bc535a1",
        "xray_segment_id": "07f5",
        "xray_sampled": True,
    }
    assert expected.items() <= rows[0].items()
    assert "message" not in rows[0]


def test_vpc_flow_records() -> None:
    texts = _lines("vpc_flow.log")
    rows, parsed = _parse("vpc_flow", texts)
    assert rows[0] == {
        "version": 2,
        "account_id": "012345678901",
        "interface_id": "eni-0a1b2c3d4e5f60718",
        "srcaddr": "10.0.0.5",
        "dstaddr": "10.0.1.9",
        "srcport": 49152,
        "dstport": 443,
        "protocol": 6,
        "packets": 20,
        "bytes": 4249,
        "start": datetime(2025, 11, 21, 8, 0, tzinfo=timezone.utc),
        "end": datetime(2025, 11, 21, 8, 1, tzinfo=timezone.utc),
        "action": "ACCEPT",
        "log_status": "OK",
    }
    assert (rows[1]["srcaddr"], rows[1]["action"]) == ("2001:db8::1", "REJECT")
    assert [rows[index]["log_status"] for index in (2, 3)] == ["NODATA", "SKIPDATA"]
    assert "srcport" not in rows[2]
    assert "action" not in rows[2]
    assert rows[4:] == [{"message": text} for text in texts[4:]]
    assert parsed.rescued_values == 0


def test_text_fields_obey_the_table() -> None:
    kinds = {"srcport": ColumnType.STRING, "bytes": ColumnType.DOUBLE, "action": ColumnType.BIGINT}
    inferred = format_of("vpc_flow").infer_types(pa.array([], pa.string()))
    schema = grow(
        TableSchema("t"),
        {
            path: type(seen)(kinds.get(path[0], seen.type))
            for path, seen in inferred.items()
            if path != ("interface-id",)
        },
    )
    rows, parsed = _parse("vpc_flow", _lines("vpc_flow.log")[:1], schema)
    assert (rows[0]["srcport"], rows[0]["bytes"]) == ("49152", 4249.0)
    assert rows[0]["_rescued"] == '{"action":"ACCEPT","interface-id":"eni-0a1b2c3d4e5f60718"}'
    assert parsed.rescued_values == 2


def test_json_events() -> None:
    texts = [
        '{"msg": "pino", "level": 30, "req": {"id": 1}}',
        '{"message": "first", "msg": "second", "levelname": "WARNING"}',
        '  {"severity": "critical", "short_message": ""}\n',
        '{"level": "unheard of", "severity": "ERROR"}',
        '{"message": {"not": "text"}}',
        '{"message": "broken", "level": "error" ERROR }',
        "plain ERROR text",
        '["an array"]',
        '"a string"',
    ]
    rows, _ = _parse("json", texts)
    assert [row.get("message") for row in rows] == ["pino", "first", None, None, None, *texts[5:]]
    levels = [row.get("level") for row in rows]
    assert levels == ["INFO", "WARN", "FATAL", "ERROR", None, "ERROR", "ERROR", None, None]
    assert rows[0]["req_id"] == 1


def test_message_and_level_do_not_depend_on_the_table() -> None:
    texts = ['{"message": "m", "level": "warn"}', '{"other": 1}']
    rows, parsed = _parse("json", texts, TableSchema("t"))
    assert rows[0]["message"] == "m"
    assert rows[0]["level"] == "WARN"
    assert [row.get("_rescued") for row in rows] == [None, '{"other":1}']
    assert parsed.rescued_values == 1


@pytest.mark.parametrize("name", list(FORMATS))
def test_no_format_refuses_an_event(name: str) -> None:
    texts = [
        "",
        " ",
        "\n",
        "{",
        "{}",
        "2 ",
        "START RequestId: x",
        "\u0000",
        "[ERROR]",
        "{" * 50,
        "a\tb\tINFO\tc",
        "\u00e9" * 99,
    ]
    rows, _ = _parse(name, texts, TableSchema("t"))
    assert [row.get("message", text) for row, text in zip(rows, texts)] == texts
    assert {text for row, text in zip(rows, texts) if "message" not in row} <= {"{}", "[ERROR]"}


@pytest.mark.parametrize("name", list(FORMATS))
def test_an_event_does_not_depend_on_its_neighbours(name: str) -> None:
    texts = [*_lines("lambda.log"), *_lines("vpc_flow.log"), '{"a": 1}', '{"a": "x"}', "{bad}", "plain\ntext"]
    chosen = format_of(name)
    raw = pa.array(texts)
    schema = grow(TableSchema("t"), chosen.infer_types(raw.filter(chosen.matches(raw))))
    together, _ = _parse(name, texts, schema)
    assert together == [_parse(name, [text], schema)[0][0] for text in texts]
    assert together[::-1] == _parse(name, texts[::-1], schema)[0]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("info", "INFO"),
        (" Warning ", "WARN"),
        ("CRITICAL", "FATAL"),
        ("err", "ERROR"),
        ("10", "TRACE"),
        ("60", "FATAL"),
        ("WARN+2", "WARN"),
        ("35", None),
        ("", None),
        (None, None),
    ],
)
def test_levels_have_one_vocabulary(text: str | None, level: str | None) -> None:
    assert normal_level(pa.array([text], pa.string())).to_pylist() == [level]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("17/06/09 20:10:40 INFO executor.Executor: started", "INFO"),
        ("[WARNING] disk", "WARN"),
        ("2015-10-18 18:01:47,978 ERROR [main] a.b.C: no", "ERROR"),
        ("ERROR: no", "ERROR"),
        ("no error here", None),
        ("INFORMAL meeting", None),
        ("x" * 100 + " ERROR", None),
        ("", None),
    ],
)
def test_a_level_word_near_the_start_of_a_text(text: str, level: str | None) -> None:
    assert level_in_text(pa.array([text])).to_pylist() == [level]
