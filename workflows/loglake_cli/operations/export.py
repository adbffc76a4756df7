"""Asking for a time range of log groups: a request object, because of which the workflow runs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from loglake.core.keys import REQUESTS
from loglake.core.planning.plan import unmatched
from loglake.core.requests.requests import Request, RequestKind, backfill_body, parse_request
from loglake.core.units import format_instant, parse_instant
from loglake.core.windows import Window
from loglake.errors import AccessDeniedError, ConfigError

if TYPE_CHECKING:
    from loglake_cli.operations.deployment import Deployment


def parse_range(start: str, end: str, now_ms: int) -> Window:
    """The half-open range that a person typed: ISO 8601 dates or instants, UTC unless they say otherwise.

    Raises:
        ConfigError: one is no time, or the range is empty, or lies before 1970 or in the future.
    """
    from_ms, to_ms = parse_instant(start), parse_instant(end)
    if from_ms >= to_ms:
        raise ConfigError(f"--from {start} must lie before --to {end}, which is not part of the range")
    if from_ms < 0:
        raise ConfigError(f"--from {start} lies before 1970, where no log event can be")
    for name, text, instant in (("--from", start, from_ms), ("--to", end, to_ms)):
        if instant > now_ms:
            raise ConfigError(
                f"{name} {text} lies in the future, and what is still to come can't be exported: "
                f"it is {format_instant(now_ms)} now"
            )
    return Window(from_ms, to_ms)


def put_request(deployment: Deployment, patterns: Sequence[str], window: Window, reexport: bool) -> str:
    """Puts the request object and returns its key.

    Raises:
        ConfigError: a pattern is empty.
    """
    key = f"{REQUESTS}backfill/{uuid.uuid4()}.json"
    body = backfill_body(list(patterns), window, reexport)
    parse_request(key, body)  # what the job would refuse is said here
    deployment.control.put(key, body)
    deployment.woken.append(key)
    return key


def doubts(deployment: Deployment, patterns: Sequence[str]) -> list[str]:
    """What may be wrong with patterns, in words: a log group is paused, or none has such a name as far as is known."""
    request = Request("", RequestKind.BACKFILL, tuple(patterns))
    paused = [group for group in deployment.ledger.paused() if request.matches(group)]
    told = [f"{group} is paused: resume it and ask again, else nothing of it is exported" for group in paused]
    if deployment.tasks is None:
        return told
    try:
        missing = unmatched([request], list(deployment.tasks.log_groups()))
    except AccessDeniedError as error:
        return [*told, f"whether there are such log groups can't be told: {error}"]
    return told + [f"no log group has the name {pattern} now; the export job looks again" for pattern in missing]
