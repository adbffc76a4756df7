"""Requests to AWS that one more window costs: both jobs as they are on AWS, against the embedded one, which counts.

Polls and further pages are counted apart: they depend on how long a task takes, and on how much there is. Each number
is the difference between a pair of runs for two log groups and one for the first of them alone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from benchmark.scale.row import Row
from faults.branches import DATASETS_KEY, Branch, State
from faults.pipeline import CONVERT, EXPORT, Pipeline
from faults.steps import JOB, POLLS, kind_of

from gluelocal.cloud.wire.calls import Call, read_call
from loglake.core.keys import REQUESTS
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, day_of, parse_instant

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

START = parse_instant("2026-10-05")
BUSY, QUIET = ("/busy/1", "/busy/2"), ("/quiet/1", "/quiet/2")
LAG_MS = 40 * MS_PER_MINUTE
"""So long after an hour's end it is exported."""


_LOOK = "ListObjectsV2 control/requests"

_PRICED = {
    "S3 PUT": ("PutObject", "CopyObject", "ListObjects", "ListObjectsV2"),
    "S3 GET": ("GetObject", "HeadObject"),
    "ledger writes": ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"),
    "ledger reads": ("BatchGetItem", "GetItem", "Query", "Scan"),
}
"""The calls of each class of prices; deleting objects is free, and so is CloudWatch Logs."""

_CATALOG = {"convert": -1.0, "S3 PUT": 1.0}
"""What the catalog's stand-in (`faults.job_main`) asks for more: it lists a partition once, where AWS gets GetTable and
BatchGetPartition."""


class Requests:
    """Counts what the jobs ask AWS for; an observer of the embedded one.

    Attributes:
        kinds: of calls, without the following.
        polls: of an export task's state, and later looks for requests, which depend on how long it takes.
        pages: further ones of a listing or query, which depend on how much there is.
    """

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.polls = self.pages = 0

    def __call__(self, environ: WSGIEnvironment) -> None:
        call = read_call(environ)
        if call.caller != JOB:
            return
        kind = kind_of(call)
        if call.operation in POLLS or (kind == _LOOK and self.kinds[_LOOK]):
            self.polls += 1
        elif _is_further_page(call):
            self.pages += 1
        else:
            self.kinds[kind] += 1


def _is_further_page(call: Call) -> bool:
    if call.service == "s3":
        return "continuation-token" in parse_qs(call.environ.get("QUERY_STRING", ""))
    asked = json.loads(call.body or "{}")
    return any(asked.get(name) for name in ("ExclusiveStartKey", "nextToken", "NextToken"))


@dataclass(frozen=True)
class Pair:
    """What a run of each job asked for."""

    export: Requests
    convert: Requests

    @property
    def requests(self) -> int:
        """All but polls and further pages."""
        return sum(sum(job.kinds.values()) for job in (self.export, self.convert))

    def _operations(self) -> Counter[str]:
        """How often each operation was called by both jobs."""
        called: Counter[str] = Counter()
        for job in (self.export, self.convert):
            for kind, count in job.kinds.items():
                called[kind.partition(" ")[0]] += count
        return called

    def less(self, other: Pair) -> dict[str, float | str]:
        """What it asked for more than another one, by job."""
        mine, theirs = ((pair.export, pair.convert) for pair in (self, other))
        export, convert = (sum(a.kinds.values()) - sum(b.kinds.values()) for a, b in zip(mine, theirs, strict=True))
        more = Counter(self._operations())
        more.subtract(other._operations())
        return {
            "export": export,
            "convert": convert,
            **{name: sum(more[operation] for operation in operations) for name, operations in _PRICED.items()},
            "polls": sum(job.polls for job in mine) - sum(job.polls for job in theirs),
            "further pages": sum(job.pages for job in mine) - sum(job.pages for job in theirs),
        }


class Meter:
    """An account whose log groups have events, but for the quiet ones."""

    def __init__(self, pipeline: Pipeline, many: int) -> None:
        self._pipeline = pipeline
        self.many = tuple(f"/small/{number}" for number in range(many + 1))
        for group in (*BUSY, *self.many):
            times = range(START, START + 3 * MS_PER_DAY, MS_PER_HOUR // 2)
            events = [(ms, json.dumps({"at": ms})) for ms in times]  # its columns are compared before each decision
            pipeline.aws.log_store.load(group, "web", events, START, on_time=True)
        for group in QUIET:
            pipeline.aws.log_store.load(group, "web", [(START - MS_PER_DAY, "once")], START)

    def branch(self, groups: Sequence[str], ingest: str = "export") -> Branch:
        """A deployment that exports log groups, or reads them."""
        entries = [{"log_groups": list(groups), "table": "app", "start": day_of(START), "ingest": ingest}]
        objects = {"control": {DATASETS_KEY: json.dumps({"datasets": entries}).encode()}}
        return self._pipeline.branch(State(objects, ()))

    def tick(self, branch: Branch, hour: int) -> Pair:
        """The schedule's request after an hour, and the runs of both jobs."""
        self._pipeline.clock.set(START + hour * MS_PER_HOUR + LAG_MS)
        branch.put("control", f"{REQUESTS}scheduled/{hour}", b"")
        pair = Pair(Requests(), Requests())
        for job, requests in ((EXPORT, pair.export), (CONVERT, pair.convert)):
            self._pipeline.ran(branch, job, requests)
        return pair

    def fresh(self, groups: Sequence[str], ingest: str = "export") -> tuple[Pair, Pair]:
        """An hour of the first log group, and one of both; there was one before, so the table is known."""
        pairs = []
        for mine in (groups[:1], groups):
            branch = self.branch(mine, ingest=ingest)
            self.tick(branch, 1)
            pairs.append(self.tick(branch, 2))
        return pairs[0], pairs[1]

    def settled(self, hours: int = 24) -> tuple[Pair, Pair]:
        """A tick at which a day settles, of the first log group, and of both. Each has one fresh window besides."""
        pairs = []
        for mine in (BUSY[:1], BUSY):
            branch = self.branch(mine)
            for hour in (*range(1, hours), 24, 47):
                self.tick(branch, hour)
            pairs.append(self.tick(branch, 48))
        return pairs[0], pairs[1]


def measure_requests(folder: Path, hours: int = 24, many: int = 50) -> list[Row]:
    """Requests for a fresh window, also among many, an empty one, a settled pass over a day, and a pair of runs."""
    with Pipeline(folder).running() as pipeline:
        meter = Meter(pipeline, many)
        one, two = meter.fresh(BUSY)
        quiet, quieter = meter.fresh(QUIET)
        read, more_read = meter.fresh(BUSY, "read")
        few, all_ = meter.fresh(meter.many, "read")
        settling, more = meter.settled(hours)
    fresh, empty = two.less(one), quieter.less(quiet)
    settled = _minus(more.less(settling), fresh)
    besides = _minus(_minus(one.less(Pair(Requests(), Requests())), fresh), _CATALOG)
    each: dict[str, float | str] = {name: float(count) / many for name, count in all_.less(few).items()}
    title = "requests of one more"
    return [
        _row(f"{title} fresh window, with one object", fresh, 14),
        _row(f"{title} fresh window that is read", more_read.less(read), 12),
        _row(f"requests of each of {many} more windows that are read", each, 6),
        _row(f"{title} empty window", empty, 12),
        _row(f"{title} settled pass over {hours} hours", settled, 76),
        _row("requests of a pair of runs besides", besides, 40),
    ]


def _minus(all_: dict[str, float | str], part: Mapping[str, float | str]) -> dict[str, float | str]:
    return {name: float(value) - float(part.get(name, 0)) for name, value in all_.items()}


def _row(what: str, details: dict[str, float | str], target: float) -> Row:
    return Row(what, float(details["export"]) + float(details["convert"]), "<=", target, "", details)
