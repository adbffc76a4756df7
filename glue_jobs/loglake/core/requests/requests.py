"""Requests: objects that say what to export. Their creation wakes the workflow.

::

    requests/scheduled/<id>     everything that is due; its body is not read
    requests/requested/<id>      {"log_groups": ["/app/*"], "from": "2026-11-01", "to": "2026-11-08T12:00:00Z"};
                                with "reexport": true, what is exported already is exported again
    requests/continue/<run>     a wake-up that a job leaves when work remains; empty, or
                                {"chain": 2, "not_before": "2026-11-21T08:30:00.000Z"}: how many runs in a row made no
                                progress, and until when the next one waits (`wake_up`)
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

from loglake.core.keys import HANDLED, REQUESTS, request_name
from loglake.core.units import EPOCH, MS_PER_MINUTE, EpochMs, format_instant, parse_instant
from loglake.core.windows import Window
from loglake.errors import ConfigError


class RequestKind(str, Enum):
    """The kinds of requests; each has a folder."""

    SCHEDULED = "scheduled"
    REQUESTED = "requested"
    CONTINUE = "continue"


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        key: its S3 key in the control bucket.
        log_groups: patterns of a request; empty for the other kinds.
        window: the time range of a request; None for the other kinds.
        reexport: windows of that range that are in the table already are exported again and replaced.
        chain: of a wake-up: how many runs in a row made no progress.
        not_before_ms: of a wake-up: its run has nothing to do for it before this time.
        asked_ms: when it was made.
    """

    key: str
    kind: RequestKind
    log_groups: tuple[str, ...] = ()
    window: Window | None = None
    reexport: bool = False
    chain: int = 0
    not_before_ms: EpochMs = EPOCH
    asked_ms: EpochMs = EPOCH

    def matches(self, log_group: str) -> bool:
        """Whether a request names a log group."""
        return any(fnmatchcase(log_group, pattern) for pattern in self.log_groups)


def request_body(log_groups: list[str], window: Window, reexport: bool = False) -> bytes:
    """The body of a request."""
    body = {
        "log_groups": log_groups,
        "from": format_instant(window.from_ms),
        "to": format_instant(window.to_ms),
        **({"reexport": True} if reexport else {}),
    }
    return json.dumps(body, indent=1).encode()


def continue_body(chain: int, not_before_ms: EpochMs) -> bytes:
    """The body of a wake-up."""
    return json.dumps({"chain": chain, "not_before": format_instant(not_before_ms)}).encode()


def parse_request(key: str, body: bytes) -> Request:
    """Reads a request object.

    Raises:
        ConfigError: the key or the body is not what a request has; says what it should be.
    """
    parts = key[len(REQUESTS) :].split("/", 1) if key.startswith(REQUESTS) else []
    kinds = [kind.value for kind in RequestKind]
    if len(parts) != 2 or not parts[1] or parts[0] not in kinds:
        raise ConfigError(f"a request's key is {REQUESTS}<kind>/<id>, with a kind of {', '.join(kinds)}")
    kind = RequestKind(parts[0])
    if kind is RequestKind.SCHEDULED:
        return Request(key, kind)
    if kind is RequestKind.CONTINUE:
        return _wake_up(key, body)
    data = _json_object(body, "log_groups, from and to")
    unknown = sorted(set(data) - {"log_groups", "from", "to", "reexport"})
    if unknown:
        raise ConfigError(f"unknown field {unknown[0]!r}: a request takes log_groups, from, to and reexport")
    patterns = data.get("log_groups")
    if not isinstance(patterns, list) or not patterns or not all(isinstance(p, str) and p for p in patterns):
        raise ConfigError('log_groups needs a list of patterns, such as ["/app/*"]')
    start, end = (_instant(data, name) for name in ("from", "to"))
    if start >= end:
        raise ConfigError(f"from ({data['from']}) must be before to ({data['to']})")
    reexport = data.get("reexport", False)
    if not isinstance(reexport, bool):
        raise ConfigError(f"reexport is true or false, not {reexport!r}")
    return Request(key, kind, tuple(patterns), Window(start, end), reexport)


def _wake_up(key: str, body: bytes) -> Request:
    if not body.strip():
        return Request(key, RequestKind.CONTINUE)
    data = _json_object(body, "chain and not_before, or is empty")
    chain = data.get("chain", 0)
    if not isinstance(chain, int) or isinstance(chain, bool) or chain < 0:
        raise ConfigError(f"chain is a number of runs, not {chain!r}")
    not_before_ms = _instant(data, "not_before") if "not_before" in data else EPOCH
    return Request(key, RequestKind.CONTINUE, chain=chain, not_before_ms=not_before_ms)


def _json_object(body: bytes, needed: str) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"the request's body is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise ConfigError(f"the request's body is not a JSON object with {needed}")
    return data


def _instant(data: dict[str, Any], name: str) -> Any:
    if not isinstance(data.get(name), str):
        raise ConfigError(f"{name} needs a time such as 2026-11-21T08:30:00Z")
    instant = parse_instant(data[name])
    if instant < 0:
        raise ConfigError(f"{name} ({data[name]}) lies before 1970, where no log event can be")
    return instant


@dataclass(frozen=True)
class RequestReport:
    """What a person should know about a request besides its windows, in sentences.

    Attributes:
        not_exported: what it asks for and doesn't get, and why.
        notes: what is good to know.
    """

    not_exported: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.not_exported or self.notes)

    def and_also(self, other: RequestReport) -> RequestReport:
        """Merges two reports, each sentence once: a request that is not planned whole is planned again."""
        return RequestReport(
            tuple(dict.fromkeys([*self.not_exported, *other.not_exported])),
            tuple(dict.fromkeys([*self.notes, *other.notes])),
        )

    def to_body(self, key: str) -> bytes:
        """The content of the report's object."""
        return json.dumps({"key": key, **vars(self)}, indent=1).encode()

    @classmethod
    def from_body(cls, body: bytes) -> RequestReport:
        """The inverse of `to_body`."""
        fields = json.loads(body)
        return cls(tuple(fields["not_exported"]), tuple(fields["notes"]))


def report_key(request_key: str) -> str:
    """The key of a request's report, which exists if there is anything to say.

    It is written before the request is moved.
    """
    return f"{HANDLED}{request_name(request_key)}.report.json"


MOST_DELAY_MS = 30 * MS_PER_MINUTE
"""The wait is part of the run's time, so it is shorter than a run."""

MOST_RUNS = 8
"""Runs in a row without progress that are woken. The last one begins some two hours after the first."""


def wake_up(chain: int, progress: bool, now_ms: EpochMs, first_delay_ms: int) -> bytes | None:
    """The body of the wake-up that a run leaves behind; None if it leaves none.

    The workflow is woken again at once after progress, else later and later: each run in a row without progress, such
    as while another task has the export slot, doubles the wait of the next one. After `MOST_RUNS` of them only a
    schedule or a person starts a run, so that nothing wakes itself for ever.

    Args:
        chain: how many runs before it, in a row, made no progress.
        progress: whether this one made some.
        now_ms: the time.
        first_delay_ms: how long the first run without progress lets the next one wait.
    """
    if progress:
        return continue_body(0, now_ms)
    if chain >= MOST_RUNS:
        return None
    return continue_body(chain + 1, EpochMs(now_ms + min(first_delay_ms << chain, MOST_DELAY_MS)))


def look_again_ms(wakes: int, now_ms: EpochMs, first_delay_ms: int) -> EpochMs:
    """When to check catalog gaps: the first time when a crawl should be over, then later and later.

    Args:
        wakes: how often a crawl was requested before, in a row.
        now_ms: the time.
        first_delay_ms: how long the first wait is.
    """
    return EpochMs(now_ms + min(first_delay_ms << wakes, MOST_DELAY_MS))


def wait_until(requests: Iterable[Request]) -> EpochMs:
    """Until when a run only waits: if there is a wake-up that is not due yet, and no request came with or after it.

    S3 says only in which second an object came.
    """
    requested = list(requests)
    wakes = [request for request in requested if request.kind is RequestKind.CONTINUE]
    left_ms = max((wake.asked_ms for wake in wakes), default=EPOCH)
    others = (request for request in requested if request.kind is not RequestKind.CONTINUE)
    if not wakes or any(request.asked_ms >= left_ms for request in others):
        return EPOCH
    return min(wake.not_before_ms for wake in wakes)
