"""Writes a job's output to Glue's log groups, so that any client of CloudWatch Logs can follow it.

Sources: developer guide, "Logging for AWS Glue jobs" (--custom-logGroup-prefix, for Spark jobs alone) and "Python shell
jobs" for the groups and a stream per job run; PutLogEvents for the limits of a call.
"""

from __future__ import annotations

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from gluelocal.model.model import Job
from gluelocal.templates.resource_types.base import Clients

_log = logging.getLogger(__name__)

GROUPS = {"pythonshell": "/aws-glue/python-jobs", "glueetl": "/aws-glue/jobs"}
_EVENTS, _BYTES, _EVENT_OVERHEAD = 10_000, 1_048_576, 26
"""PutLogEvents: the most events and bytes per call, and the bytes that are added per event."""
_LONGEST = 256 * 1024 - _EVENT_OVERHEAD
"""The bytes of an event; a longer line becomes several events."""
_EVERY_S = 1.0


def log_group_prefix(job: Job, arguments: Mapping[str, str]) -> str:
    """What the names of a job run's two log groups begin with."""
    own = arguments.get("--custom-logGroup-prefix", "") if job.command == "glueetl" else ""
    return own or GROUPS.get(job.command, "")


class JobLogGroups:
    """Writes the lines of one job run to its two streams, in batches.

    If lines can't be written, that is logged once and the job continues: a file has the whole log too.
    """

    def __init__(self, clients: Clients, prefix: str, job_run_id: str, now_ms: Callable[[], int]) -> None:
        self._clients = clients
        self._group, self._stream = prefix, job_run_id
        self._now_ms = now_ms
        self._batches: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self._sizes: Counter[str] = Counter()
        self._made: set[str] = set()
        self._put_at = time.monotonic()
        self._broken = False

    def add(self, name: str, lines: Sequence[bytes]) -> None:
        """Takes lines of ``output`` or ``error``, and writes them once they fill a call."""
        for line in lines:
            for start in range(0, len(line), _LONGEST):
                self._add(name, line[start : start + _LONGEST].decode("utf-8", errors="replace"))

    def put(self, *, now: bool = False) -> None:
        """Writes the collected lines: now, or if the last write was a second ago."""
        if now or time.monotonic() - self._put_at >= _EVERY_S:
            for name in list(self._batches):
                self._put(name)
            self._put_at = time.monotonic()

    def _add(self, name: str, text: str) -> None:
        if self._broken or not text.strip():
            return
        size = len(text.encode()) + _EVENT_OVERHEAD
        if len(self._batches[name]) >= _EVENTS or self._sizes[name] + size > _BYTES:
            self._put(name)
        self._batches[name].append({"timestamp": self._now_ms(), "message": text})
        self._sizes[name] += size

    def _put(self, name: str) -> None:
        events, group = self._batches.pop(name), f"{self._group}/{name}"
        self._sizes[name] = 0
        try:
            logs = self._clients("logs")
            if name not in self._made:
                with suppress(logs.exceptions.ResourceAlreadyExistsException):  # a role may not be allowed to list it
                    logs.create_log_group(logGroupName=group)
                logs.create_log_stream(logGroupName=group, logStreamName=self._stream)
                self._made.add(name)
            logs.put_log_events(logGroupName=group, logStreamName=self._stream, logEvents=events)
        except (ClientError, BotoCoreError) as error:
            self._broken = True
            self._batches.clear()
            _log.warning("the log of %s could not be put into %s: %s", self._stream, group, error)
