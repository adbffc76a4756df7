"""What a test gives for logs, as events with times."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, Union

from loglake.core.units import parse_instant

Message = Union[str, Mapping[str, Any], tuple[Union[str, datetime], Union[str, Mapping[str, Any]]]]
"""A text, or what becomes a JSON object; alone, or after its time: a datetime, or such as 2024-01-01T10:00:00Z."""

START = "2024-01-01T00:00:00Z"
"""When the first message is, if it does not say its time; each next one is a second later."""


def timed(messages: Iterable[Message], start: str = START) -> list[tuple[int, str]]:
    """Messages as (milliseconds since the epoch, text), in their order.

    Raises:
        ConfigError: a text is not a time.
    """
    first = parse_instant(start)
    return [_timed(message, first + 1000 * number) for number, message in enumerate(messages)]


def _timed(message: Message, otherwise_ms: int) -> tuple[int, str]:
    if not isinstance(message, tuple):
        return otherwise_ms, _text(message)
    moment, text = message
    if isinstance(moment, str):
        return parse_instant(moment), _text(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp() * 1000), _text(text)


def _text(message: str | Mapping[str, Any]) -> str:
    return message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
