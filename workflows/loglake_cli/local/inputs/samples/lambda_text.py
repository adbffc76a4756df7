r"""A Python function on AWS Lambda that logs text: the platform's lines and the code's lines.

Platform lines are ``INIT_START``, ``START``, ``END`` and ``REPORT`` (Lambda developer guide, "Viewing CloudWatch logs
for Lambda"). The runtime formats records as ``[level]\ttime\trequest id\tmessage\n``, and an unhandled exception as
``[ERROR] type: text`` and a traceback indented with no-break spaces, without a newline at its end
(aws-lambda-python-runtime-interface-client, bootstrap.py). All others end with a newline, which CloudWatch keeps.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from loglake.core.units import day_of, format_instant
from loglake_cli.local.inputs.samples.traffic import Made, Streams, Traffic

LOG_GROUP = "/aws/lambda/checkout"

_MEMORY_MB = 256
_CONTAINERS_PER_DAY = 2
_LAST_START_MS = 60_000
"""No invocation starts in a day's last minute, so none ends on the next day."""
_NO_BREAK_SPACE = "\u00a0"

_STEPS = ("validated cart", "reserved stock", "charged card", "queued confirmation mail")
_FAILURES = (
    ("KeyError", "'price'", "total += PRICES[line['sku']]['price']", "pricing.py", 42),
    ("PaymentError", "gateway answered 502", "raise PaymentError(f'gateway answered {code}')", "payment.py", 117),
)


def streams(traffic: Traffic, invocations: int) -> Streams:
    """Makes a number of invocations, over streams such as ``2026/11/21/[$LATEST]9b0c…``: one per container and day."""
    made: dict[str, list[Made]] = {}
    per_stream, rest = divmod(invocations, len(traffic.days) * _CONTAINERS_PER_DAY)
    for midnight_ms in traffic.days:
        for _ in range(_CONTAINERS_PER_DAY):
            count = per_stream + (1 if len(made) < rest else 0)
            name = f"{day_of(midnight_ms).replace('-', '/')}/[$LATEST]{traffic.hex_id(32)}"
            made[name] = list(_container(traffic, midnight_ms, count))
    return made


def _container(traffic: Traffic, midnight_ms: int, count: int) -> Iterator[Made]:
    """One container's life: it handles one request at a time."""
    free_ms = midnight_ms
    last_ms = midnight_ms + 24 * 3_600_000 - _LAST_START_MS
    for number, wanted_ms in enumerate(traffic.times_of_day(midnight_ms, count)):
        ms = max(min(wanted_ms, last_ms), free_ms)
        if number == 0:
            arn = f"arn:aws:lambda:us-east-1::runtime:{traffic.hex_id(64)}"
            yield ms, f"INIT_START Runtime Version: python:3.13.v37\tRuntime Version ARN: {arn}\n"
        events = list(_invocation(traffic, ms, cold=number == 0))
        yield from events
        free_ms = events[-1][0] + 1


def _invocation(traffic: Traffic, start_ms: int, *, cold: bool) -> Iterator[Made]:
    """One request: START, the code's log lines, perhaps an exception, END, REPORT."""
    request_id, ms, rng = traffic.request_id(), start_ms, traffic.rng
    order = f"o-{rng.randrange(10**8):08d}"
    yield ms, f"START RequestId: {request_id} Version: $LATEST\n"
    for step in _STEPS[: rng.randrange(1, len(_STEPS) + 1)]:
        ms += rng.randrange(1, 40)
        yield ms, _record(ms, request_id, "INFO", f"{step} for order {order}")
    if rng.random() < 0.05:
        ms += rng.randrange(1, 20)
        yield ms, _unhandled(rng) if rng.random() < 0.5 else _handled(rng, ms, request_id)
    ms += rng.randrange(1, 5)
    yield ms, f"END RequestId: {request_id}\n"
    yield ms, _report(rng, request_id, ms - start_ms, cold=cold)


def _record(ms: int, request_id: str, level: str, message: str) -> str:
    return f"[{level}]\t{format_instant(ms)}\t{request_id}\t{message}\n"


def _unhandled(rng: Random) -> str:
    """An unhandled exception in the runtime's format."""
    kind, text, lines = _failure(rng)
    indented = [line.replace(" ", _NO_BREAK_SPACE, len(line) - len(line.lstrip(" "))) for line in lines]
    return "\n".join([f"[ERROR] {kind}: {text}", "Traceback (most recent call last):", *indented])


def _handled(rng: Random, ms: int, request_id: str) -> str:
    """An exception that the code catches, in the format of ``logger.exception``."""
    kind, text, lines = _failure(rng)
    message = "\n".join(["could not check out", "Traceback (most recent call last):", *lines, f"{kind}: {text}"])
    return _record(ms, request_id, "ERROR", message)


def _failure(rng: Random) -> tuple[str, str, list[str]]:
    kind, text, code, file, line = rng.choice(_FAILURES)
    lines = [
        '  File "/var/task/app.py", line 31, in handler',
        "    return checkout(event['order'], context)",
        f'  File "/var/task/{file}", line {line}, in checkout',
        f"    {code}",
    ]
    return kind, text, lines


def _report(rng: Random, request_id: str, took_ms: int, *, cold: bool) -> str:
    duration_ms = took_ms + rng.randrange(100) / 100
    init_ms = round(rng.uniform(180, 420), 2) if cold else 0.0
    fields = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {duration_ms:.2f} ms",
        f"Billed Duration: {-int(-(duration_ms + init_ms) // 1)} ms",
        f"Memory Size: {_MEMORY_MB} MB",
        f"Max Memory Used: {rng.randrange(70, 130)} MB",
        *([f"Init Duration: {init_ms:.2f} ms"] if cold else []),
    ]
    return "\t".join([*fields, "\n"])
