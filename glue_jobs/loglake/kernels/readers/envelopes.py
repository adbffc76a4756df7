"""Reads envelopes: the events of Lambda functions, which carry subscription payloads as base64.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html (``awslogs.data``),
https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html (``Records[].kinesis.data``),
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesisfirehose.html (``records[].data``).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any, NamedTuple

from loglake.kernels.json.spans import members, skip_white
from loglake.kernels.readers.unpacking.unpack import unpack


class Envelope(NamedTuple):
    """The content of an envelope.

    Attributes:
        key: the key of the array with the packages; empty if the envelope is one package itself.
        packages: the base64 of each package; any other value if the package is broken.
    """

    key: str
    packages: list[Any]


def envelope_of(document: Any) -> Envelope | None:
    """The content of a document that is an envelope; None if it is none."""
    if not isinstance(document, dict):
        return None
    if "awslogs" in document:
        return Envelope("", [_member(document["awslogs"], "data")])
    for key, required in _REQUIRED_KEYS.items():
        records = document.get(key)
        if isinstance(records, list) and any(isinstance(each, dict) and each.keys() >= required for each in records):
            return Envelope(key, [_package(key, each) for each in records])
    return None


_REQUIRED_KEYS = {"Records": {"kinesis"}, "records": {"recordId", "data"}}
"""What a record has in its array: other services' envelopes, and CloudTrail's files, have ``Records`` too."""


def _package(key: str, record: Any) -> Any:
    return _member(_member(record, "kinesis") if key == "Records" else record, "data")


def _member(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def begins_envelope(text: str, key: str, at: int) -> bool:
    """Whether an object is an envelope, as far as one of its members shows.

    Args:
        text: bytes as Latin-1, perhaps cut off.
        key: the member's key.
        at: the start of the member's value.
    """
    if key == "awslogs":
        return any(name == "data" for name, _ in members(text, at))
    if key not in _REQUIRED_KEYS or text[at : at + 1] != "[":
        return False
    return _REQUIRED_KEYS[key] <= {name for name, _ in members(text, skip_white(text, at + 1))}


def unpack_package(package: Any) -> Iterable[bytes]:
    """The bytes in a package, in chunks, with all layers of gzip taken off.

    Raises:
        ValueError: it is not base64.
        TruncatedInputError: from the chunks, after all that could be decoded.
    """
    if not isinstance(package, str):
        raise ValueError("no text")
    data = base64.b64decode(package, validate=True)
    return unpack(lambda: [data])
