"""Raw objects with subscription payloads: bare, in envelopes, in packages, as CloudWatch writes them and otherwise."""

from __future__ import annotations

import base64
import gzip
import json
from random import Random
from typing import Any, Callable

from support.worlds.bundles import DAY

from fuzz.inputs.bodies import bounded
from fuzz.inputs.landed import OTHERS, wrap
from fuzz.inputs.mutations import mutate
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, format_instant

Make = Callable[[Random], bytes]

GROUPS = ["/app", "/app", "/app", "/other", "größer", ""]


def payload_body(chance: Random, make: Make) -> bytes:
    """Documents in sequence, with or without white space between them, sometimes damaged."""
    if chance.random() < 0.2:
        usual = bounded((_usual_payload(chance, make) for _ in range(chance.choice([1, 3, 40]))), len)
        blank = bytes(chance.choice(b" \n") for _ in range(chance.choice([0, 0, 1, 60, 70])))
        return wrap(chance, blank.join(usual))
    separator = chance.choice([b"", b"", b"\n", b"\r\n", b" \t", b"\xef\xbb\xbf", b",", b"x"])
    text = chance.choice([b"", b"", b"", b"\xef\xbb\xbf", b"\n "])
    documents = bounded((_document(chance, make) for _ in range(chance.choice([0, 1, 1, 2, 5, 20]))), len)
    return wrap(chance, text + separator.join(documents))


def _document(chance: Random, make: Make) -> bytes:
    kind = chance.random()
    if kind < 0.7:
        return _payload(chance, make)
    if kind < 0.75:
        return _dumps(chance, {"messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs", "logEvents": []})
    if kind < 0.78:
        return chance.choice(OTHERS)
    packages = [_package(chance, make) for _ in range(chance.choice([0, 1, 3]))]
    return _dumps(
        chance,
        chance.choice(
            [
                {"awslogs": {"data": packages[0] if packages else None}},
                {"Records": [{"kinesis": {"data": each}, "eventSource": "aws:kinesis"} for each in packages]},
                {"invocationId": "i", "records": [{"recordId": "r", "data": each} for each in packages]},
            ]
        ),
    )


def _package(chance: Random, make: Make) -> str | None:
    data = b"".join(_payload(chance, make) for _ in range(chance.choice([1, 1, 2])))
    for _ in range(chance.choice([0, 1, 1, 2])):
        data = gzip.compress(data, mtime=0)
    if chance.random() < 0.1:
        data = mutate(chance, data)
    text = base64.b64encode(data).decode()
    return chance.choice([text, text, text, text, text + "!", "", None]) if chance.random() < 0.2 else text


def _usual_payload(chance: Random, make: Make) -> bytes:
    """A payload as CloudWatch writes it, with many events."""
    first = chance.choice([0, chance.randrange(10**56)])
    events = bounded(
        (_usual_event(chance, make, first + number) for number in range(chance.choice([1, 100, 500]))), _size_of
    )
    group, stream = chance.choice(GROUPS), f"s{chance.randrange(3)}"
    payload = {"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": group, "logStream": stream}
    return json.dumps({**payload, "subscriptionFilters": ["f"], "logEvents": events}, ensure_ascii=False).encode()


def _usual_event(chance: Random, make: Make, number: int) -> dict[str, Any]:
    message = make(chance).decode("utf-8", "replace")
    ms = DAY + chance.randrange(-MS_PER_HOUR, MS_PER_DAY + MS_PER_HOUR)
    event_id = f"{number:056d}" if chance.random() < 0.95 else ""
    return {"id": event_id, "timestamp": ms, "message": message}


def _size_of(event: Any) -> int:
    return len(str(event))


def _payload(chance: Random, make: Make) -> bytes:
    count = chance.choice([0, 1, 1, 3, 3, 300]) if chance.random() < 0.3 else chance.choice([1, 3])
    payload: dict[str, Any] = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": chance.choice(GROUPS),
        "logStream": chance.choice(["web/a", "2026/11/21/[$LATEST]8f5e2f64", "é"]),
        "subscriptionFilters": ["all"],
        "logEvents": bounded((_event(chance, make) for _ in range(count)), _size_of),
    }
    if chance.random() < 0.1:
        payload[chance.choice(list(payload))] = _junk(chance)
    if chance.random() < 0.05:
        del payload[chance.choice(list(payload))]
    if chance.random() < 0.1:
        payload = dict(chance.sample(list(payload.items()), len(payload)))
    return _dumps(chance, payload)


def _event(chance: Random, make: Make) -> Any:
    ms = DAY + chance.choice([chance.randrange(MS_PER_DAY), chance.randrange(-2 * MS_PER_DAY, 3 * MS_PER_DAY)])
    message = make(chance).decode("utf-8", chance.choice(["replace", "surrogateescape"]))
    event: dict[str, Any] = {"id": f"{chance.choice([chance.randrange(10**55), chance.randrange(5)]):056d}"}
    event |= {"timestamp": ms, "message": message}
    if chance.random() < 0.02:
        event[chance.choice(list(event))] = _junk(chance)
    if chance.random() < 0.02:
        event["extractedFields"] = {"a": "1", format_instant(ms): None}
    return event if chance.random() < 0.99 else _junk(chance)


def _junk(chance: Random) -> Any:
    return chance.choice(
        [
            None,
            True,
            "",
            "x",
            0,
            -1,
            1.5,
            2**63,
            -(2**62),
            10**30,
            [],
            {},
            [None],
            float("nan"),
            "\ud800",
            "1795219200000",
        ]
    )


def _dumps(chance: Random, value: Any) -> bytes:
    indent = 2 if chance.random() < 0.05 else None
    separators = chance.choice([(",", ":"), (", ", ": ")])
    text = json.dumps(value, ensure_ascii=chance.random() < 0.5, indent=indent, separators=separators)
    return text.encode("utf-8", "surrogateescape") if _is_escaped(text) else text.encode("utf-8", "surrogatepass")


def _is_escaped(text: str) -> bool:
    """Whether all lone surrogates stand for bad bytes."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True
