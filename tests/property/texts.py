"""Lines that applications log besides JSON, and damaged JSON."""

from __future__ import annotations

from random import Random

_REQUEST = "8f5e2f64-1c53-4d6c-9c1c-0c6a5a2d7b11"

TRACEBACKS = (
    b'Traceback (most recent call last):\n  File "app.py", line 17, in handle\n    pay(order)\nValueError: no card',
    b"java.lang.IllegalStateException: closed\n\tat com.example.Pool.take(Pool.java:42)\n\t... 12 more\n",
    b"panic: nil map\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:9 +0x1d",
)
_TEXTS = (
    b"ready",
    b"",
    b" ",
    b"\n",
    b"[ERROR] out of memory",
    b"a\r\nb",
    b"caf\xc3\xa9 \xe2\x98\x83 \xf0\x9f\x98\x80",
    b"nul \x00 and escape \x1b[31mred\x1b[0m",
    b"not UTF-8: \xff\xfe \xc3( \xed\xa0\x80",
    b"{",
    b"}",
    b"{}",
    b"{ }",
    b" {} \r\n",
    b"[]",
    b"[1, 2]",
    b"null",
    b"{bad}",
    b'{"n": NaN}',
    b'{"n": [1, -Infinity]}',
    b'{"n": 01}',
    b'{"n": 1,}',
    b"{'n': 1}",
    b'{"n": "a\tb"}',
    b'{"n": 1}{"n": 2}',
    b'{"n": 1} {"n": 2}',
    b'{"n": 1}\n{"n": 2}',
    b'{"n": 1}, {"n": 2}',
    b'\xef\xbb\xbf{"n": 1}',
    b'{"n": 1} trailing',
)
_LAMBDA = (
    f"START RequestId: {_REQUEST} Version: $LATEST".encode(),
    f"END RequestId: {_REQUEST}".encode(),
    f"REPORT RequestId: {_REQUEST}\tDuration: 12.50 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t".encode(),
    f"[INFO]\t2026-11-20T10:15:30.123Z\t{_REQUEST}\tpaid".encode(),
)


def text(random: Random) -> bytes:
    """One or more lines that are not a JSON object; some look like one."""
    if random.random() < 0.3:
        return random.choice(TRACEBACKS)
    if random.random() < 0.002:
        return b"x" * random.randint(100_000, 1 << 20)
    return random.choice(_TEXTS)


def lambda_line(random: Random) -> bytes:
    """A line of AWS Lambda, which has fields of its own."""
    return random.choice(_LAMBDA)


def damaged(random: Random, json: str) -> bytes:
    """JSON as it arrives: sometimes cut off, with bytes that are not UTF-8, or with white space around it."""
    data = json.encode()
    at = random.randint(0, len(data))
    if random.random() < 0.01:
        data = data[:at]
    if random.random() < 0.02:
        data = data[:at] + random.choice([b"\xff", b"\xc3(", b"\xed\xa0\x80", b"\x80\x80"]) + data[at:]
    if random.random() < 0.05:
        data = random.choice([b" ", b"\n", b"\t\r\n"]) + data + random.choice([b" ", b"", b"\r\n"])
    return data
