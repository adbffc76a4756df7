"""Layout strings of nginx, Apache, log4j and logback, as their documentation has them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from support.logs.parsed import parsed_rows

from loglake.errors import ConfigError
from loglake.kernels.formats.registry import format_of

pytestmark = pytest.mark.unit


def _at(hour: int = 8, micro: int = 0) -> datetime:
    return datetime(2026, 11, 21, hour, 30, 0, micro, tzinfo=UTC)


_TIME = "[21/Nov/2026:08:30:00 +0100]"
_NGINX_REQUEST = {"request_method": "GET", "request_uri": "/a?b=1", "server_protocol": "HTTP/1.1"}
_GET = "GET /a?b=1 HTTP/1.1"
_APACHE = {
    "remote_host": "192.0.2.2",
    "remote_user": "ana",
    "time": _at(7),
    "method": "GET",
    "uri": "/a?b=1",
    "protocol": "HTTP/1.1",
    "status": 200,
    "message": _GET,
}
_MAIN = """log_format main '$remote_addr - $remote_user [$time_local] "$request" '
                    '$status $body_bytes_sent "$http_referer" '
                    '"$http_user_agent" "$http_x_forwarded_for" rt=$request_time '
                    'urt="$upstream_response_time" $upstream_addr ${my_own}x';"""
_SPRING = (
    "%clr(%d{${LOG_DATEFORMAT_PATTERN:-yyyy-MM-dd'T'HH:mm:ss.SSSXXX}}){faint} %clr(${LOG_LEVEL_PATTERN:-%5p}) "
    "%clr(${PID:- }){magenta} %clr(---){faint} %clr([%15.15t]){faint} %clr(%-40.40logger{39}){cyan} %clr(:){faint} "
    "%m%n${LOG_EXCEPTION_CONVERSION_WORD:-%wEx}"
)

_CASES: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "nginx",
        "combined",
        f'192.0.2.2 - ana b {_TIME} "{_GET}" 200 17 "https://a.example/" "curl/8 (\\"x\\")"',
        {
            "remote_addr": "192.0.2.2",
            "remote_user": "ana b",
            "time_local": _at(7),
            **_NGINX_REQUEST,
            "status": 200,
            "body_bytes_sent": 17,
            "http_referer": "https://a.example/",
            "http_user_agent": 'curl/8 (\\"x\\")',
            "message": _GET,
        },
    ),
    (
        "nginx",
        _MAIN,
        f'192.0.2.2 - - {_TIME} "\\x16\\x03" 400 0 "-" "-" "10.0.0.1, 10.0.0.2" rt=0.004 urt="0.003" '
        "10.0.0.1:80, 10.0.0.2:80 minex",
        {
            "remote_addr": "192.0.2.2",
            "time_local": _at(7),
            "status": 400,
            "body_bytes_sent": 0,
            "http_x_forwarded_for": "10.0.0.1, 10.0.0.2",
            "request_time": 0.004,
            "upstream_response_time": 0.003,
            "upstream_addr": "10.0.0.1:80, 10.0.0.2:80",
            "my_own": "mine",
            "message": "\\x16\\x03",
        },
    ),
    (
        "nginx",
        "$time_iso8601|$msec|$scheme://$host$request_uri|$upstream_response_time",
        "2026-11-21T08:30:00+01:00|1795168800.123|https://shop.example/a|0.001, 0.002",
        {
            "time_iso8601": _at(7),
            "msec": datetime(2026, 11, 20, 10, 0, 0, 123_000, tzinfo=UTC),
            "scheme": "https",
            "request_uri": "shop.example/a",
            "message": "2026-11-21T08:30:00+01:00|1795168800.123|https://shop.example/a|0.001, 0.002",
            "_rescued": '{"upstream_response_time":"0.001, 0.002"}',
        },
    ),
    ("apache", "common", f'192.0.2.2 - ana {_TIME} "{_GET}" 200 17', {**_APACHE, "bytes_sent": 17}),
    (
        "apache",
        r'LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" combined',
        f'192.0.2.2 - ana {_TIME} "{_GET}" 200 - "-" "curl/8"',
        {**_APACHE, "user_agent": "curl/8"},
    ),
    (
        "apache",
        "vhost_combined",
        f'shop.example:443 192.0.2.2 - ana {_TIME} "{_GET}" 200 17 "-" "curl/8"',
        {"virtual_host": "shop.example", "port": 443, **_APACHE, "bytes_out": 17, "user_agent": "curl/8"},
    ),
    (
        "apache",
        "%{%Y-%m-%d %H:%M:%S}t.%{msec_frac}t %{c}a %D %{ms}T %{UNIQUE_ID}e %400,501{User-agent}i %{SID}C 100%% %{tid}P",
        "2026-11-21 08:30:00.123 10.0.0.1 4200 4 abc curl s1 100% 99",
        {
            "time": _at(),
            "time_ms": 123,
            "c_remote_address": "10.0.0.1",
            "duration_us": 4200,
            "duration_ms": 4,
            "unique_id": "abc",
            "user_agent": "curl",
            "cookie_sid": "s1",
            "tid": 99,
            "message": "2026-11-21 08:30:00.123 10.0.0.1 4200 4 abc curl s1 100% 99",
        },
    ),
    (
        "log4j",
        "%d{ISO8601} [%t] %-5level %logger{36} - %msg%n%ex",
        "2026-11-21T08:30:00,123 [exec-1 [a]] WARN  c.e.Orders - no stock\njava.lang.X: y\n\tat a.b(C.java:1)",
        {
            "timestamp": _at(micro=123_000),
            "thread": "exec-1 [a]",
            "logger": "c.e.Orders",
            "message": "no stock\njava.lang.X: y\n\tat a.b(C.java:1)",
            "level": "WARN",
        },
    ),
    (
        "log4j",
        "%d{HH:mm:ss.SSS} [%thread] %-5level %logger{36} -%kvp- %msg%n",
        '08:30:00.100 [main] INFO  c.e.A -a="b"- hi',
        {
            "timestamp": "08:30:00.100",
            "thread": "main",
            "logger": "c.e.A",
            "mdc": 'a="b"',
            "message": "hi",
            "level": "INFO",
        },
    ),
    (
        "log4j",
        _SPRING,
        '2026-11-21T08:30:00.000+01:00  INFO 17 --- [           main] c.e.Orders                   : {"order": 17}',
        {
            "timestamp": _at(7),
            "pid": 17,
            "thread": "main",
            "logger": "c.e.Orders",
            "order": 17,
            "message": '{"order": 17}',
            "level": "INFO",
        },
    ),
    (
        "log4j",
        "%d %p %c{1.} [%X{traceId}/%X{spanId}]%notEmpty{ <%marker>} %m (%F:%L)%n",
        "2026-11-21 08:30:00,123 ERROR o.a.X [4bf9/00f0] slow (X.java:12)\ntrace",
        {
            "timestamp": _at(micro=123_000),
            "logger": "o.a.X",
            "trace_id": "4bf9",
            "span_id": "00f0",
            "source_file": "X.java",
            "source_line": 12,
            "message": "slow\ntrace",
            "level": "ERROR",
        },
    ),
    (
        "log4j",
        "%highlight{%d{dd MMM yyyy h:mm:ss a}}{INFO=blue} | %20.30t | %replace{%msg}{a}{b}",
        "21 Nov 2026 8:30:00 AM |       pool thread 1 | done",
        {"timestamp": _at(), "thread": "pool thread 1", "message": "done"},
    ),
    (
        "log4j",
        "%d{yyyy-MM-dd HH:mm:ss}{Europe/Berlin} %m",
        "2026-11-21 08:30:00 done",
        {"timestamp": "2026-11-21 08:30:00", "message": "done"},
    ),
    (
        "log4j",
        "%d{UNIX_MILLIS} %r %pid %tid %M %C - %m%n",
        "1795249800000 17 3 4 run c.e.A - done",
        {
            "timestamp": _at(),
            "elapsed_ms": 17,
            "pid": 3,
            "tid": 4,
            "function": "run",
            "class": "c.e.A",
            "message": "done",
        },
    ),
    *(
        (
            "log4j",
            f"%d{{{date}}} %p %m%n",
            f"{text} INFO hi",
            {"timestamp": seen, "message": "hi", "level": "INFO"},
        )
        for date, text, seen in [
            ("yyyy-MM-dd HH:mm:ss,SSS", "2026-11-21 08:30:00,050", _at(micro=50_000)),
            ("yyyy-MM-dd HH:mm:ss,SS", "2026-11-21 08:30:00,05", _at(micro=50_000)),
            ("yyyy-MM-dd HH:mm:ss,SSSS", "2026-11-21 08:30:00,0500", _at(micro=50_000)),
            ("yyyy-MM-dd HH:mm:ss,SSSXXX", "2026-11-21 08:30:00,050+01:00", _at(7, 50_000)),
            ("yyyy-MM-dd HH:mm:ss,SSS, UTC", "2026-11-21 08:30:00,050", _at(micro=50_000)),
            ("yyyy-MM-dd HH:mm:ss,SSS, UTC, en", "2026-11-21 08:30:00,050", _at(micro=50_000)),
            ("yyyy-MM-dd HH:mm:ss,SSS,Europe/Berlin", "2026-11-21 08:30:00,050", "2026-11-21 08:30:00,050"),
            ("HH:mm:ss a dd.MM.yyyy", "08:30:00 AM 21.11.2026", _at()),
            ("dd/MM/yy HH:mm:ss", "21/11/26 08:30:00", _at()),
            ("dd/MM/yy HH:mm:ss", "21/11/99 08:30:00", _at().replace(year=1999)),
        ]
    ),
    (
        "apache",
        "%{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t %s",
        "21/Nov/2026 08:30:00.123 +0100 200",
        {
            "time": "21/Nov/2026 08:30:00",
            "time_ms": 123,
            "time_2": "+0100",
            "status": 200,
            "message": "21/Nov/2026 08:30:00.123 +0100 200",
        },
    ),
    (
        "apache",
        "%{%Y-%m-%d %H:%M %p}t %{sec}t %{%z}t",
        "2026-11-21 08:30 AM 1795249800 +0100",
        {
            "time": "2026-11-21 08:30 AM",
            "time_2": _at(),
            "time_3": "+0100",
            "message": "2026-11-21 08:30 AM 1795249800 +0100",
        },
    ),
]


@pytest.mark.parametrize(
    ("name", "layout", "event", "expected"), _CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(_CASES)]
)
def test_layouts_give_their_values(name: str, layout: str, event: str, expected: dict[str, Any]) -> None:
    rows = parsed_rows(format_of(name, layout), [event, "something else"])
    assert rows == [expected, {"message": "something else"}]


@pytest.mark.parametrize(
    ("name", "layout", "said"),
    [
        ("nginx", "just text", "has no value"),
        ("apache", "%h %Z", "'%Z', which is not a directive with a value"),
        ("apache", "%{min}T", "its unit is one of ms, us, s"),
        ("apache", "100%", "which is not a directive of Apache"),
        ("apache", "%^zz", r"'%\^z', which is not a directive with a value"),
        ("apache", "%{%Q}t", "has '%Q', which is not known"),
        ("log4j", "%d %zebra", "%zebra, which is not a known conversion"),
        ("log4j", "%d{bad BBB} %m", "has 'b', which is not known: use the letters"),
        ("log4j", "text", "has no value"),
        ("log4j", "%blue(" * 30 + "%m" + ")" * 30, "more than 20 levels deep"),
        ("log4j", "${A:-" * 20_000 + "%m", "more than 50,000 characters"),
    ],
)
def test_what_is_wrong_with_a_layout_is_said(name: str, layout: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        format_of(name, layout)


def test_a_value_twice_has_two_columns() -> None:
    (row,) = parsed_rows(format_of("nginx", "$status $status"), ["200 201"])
    assert row == {"status": 200, "status_2": 201, "message": "200 201"}


def test_times_that_are_none_are_kept() -> None:
    (row,) = parsed_rows(format_of("log4j", "%d{dd.MM.yyyy HH:mm} %m"), ["31.02.2026 08:30 x"])
    assert row["_rescued"] == '{"timestamp":"31.02.2026 08:30"}'
    assert row["message"] == "x"


@pytest.mark.parametrize("name", ["nginx", "apache", "log4j"])
def test_an_empty_batch_has_no_fields(name: str) -> None:
    layout = {"nginx": "$status", "apache": "%s", "log4j": "%p %m"}[name]
    assert format_of(name, layout).infer_types(pa.array([], pa.string())) == {}
