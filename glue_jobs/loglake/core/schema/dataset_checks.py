"""Checks of a dataset's fields; each raises ConfigError with the field and the values that it takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loglake.core.units import parse_instant
from loglake.errors import ConfigError

ORDERED_FORMATS = ("vpc_flow", "cloudfront", "cloudfront_realtime", "header")
"""Formats with configurable fields and field order."""


def one_of(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    """A field with a fixed set of values."""
    if value not in allowed:
        raise ConfigError(f"{name}: {value!r} must be one of {', '.join(allowed)}")


def check_fields(format_name: str, fields: Sequence[Any]) -> None:
    """The order of a line's fields."""
    if not fields:
        return
    if format_name not in ORDERED_FORMATS:
        raise ConfigError(f"fields: only {', '.join(ORDERED_FORMATS)} take them, and this entry has {format_name}")
    if not all(isinstance(name, str) and name for name in fields):
        raise ConfigError("fields needs a list of names, in the order of a line, such as [version, vpc-id, srcaddr]")
    twice = next((name for name in fields if fields.count(name) > 1), None)
    if twice:
        raise ConfigError(f"fields: {twice!r} is there twice")


def check_transform(transform: Any) -> None:
    """A function of a module, by its name; whether it is there is found out when it is packaged."""
    if not transform:
        return
    parts = transform.split(":") if isinstance(transform, str) else []
    if len(parts) != 2 or not parts[1].isidentifier() or not all(each.isidentifier() for each in parts[0].split(".")):
        raise ConfigError(f"transform: {transform!r} must be package.module:function, such as shop_logs.clean:clean")


def check_start(start: str) -> None:
    """A date or a time, or nothing."""
    try:
        early = bool(start) and parse_instant(start) < 0
    except ConfigError as error:
        raise ConfigError(f"start: {error}") from None
    if early:
        raise ConfigError(f"start: {start!r} lies before 1970, where no log event can be")
