"""The request objects of the control bucket: read, rejected if invalid, moved or removed when handled."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from loglake.core.cloud_types import ObjectInfo
from loglake.core.keys import HANDLED, REJECTED, REQUESTS, request_name
from loglake.core.ports.clock import Clock
from loglake.core.ports.objects import ObjectStore
from loglake.core.requests.requests import Request, RequestKind, RequestReport, parse_request, report_key
from loglake.core.units import EpochMs
from loglake.errors import ConfigError, NotFoundError
from loglake.telemetry import Telemetry

_LONGEST_BODY = 1 << 20
"""Bytes of a request. Whoever may write requests could fill the job's memory, and stop all exports."""

_SCHEDULED = f"{REQUESTS}{RequestKind.SCHEDULED.value}/"


class RequestQueue:
    """The pending requests.

    Attributes:
        rejected: invalid requests, with the reason.
    """

    def __init__(self, control: ObjectStore, telemetry: Telemetry, clock: Clock) -> None:
        self.rejected: list[str] = []
        self._control = control
        self._telemetry = telemetry
        self._clock = clock
        self._read: dict[str, Request] = {}
        self._bodies: dict[str, bytes] = {}

    @property
    def pending(self) -> list[Request]:
        """The requests that were there when they were last read, without those that were handled since."""
        return list(self._read.values())

    def requests(self) -> list[Request]:
        """All pending requests; an invalid one is put aside with the reason and stops no other."""
        pending = {}
        for item in list(self._control.list(REQUESTS)):
            if item.key.endswith("/"):
                continue  # a folder made in the console
            request = self._read.get(item.key) or self._parsed(item)
            if request is not None:
                pending[item.key] = request
        self._read = pending
        return self.pending

    def handled(self, requests: Iterable[Request], reports: Mapping[str, RequestReport]) -> None:
        """Moves planned requests out of the way; ticks of the schedule and wake-ups, which say nothing, are removed.

        A crash before that only plans them again. A request's entry in `reports` is written before the request moves,
        so that a waiting person finds both.
        """
        done = list(requests)
        for request in done:
            self._read.pop(request.key, None)
            if request.kind is RequestKind.REQUESTED:
                if report := reports.get(request.key):
                    self._control.put(report_key(request.key), report.to_body(request.key))
                self._control.put(f"{HANDLED}{request.key[len(REQUESTS) :]}", self._bodies.pop(request.key))
        self._control.delete(request.key for request in done)

    def _parsed(self, item: ObjectInfo) -> Request | None:
        key, body = item.key, b""
        try:
            if item.size_bytes > _LONGEST_BODY:
                raise ConfigError(f"it has {item.size_bytes:,} bytes, and a request has {_LONGEST_BODY:,} at most")
            # Each tick of the schedule brings one. Its body says nothing.
            body = b"" if key.startswith(_SCHEDULED) else self._control.get(key)
            asked_ms = EpochMs(item.changed_ms or self._clock.now_ms())
            request = replace(parse_request(key, body), asked_ms=asked_ms)
            self._bodies[key] = body
            return request
        except NotFoundError:
            return None  # another run was faster
        except ConfigError as error:
            reason = {"key": key, "reason": str(error), "body": body.decode("utf-8", "replace")}
            self._control.put(f"{REJECTED}{request_name(key)}.json", json.dumps(reason, indent=1).encode())
            self._control.delete([key])
            self.rejected.append(f"{key}: {error}")
            self._telemetry.event("request rejected", key=key, reason=str(error))
            return None
