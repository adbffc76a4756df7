"""The level of an event, whatever names it: a word in a text, a key of an object, a number, a letter."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from support.logs.parsed import parsed_rows

from loglake.kernels.formats.levels import level_in_text
from loglake.kernels.formats.registry import FORMATS

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("2026-11-21 08:30:00 ERROR no stock", "ERROR"),
        ("2026-11-21 08:30:00 [info] started", "INFO"),
        ("[Warning] disk is nearly full", "WARN"),
        ("<debug> cache miss", "DEBUG"),
        ("[2026-11-21 08:30:00] local.INFO: order received", "INFO"),
        ("2026-11-21T08:30:00Z\tinfo\tmain.go:3\tstarted", "INFO"),
        ("error: no such file", "ERROR"),
        ("2026-11-21 08:30:00 fatal: out of memory", "FATAL"),
        ("I1121 08:30:00.123456       1 main.go:17] started", "INFO"),
        ("E20261121 08:30:00.123456 1 main.cc:17] no stock", "ERROR"),
        ("F1121 08:30:00.123456       1 main.go:17] gone", "FATAL"),
        ("user info: name and address", None),
        ("there was no error in this run", None),
        ("informational text about debugging", None),
        ("E1121 is the number of the room", None),
        ("order 17 shipped by fatal: a courier", None),
        ("AMQ9544E: Messages not put to destination queue.", "ERROR"),
        ("ABC1234E: shipped", None),
        ("SKU12345W: in stock", None),
        ("} catch ( error ) {", None),
        ("catch( err ) {", None),
        ("f( error )", None),
        ("if ( debug ) {", None),
        ("( alert ) is a function", None),
        ("List< Error > x", None),
        ("vec[ warn ]", None),
        ("loss=[inf] after 3 steps", None),
        ("loss is [inf]", None),
    ],
)
def test_a_text_names_its_level_where_it_is_marked_as_one(text: str, level: str | None) -> None:
    assert level_in_text(pa.array([text])).to_pylist() == [level]


_WORDS = (
    "TRACE DEBUG INFO NOTICE WARN WARNING ERROR ERR SEVERE FATAL CRITICAL CRIT ALERT EMERGENCY EMERG PANIC \u017fevere "
    "AMQ9544E CWWKF0011I I1121 E20261121 INFO+2 warn-1 1 order \u00e9"
)
_FORMS = ("{}", "{} x", "[{}] x", "a\t{}\tb", "{}: x", "2026-11-21T08:30:00Z {}: x", "({})", "{} 08:30:00 x", "x{}x")


def test_a_text_alone_names_the_level_that_it_names_among_many() -> None:
    named = [case(word) for word in _WORDS.split() for case in (str, str.upper, str.lower, str.title)]
    texts = [form.format(word) for word in named for form in _FORMS]
    many = pa.array(texts * 9)
    alone = [level_in_text(pa.array([text]))[0].as_py() for text in texts]
    assert level_in_text(many).to_pylist() == alone * 9
    assert {*alone} == {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", None}


@pytest.mark.parametrize(
    ("event", "level"),
    [
        ({"LogLevel": "Warning", "Message": "m"}, "WARN"),
        ({"logLevel": "error", "msg": "m"}, "ERROR"),
        ({"LEVEL": "info", "msg": "m"}, "INFO"),
        ({"Severity": "Critical", "msg": "m"}, "FATAL"),
        ({"severity_text": "DEBUG", "body": "m"}, "DEBUG"),
        ({"severityNumber": 9, "body": {"stringValue": "m"}}, "INFO"),
        ({"severityNumber": 17, "body": {"stringValue": "m"}}, "ERROR"),
        ({"SeverityNumber": 24, "Body": "m"}, "FATAL"),
        ({"severityNumber": 25, "body": "m"}, None),
        ({"@l": "Error", "@mt": "m"}, "ERROR"),
        ({"lvl": "W", "msg": "m"}, "WARN"),
        ({"level": "E", "msg": "m"}, "ERROR"),
        ({"level": 50, "msg": "m"}, "ERROR"),
        ({"t": {"$date": "2026-11-21T08:30:00Z"}, "s": "W", "c": "NETWORK", "msg": "m"}, "WARN"),
        ({"t": {"$date": "2026-11-21T08:30:00Z"}, "s": "D1", "c": "QUERY", "msg": "m"}, "DEBUG"),
        ({"s": "W", "direction": "wind"}, None),
        ({"s": "What", "msg": "m"}, None),
        ({"data": {"level": "error"}, "msg": "m"}, "ERROR"),
        ({"data": {"level": "C1"}, "msg": "student enrolled"}, None),
        ({"attributes": {"level": "C2"}, "msg": "m"}, None),
        ({"meta": {"level": "D"}, "msg": "m"}, None),
        ({"level": {"name": "Warning"}, "msg": "m"}, "WARN"),
        ({"level": {"name": "Fine"}, "msg": "m"}, None),
        ({"severity_label": "Alert", "msg": "m"}, "FATAL"),
        ({"sev": "C", "msg": "m"}, None),
        ({"msg": "loss is [inf]"}, None),
    ],
    ids=json.dumps,
)
def test_an_object_names_its_level_as_its_logger_does(event: dict[str, Any], level: str | None) -> None:
    (row,) = parsed_rows(FORMATS["json"], [json.dumps(event)])
    assert row.get("level") == level


@pytest.mark.parametrize(
    "event",
    [
        {"body": "order received"},
        {"body": {"stringValue": "order received"}},
        {"@m": "order received", "@mt": "order {state}"},
        {"@mt": "order received"},
        {"RenderedMessage": "order received", "MessageTemplate": "order {state}"},
        {"MessageTemplate": "order received"},
    ],
    ids=json.dumps,
)
def test_an_object_has_its_message_where_its_logger_puts_it(event: dict[str, Any]) -> None:
    (row,) = parsed_rows(FORMATS["json"], [json.dumps(event)])
    assert row["message"] == "order received"


def test_what_made_a_lambda_request_fail_is_an_error() -> None:
    request = "8f5e2f64-1c53-4d6c-9c1c-0c6a5a2d7b11"
    fault = {
        "time": "2026-11-21T08:30:00.123Z",
        "type": "platform.fault",
        "record": f"RequestId: {request} Error: gone",
    }
    texts = [f"2026-11-21T08:30:00.123Z {request} Task timed out after 3.00 seconds", json.dumps(fault)]
    assert [row["level"] for row in parsed_rows(FORMATS["lambda"], texts)] == ["ERROR", "ERROR"]


@pytest.mark.parametrize("between", ["\n", "\r", "\r\n"])
def test_an_exception_that_a_lambda_function_did_not_catch_is_lambda_s(between: str) -> None:
    text = between.join(["[ERROR] KeyError: 'order'", "Traceback (most recent call last):", '  File "/var/task/a.py"'])
    (row,) = parsed_rows(FORMATS["lambda"], [text])
    assert row == {"error_type": "KeyError", "level": "ERROR", "message": text.removeprefix("[ERROR] ")}
    assert FORMATS["lambda"].matches(pa.array(["[ERROR] KeyError: 'order'"])).to_pylist() == [False]


def test_the_message_of_an_audit_record_is_not_its_id() -> None:
    event = "type=SYSCALL msg=audit(1795168800.123:17): arch=c000003e syscall=2 success=no"
    (row,) = parsed_rows(FORMATS["logfmt"], [event])
    assert "message" not in row
