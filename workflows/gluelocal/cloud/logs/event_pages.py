"""FilterLogEvents as CloudWatch answers it: pages that are seldom full, may be empty, and whose tokens expire.

moto gives each page as full as it can be, so a client that stops at the first empty page passes its tests and loses
events on AWS. Source: FilterLogEvents, API reference; empty pages and repeated tokens: public reports.
"""

from __future__ import annotations

import base64
import json
import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Callable

from gluelocal.clock import Clock
from gluelocal.cloud.logs.log_store import LogStore, Position
from gluelocal.cloud.wire.json_service import ApiError, JsonService
from gluelocal.units import MS_PER_DAY

MAX_EVENTS = 10_000
"""FilterLogEvents, `limit`: the default and the most."""
MAX_BYTES = 1024 * 1024
"""FilterLogEvents: the most bytes of a page, the JSON around its events included."""

_FIRST = (-1, 0, 0)


@dataclass(frozen=True)
class PageRules:
    """How pages come.

    Attributes:
        fill: how full a page is, at random between these two; a page of 0 is empty.
        empty: the share of pages that are empty whatever is left, and have a token.
        repeated: the share of pages after the first that are empty and have the token that was asked for.
        token_ms: how long a token is valid.
        requests_a_second: more than these are throttled; None: no limit. A second's worth may come at once.
        seed: of what is at random.
    """

    fill: tuple[float, float] = (0.0, 1.0)
    empty: float = 0.2
    repeated: float = 0.0
    token_ms: int = MS_PER_DAY
    requests_a_second: float | None = None
    seed: int = 0


class EventPages:
    """FilterLogEvents, in moto's place.

    Attributes:
        api: the operation.
    """

    def __init__(self, clock: Clock, log_store: Callable[[str], LogStore]) -> None:
        """`log_store` gives the log store of a Region, `clock` the time."""
        self._clock = clock
        self._log_store = log_store
        self._lock = threading.Lock()
        self.behave(PageRules())
        self.api = JsonService("logs", {"FilterLogEvents": self._filtered})

    def behave(self, rules: PageRules) -> None:
        """Gives pages by other rules from now on."""
        with self._lock:
            self._rules = rules
            self._random = random.Random(rules.seed)
            self._allowed = rules.requests_a_second or 0.0
            self._allowed_ms = self._clock.now_ms()

    def _filtered(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            self._throttle()
            store, group = self._log_store(region), _group(request)
            _check(store, group, request)
            asked = [group, *(request.get(name) for name in ("startTime", "endTime", "filterPattern"))]
            after = self._position(request.get("nextToken"), asked)
            if after is not None and self._random.random() < self._rules.repeated:
                return {"events": [], "searchedLogStreams": [], "nextToken": request["nextToken"]}
            fill = 0.0 if self._random.random() < self._rules.empty else self._random.uniform(*self._rules.fill)
            limit = request.get("limit", MAX_EVENTS)
            left = store.filtered(group, request, self._clock.now_ms(), after, limit + 1)
            events = _page(left, round(limit * fill), MAX_BYTES * fill) if fill else []
            answer: dict[str, Any] = {"events": [event for _, event in events], "searchedLogStreams": []}
            if len(events) == len(left) and fill:
                return answer
            return {**answer, "nextToken": self._token(asked, events[-1][0] if events else after)}

    def _throttle(self) -> None:
        rate, now_ms = self._rules.requests_a_second, self._clock.now_ms()
        if rate is None:
            return
        self._allowed = min(max(rate, 1.0), self._allowed + (now_ms - self._allowed_ms) / 1000 * rate)
        self._allowed_ms = now_ms
        if self._allowed < 1:
            raise ApiError("ThrottlingException", "Rate exceeded")
        self._allowed -= 1

    def _token(self, asked: list[Any], position: Position | None) -> str:
        described = {"at": self._clock.now_ms(), "asked": asked, "after": position or _FIRST}
        return base64.urlsafe_b64encode(json.dumps(described).encode()).decode()

    def _position(self, token: str | None, asked: list[Any]) -> Position | None:
        """The position after which a token goes on; None: at the beginning."""
        if token is None:
            return None
        try:
            described = json.loads(base64.urlsafe_b64decode(token.encode()))
            valid = described["asked"] == asked and self._clock.now_ms() < described["at"] + self._rules.token_ms
        except (ValueError, KeyError, TypeError):
            valid = False
        if not valid:
            raise ApiError("InvalidParameterException", "The specified nextToken is invalid.")
        return tuple(described["after"])


def _page(left: Sequence[tuple[Position, dict[str, Any]]], most: int, most_bytes: float) -> Any:
    """The first events that a page has room for, but at least one."""
    size = 0
    for number, (_, event) in enumerate(left):
        size += len(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")) + 1
        if number and (number >= most or size > most_bytes):
            return left[:number]
    return left


def _group(request: dict[str, Any]) -> str:
    named = [request[name] for name in ("logGroupName", "logGroupIdentifier") if name in request]
    if len(named) != 1:
        raise ApiError(
            "InvalidParameterException", "Specify either logGroupName or logGroupIdentifier, one of them alone."
        )
    return str(named[0]).rpartition(":log-group:")[2].removesuffix(":*")


def _check(store: LogStore, group: str, request: dict[str, Any]) -> None:
    if store.created_ms(group) is None:
        raise ApiError("ResourceNotFoundException", "The specified log group does not exist.")
    if store.log_class(group) != "STANDARD":
        raise ApiError("InvalidOperationException", "FilterLogEvents is not supported for this log class.")
    if "logStreamNames" in request and "logStreamNamePrefix" in request:
        raise ApiError("InvalidParameterException", "Use either logStreamNames or logStreamNamePrefix.")
    if request.get("startTime", 0) > request.get("endTime", request.get("startTime", 0)):
        raise ApiError("InvalidParameterException", "The end time is before the start time.")
