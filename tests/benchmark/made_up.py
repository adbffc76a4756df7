"""Made-up log events, the same every time: the mix that contenders convert, and families of formats and sizes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Callable

from loglake.core.units import format_instant, parse_instant

DAY = parse_instant("2026-11-21")


def events(size_bytes: int, seed: int = 1, from_ms: int = int(DAY), step_ms: int = 3) -> Iterator[bytes]:
    """Exported lines of the mix, one event each, up to a size; from one to the next less than a step of time."""
    chance = random.Random(seed)
    made, ms = 0, from_ms
    while made < size_bytes:
        ms += chance.randrange(step_ms)
        line = f"{format_instant(ms)} {_message(chance, ms)}\n".encode()
        made += len(line)
        yield line


def _message(chance: random.Random, ms: int) -> str:
    kind = chance.random()
    if kind < 0.8:
        return json.dumps(
            {
                "timestamp": format_instant(ms),
                "level": chance.choice(["info", "info", "warn", "error"]),
                "message": f"request handled for {chance.randrange(10_000)}",
                "user": {"id": chance.randrange(10**6), "plan": chance.choice(["free", "pro"])},
                "latency_ms": round(chance.random() * 100, 3),
                "ok": chance.random() < 0.9,
                "http": {"method": "GET", "status": 200, "path": f"/api/v1/items/{chance.randrange(1_000)}"},
            }
        )
    if kind < 0.95:
        request = f"{chance.randrange(2**32):08x}-1111-4222-8333-444455556666"
        return f"{format_instant(ms)}\t{request}\tINFO\tprocessing order {chance.randrange(10**6)}"
    return (
        f'Traceback (most recent call last):\n  File "app.py", line 12, in run\n    go()\nValueError: {chance.random()}'
    )


_CLOCK = "2026-11-21 08:00:00,123"
_ISO = "2026-11-21T08:30:00.123456Z"
_ALB_END = (
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/73e2d6bc24d8a067 "
    '"Root=1-58337281-1d84f3d73c47ec4e58577259" "shop.example.com" "session-reused" 1 2026-11-21T08:29:59.364000Z '
    '"forward" "-" "-" "10.0.0.66:80" "200" "-" "-" TID_3180a73013c8ca4bac2f731159d4b0fe'
)


def _order(chance: random.Random) -> dict[str, object]:
    return {"level": "info", "message": _words(chance), "order": {"id": chance.randrange(10**6), "ok": True}}


def _load_balanced(chance: random.Random) -> str:
    """What ALB and classic ELB write alike."""
    return (
        f"192.0.2.{chance.randrange(256)}:{chance.randrange(65536)} 10.0.0.66:80 0.000 0.{chance.randrange(999):03} "
        "0.000 200 200 34 366 "
        f'"GET https://shop.example.com:443/orders?id={chance.randrange(9999)} HTTP/1.1" "curl/8.5.0" '
        "ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2"
    )


def _value(chance: random.Random, number: int) -> object:
    """Of a field: a text, a whole number, a fraction or a flag, always of the same type."""
    values = (_words(chance), chance.randrange(10**6), round(chance.random() * 100, 3), chance.random() < 0.5)
    return values[number % len(values)]


def _frames(chance: random.Random) -> str:
    lines = (f'  File "/srv/app/m{number}.py", line {chance.randrange(999)}, in run' for number in range(30))
    return "".join(f"{line}\n    {_words(chance)}\n" for line in lines)


def _padding(chance: random.Random, length: int) -> str:
    text = _words(chance) + " "
    return (text * (length // len(text) + 1))[:length]


def _words(chance: random.Random) -> str:
    return f"handled request {chance.randrange(10**6)} of the customer for the second time"


FAMILIES: dict[str, Callable[[random.Random], str]] = {
    "JSON": lambda chance: json.dumps(_order(chance)),
    "header": lambda chance: f"{_CLOCK} INFO [pool-1-{chance.randrange(9)}] com.example.Orders: {_words(chance)}",
    "header, pairs": lambda chance: f"{_CLOCK} INFO shop.orders: {_words(chance)} id={chance.randrange(9**6)} ok=true",
    "header, pairs in the middle": lambda chance: (
        f"{_CLOCK} INFO shop.orders: received id={chance.randrange(9**6)} of customer={chance.randrange(9**4)} and "
        f"{_words(chance)}"
    ),
    "header, object": lambda chance: f"{_CLOCK} INFO shop.orders: {_words(chance)} {json.dumps(_order(chance))}",
    "logfmt": lambda chance: f'time=2026-11-21T08:00:00Z level=info msg="{_words(chance)}" id={chance.randrange(9**6)}',
    "syslog": lambda chance: f"Nov 21 08:00:01 web-1 sshd[{chance.randrange(9999)}]: {_words(chance)}",
    "access log": lambda chance: (
        f'192.0.2.1 - - [21/Nov/2026:08:30:00 +0000] "GET /{chance.randrange(9999)} HTTP/1.1" 200 17'
    ),
    "access log, combined": lambda chance: (
        f'192.0.2.1 - - [21/Nov/2026:08:30:00 +0000] "GET /{chance.randrange(9999)} HTTP/1.1" 200 17 '
        f'"https://shop.example.com/{chance.randrange(99)}" "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Firefox/130.0"'
    ),
    "ALB": lambda chance: f"https {_ISO} app/web/50dc6c495c0c9188 {_load_balanced(chance)} {_ALB_END}",
    "classic ELB": lambda chance: f"{_ISO} web {_load_balanced(chance)}",
    "CRI, JSON": lambda chance: f"2026-11-21T08:00:00.123456789Z stdout F {json.dumps(_order(chance))}",
    "text": lambda chance: f"The order was {_words(chance)}",
    "VPC flow": lambda chance: (
        f"2 123456789012 eni-0a1b2c3d4e5f60718 10.0.0.{chance.randrange(256)} 10.0.1.{chance.randrange(256)} "
        f"{chance.randrange(65536)} 443 6 9 {chance.randrange(9**6)} 1795249800 1795249860 ACCEPT OK"
    ),
    "JSON, 200 fields": lambda chance: json.dumps({f"field_{number}": _value(chance, number) for number in range(200)}),
    "JSON, 1 kB": lambda chance: json.dumps({**_order(chance), "body": _padding(chance, 900)}),
    "JSON, 100 kB": lambda chance: json.dumps({**_order(chance), "body": _padding(chance, 100_000)}),
    "text, 100 kB": lambda chance: f"ERROR {_padding(chance, 100_000)}",
    "traceback, 60 lines": lambda chance: (
        f"Traceback (most recent call last):\n{_frames(chance)}ValueError: {chance.random()}"
    ),
}
"""What makes an event of each family."""


def _logger(chance: random.Random) -> str:
    return f"shop.{chance.choice(('orders', 'users', 'stock'))}.{chance.choice(('Http', 'Queue', 'Store'))}Service"


def _said(chance: random.Random) -> str:
    """A message as servers write them: a sentence, or one with numbers, or with pairs."""
    number = chance.randrange(10**6)
    return chance.choice((
        _words(chance),
        f"Started OrderApplication in {number / 1000} seconds",
        f"Order {number} placed by user {chance.randrange(10**4)}: total=12.30 currency=EUR",
    ))  # fmt: skip


def _nested(chance: random.Random) -> dict[str, object]:
    """A request, with objects in objects, a list of objects, and in some events an error."""
    made: dict[str, object] = {
        "time": _ISO,
        "level": chance.choice(("info", "warn")),
        "msg": _words(chance),
        "request": {
            "id": f"{chance.getrandbits(128):032x}",
            "method": "GET",
            "headers": {"host": "shop.example.com", "user-agent": "curl/8.5.0"},
            "query": {"q": str(chance.randrange(999)), "page": chance.randrange(9)},
        },
        "response": {"status": 200, "ms": round(chance.random() * 100, 3)},
        "items": [{"sku": f"A{chance.randrange(999)}", "qty": chance.randrange(9)} for _ in range(chance.randrange(4))],
    }
    if chance.random() < 0.3:
        made["error"] = {"type": "ValueError", "message": _words(chance), "stack": ["a.py:1", "b.py:2"]}
    return made


FORMATS: dict[str, Callable[[random.Random], str]] = {
    "json_flat": lambda chance: json.dumps(
        {"time": _ISO, "level": "info", "msg": _words(chance), "user_id": chance.randrange(10**6), "status": 200,
         "path": f"/api/{chance.randrange(999)}", "ms": round(chance.random() * 100, 3),
         "trace_id": f"{chance.getrandbits(128):032x}"}
    ),
    "json_nested": lambda chance: json.dumps(_nested(chance)),
    "spring": lambda chance: (
        f"2026-11-21T08:00:00.{chance.randrange(1000):03}+01:00  {chance.choice(('INFO', ' WARN'))} "
        f"{chance.randrange(40_000)} --- [nio-8080-exec-{chance.randrange(9)}] {_logger(chance):40} : {_said(chance)}"
    ),
    "python_logging": lambda chance: (
        f"2026-11-21 08:00:00,{chance.randrange(1000):03} - {_logger(chance)} - "
        f"{chance.choice(('INFO', 'WARNING'))} - {_said(chance)}"
    ),
    "nginx": FAMILIES["access log, combined"],
    "vpc_flow": FAMILIES["VPC flow"],
}  # fmt: skip
"""What makes an event of a format that one core of loglake and of DuckDB convert, side by side."""
