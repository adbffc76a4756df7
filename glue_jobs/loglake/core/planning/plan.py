"""Which windows to export: a pure function of requests and the ledger.

A schedule asks for everything that the ledger lacks, and for the passes that are due (`passes`, `day_plan`). A request
asks for a time range. One planning is bounded (`selection`): it leaves the rest to the next one, which finds it by the
same rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import Attempt, LedgerRow, Queue
from loglake.core.ledger.watermark import Watermark
from loglake.core.planning.export_again import again
from loglake.core.planning.exportable import find_dataset
from loglake.core.planning.group_plan import GroupPlan, GroupPlanner, ReadRows
from loglake.core.planning.passes import QUERY_LATER, CameIn
from loglake.core.planning.requested import Skipped
from loglake.core.planning.selection import Selection
from loglake.core.planning.settings import LAG_MINUTES, MOST_WAITING_WINDOWS, SETTLE_AFTER_HOURS
from loglake.core.requests.requests import Request, RequestKind
from loglake.core.schema.datasets import Datasets
from loglake.core.units import EPOCH, MS_PER_HOUR, MS_PER_MINUTE, EpochMs, LogGroupName

SCHEDULE = ""
"""The entry of `Plan.unfinished` that stands for all scheduled requests."""


@dataclass(frozen=True)
class PlanRules:
    """Settings of planning.

    Attributes:
        lag_ms: no window ends later than this before now: its events may still be on the way to CloudWatch.
        settle_after_ms: how long after its end a day has settled.
        most_waiting: windows per queue that may wait for the export slot; more are planned when fewer wait.
    """

    lag_ms: int = LAG_MINUTES * MS_PER_MINUTE
    settle_after_ms: int = SETTLE_AFTER_HOURS * MS_PER_HOUR
    most_waiting: int = MOST_WAITING_WINDOWS


@dataclass(frozen=True)
class Known:
    """What planning knows from the ledger.

    Attributes:
        read: the rows of a log group with windows that begin at or after a time and, if given, before another.
        watermarks: how far each log group is planned.
        served: when each log group last had the export slot, for fairness.
        waiting: how many windows of each queue wait.
        paused: log groups for which nothing is to be planned.
        came_in: how many events CloudWatch received for a log group between two times, if known.
    """

    read: ReadRows
    watermarks: Mapping[LogGroupName, Watermark] = field(default_factory=dict)
    served: Mapping[LogGroupName, EpochMs] = field(default_factory=dict)
    waiting: Mapping[Queue, int] = field(default_factory=dict)
    paused: Collection[LogGroupName] = frozenset()
    came_in: CameIn = lambda log_group, from_ms, to_ms: None


@dataclass(frozen=True)
class Plan:
    """The changes that the requests need, in this order.

    Attributes:
        watermarks: the watermarks that move. One that moves back is written before the rows, else after them.
        rows: new ledger rows, ordered by window.
        reopened: rows that are exported again, as PLANNED under their next generation (`export_again`).
        superseded: PLANNED rows that a wider window replaces at once, as SUPERSEDED.
        given_up: PLANNED rows that must not be exported any more, as FAILED with the reason.
        skipped: requested log groups that can't be exported, or not as requested; and what is good to know about
            others.
        left: windows that are left for another planning, and days with an outstanding query to CloudWatch.
        unfinished: the keys of their requests, and `SCHEDULE`.
    """

    rows: tuple[LedgerRow, ...] = ()
    reopened: tuple[LedgerRow, ...] = ()
    superseded: tuple[LedgerRow, ...] = ()
    given_up: tuple[LedgerRow, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    watermarks: Mapping[LogGroupName, Watermark] = field(default_factory=dict)
    left: int = 0
    unfinished: frozenset[str] = frozenset()


def plan(
    now_ms: int,
    rules: PlanRules,
    *,
    groups: Iterable[LogGroup],
    datasets: Datasets,
    requests: Iterable[Request],
    known: Known,
) -> Plan:
    """Plans requested windows that no ledger row holds yet, and windows that are to be exported again.

    A landed hour is in the ledger, and so is not exported: its events would be in the table twice.

    Args:
        now_ms: the time.
        rules: settings.
        groups: all log groups of the account.
        datasets: which of them belong to a table.
        requests: what is asked for.
        known: what the ledger has.

    Returns:
        Planning again once all of it is in the ledger gives what is `left`, and nothing if that is none.
    """
    return _Planning(EpochMs(now_ms), rules, datasets, list(requests), known).plan(list(groups))


def unmatched(requests: Iterable[Request], groups: Iterable[LogGroup]) -> list[str]:
    """Patterns of requests that match no log group, which is most often a typing error."""
    names = [group.name for group in groups]
    patterns = [pattern for request in requests for pattern in request.log_groups]
    return [p for p in patterns if not any(Request("", RequestKind.REQUESTED, (p,)).matches(name) for name in names)]


class _Planning:
    """One planning, and what it has found so far."""

    def __init__(
        self, now_ms: EpochMs, rules: PlanRules, datasets: Datasets, requests: list[Request], known: Known
    ) -> None:
        self._now_ms = now_ms
        self._rules = rules
        self._datasets = datasets
        self._scheduled = any(request.kind is RequestKind.SCHEDULED for request in requests)
        self._requested = [request for request in requests if request.kind is RequestKind.REQUESTED]
        self._known = known
        self._skipped: list[Skipped] = []
        self._queries = 0  # days
        self._queried: tuple[LogGroupName, EpochMs] | None = None
        self._most_final = 1  # days of one log group that may wait for their final pass, and be asked about

    def plan(self, groups: Sequence[LogGroup]) -> Plan:
        self._most_final += self._rules.most_waiting // max(len(groups), 1)
        # If there is no room for all, the group that was served longest ago comes first.
        ordered = sorted(groups, key=lambda group: (self._known.served.get(group.name, EPOCH), group.name))
        room = {queue: self._rules.most_waiting - self._known.waiting.get(queue, 0) for queue in Queue}
        selection = Selection(self._now_ms, room, {request.key for request in self._requested if request.reexport})
        plans: dict[int, GroupPlan] = {}
        for number, group in enumerate(ordered):
            made = self._plan_group(group)
            if made is not None:
                selection.add(number, made.work, made.waiting, group.retention_days)
                plans[number] = replace(made, work=())
        return self._whole(ordered, plans, selection)

    def _plan_group(self, group: LogGroup) -> GroupPlan | None:
        requests = [request for request in self._requested if request.matches(group.name)]
        watermark = self._known.watermarks.get(group.name)
        dataset, reason = find_dataset(group, self._datasets, self._known.paused, known=watermark is not None)
        if dataset is None:
            self._skipped += [Skipped(group.name, reason)] if requests else []
            return None
        if not requests and not self._scheduled:
            return None
        planner = GroupPlanner(group, dataset, self._now_ms, self._rules.lag_ms, self._rules.settle_after_ms)
        made = planner.plan(
            requests,
            self._scheduled,
            watermark,
            self._known.read,
            came_in=self._came_in,
            most_final=self._most_final,
        )
        self._skipped += made.skipped
        return made

    def _came_in(self, log_group: LogGroupName, from_ms: EpochMs, to_ms: EpochMs) -> int | None:
        """Queries at most as many days as windows may wait: each day takes one or two requests to CloudWatch."""
        if (log_group, to_ms) != self._queried:
            self._queries += 1
            self._queried = log_group, to_ms
        if self._queries > self._rules.most_waiting:
            return QUERY_LATER
        return self._known.came_in(log_group, from_ms, to_ms)

    def _whole(self, groups: Sequence[LogGroup], plans: Mapping[int, GroupPlan], selection: Selection) -> Plan:
        chosen = selection.chosen()
        groups_chosen = {each.group for each in chosen}
        opened = [again(piece.opened, self._now_ms, piece.queue) for _, piece in chosen if piece.opened is not None]
        replaced = [row.supersede(self._now_ms, piece.window) for _, piece in chosen for row in piece.inside]
        replaced += [row for made in plans.values() for row in made.replaced]
        superseded = {(row.log_group, row.window): row for row in replaced}
        watermarks = {
            groups[number].name: made.watermark
            for number, made in plans.items()
            if made.watermark is not None and (number in groups_chosen or not made.is_new)
        }
        to_query = sum(made.to_query for made in plans.values())
        return Plan(
            rows=tuple(
                LedgerRow(
                    groups[number].name,
                    piece.window,
                    plans[number].dataset.table_for(groups[number].name),
                    updated_at_ms=self._now_ms,
                    queue=piece.queue,
                    attempt=Attempt(),
                )
                for number, piece in chosen
                if piece.opened is None
            ),
            reopened=(*(row for made in plans.values() for row in made.reopened), *opened),
            superseded=tuple(superseded.values()),
            given_up=tuple(row for made in plans.values() for row in made.given_up),
            skipped=tuple(sorted(self._skipped, key=lambda skip: skip.log_group)),
            watermarks={
                name: watermark
                for name, watermark in watermarks.items()
                if watermark != self._known.watermarks.get(name)
            },
            left=selection.left + to_query,
            unfinished=frozenset({*selection.unfinished, SCHEDULE} if to_query else selection.unfinished),
        )
