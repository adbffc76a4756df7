"""Plans requests into the ledger, in an order that is safe against a crash at any step.

A watermark moves back before a row behind it is added, and forward after the work before it is done. A wider window is
added before the narrower ones in it are marked. Until then they wait as usual, and the next planning marks them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.ledger.watermark import Watermark
from loglake.core.planning.plan import SCHEDULE, Known, Plan, PlanRules, plan, unmatched
from loglake.core.planning.requested import Skipped
from loglake.core.requests.requests import Request, RequestKind, RequestReport
from loglake.core.run.outcome import settled_age_s
from loglake.core.schema.datasets import Datasets
from loglake.core.state_items import PAUSED, SERVED, WATERMARK, StateItem, held, of_groups
from loglake.core.units import LogGroupName
from loglake.errors import LedgerConflictError
from loglake.pipelines.export.log_groups import LogGroups
from loglake.pipelines.ports import ExportPorts


@dataclass(frozen=True)
class Planned:
    """What a planning wrote to the ledger.

    Attributes:
        rows: windows to export, new ones and ones that are exported again.
        failed: windows that must not be exported any more, each with the reason.
        skipped: requested log groups and ranges that can't be exported, with the reason in words; `notes`: what is good
            to know.
        reports: the same for each request, by its key.
        left: windows that are left for another planning; `unfinished`: their requests (`Plan`).
        settled_age_s: see `core.run.outcome`; over log groups that have a dataset and are not paused.
    """

    rows: tuple[LedgerRow, ...]
    failed: tuple[LedgerRow, ...]
    skipped: tuple[str, ...]
    notes: tuple[str, ...]
    reports: Mapping[str, RequestReport]
    left: int
    unfinished: frozenset[str]
    settled_age_s: int


class Planner:
    """Plans windows and writes the plan down."""

    def __init__(self, ports: ExportPorts, groups: LogGroups, datasets: Datasets, rules: PlanRules) -> None:
        self._ports = ports
        self._groups = groups
        self._datasets = datasets
        self._rules = rules

    def plan(self, requests: Sequence[Request]) -> Planned:
        """Plans requests into the ledger, as far as there is room."""
        groups = self._groups.all()
        watermarks = self._ports.ledger.load_all(WATERMARK)
        unread = {**self._ports.ledger.load_all(PAUSED).unreadable, **watermarks.unreadable}
        known, now_ms = self._known(watermarks), self._ports.clock.now_ms()
        made = plan(
            now_ms,
            self._rules,
            groups=[group for group in groups if self._is_concerned(requests, group) and group.name not in unread],
            datasets=self._datasets,
            requests=requests,
            known=known,
        )
        planned = self._write(made, watermarks)
        nowhere = {pattern: f"{pattern}: no log group has this name" for pattern in unmatched(requests, groups)}
        left_out = [group.name for group in groups if self._is_concerned(requests, group) and group.name in unread]
        told = [*made.skipped, *(Skipped(name, str(unread[name])) for name in left_out)]
        skipped = [*(str(skip) for skip in told if skip.is_trouble), *nowhere.values()]
        notes = [str(skip) for skip in told if not skip.is_trouble]
        unfinished = made.unfinished.union(_asking(requests, left_out))
        said = {"skipped": skipped, "notes": notes}
        self._ports.telemetry.event("planned", windows=len(planned), requests=len(requests), left=made.left, **said)
        age_s = settled_age_s(self._kept_up(groups, {**known.watermarks, **made.watermarks}, known.paused), now_ms)
        reports = {request.key: _report(request, told, nowhere) for request in requests}
        return Planned(planned, made.given_up, tuple(skipped), tuple(notes), reports, made.left, unfinished, age_s)

    def _kept_up(
        self,
        groups: Sequence[LogGroup],
        watermarks: Mapping[LogGroupName, Watermark],
        left_out: Collection[LogGroupName],
    ) -> list[Watermark]:
        """The watermarks of existing log groups that have a dataset and are not paused."""
        wanted = (group.name for group in groups if self._datasets.find(group.name) and group.name not in left_out)
        return [watermarks[name] for name in wanted if name in watermarks]

    def _is_concerned(self, requests: Sequence[Request], group: LogGroup) -> bool:
        return self._datasets.find(group.name) is not None or any(request.matches(group.name) for request in requests)

    def _known(self, items: Mapping[str, StateItem[Watermark]]) -> Known:
        paused = held(self._ports.ledger)
        planned = self._ports.ledger.in_states(WindowState.PLANNED)
        return Known(
            self._ports.ledger.rows_between,
            {LogGroupName(name): item.value for name, item in items.items()},
            of_groups(self._ports.ledger, SERVED),
            Counter(row.queue for row in planned if row.log_group not in paused),  # those replace nothing
            paused,
            self._ports.tasks.incoming_events,
        )

    def _write(self, made: Plan, watermarks: Mapping[str, StateItem[Watermark]]) -> tuple[LedgerRow, ...]:
        """Writes a plan; returns the rows that are to be exported for it."""
        back = {name: after for name, after in made.watermarks.items() if _moves_back(watermarks.get(name), after)}
        for name, watermark in back.items():
            self._move_back(name, watermarks.get(name), watermark)
        added = [row for row in made.rows if self._ports.ledger.add(row)]
        taken = {row.name for row in made.rows} - {row.name for row in added}
        opened = [row for row in made.reopened if self._replace(row)]
        for row in made.superseded:
            if not any(group == row.log_group and window.holds(row.window) for group, window in taken):
                self._replace(row)
        for row in made.given_up:
            self._replace(row)
        for name, watermark in made.watermarks.items():
            if name not in back:
                self._move(name, watermarks.get(name), watermark)
        return (*added, *opened)

    def _replace(self, row: LedgerRow) -> bool:
        with suppress(LedgerConflictError):  # another run was faster
            self._ports.ledger.replace(row)
            return True
        return False

    def _move(self, name: LogGroupName, before: StateItem[Watermark] | None, after: Watermark) -> bool:
        return self._ports.ledger.save(StateItem(WATERMARK, name, after), before.version if before else 0)

    def _move_back(self, name: LogGroupName, before: StateItem[Watermark] | None, after: Watermark) -> None:
        """Moves a watermark back, even if another run has moved it meanwhile."""
        while not self._move(name, before, after):
            before = self._ports.ledger.load(WATERMARK, name)
            after = before.value.back_to(after.settled_until_ms).back_to(after.final_until_ms) if before else after


def _report(request: Request, told: Sequence[Skipped], nowhere: Mapping[str, str]) -> RequestReport:
    mine = [skip for skip in told if skip.is_about(request)]
    return RequestReport(
        (
            *(str(skip) for skip in mine if skip.is_trouble),
            *(nowhere[pattern] for pattern in request.log_groups if pattern in nowhere),
        ),
        tuple(str(skip) for skip in mine if not skip.is_trouble),
    )


def _asking(requests: Sequence[Request], left_out: Sequence[LogGroupName]) -> Iterator[str]:
    """The keys of requests for a skipped log group: they stay, and are planned when its rows can be read."""
    for request in requests:
        if request.kind is RequestKind.SCHEDULED:
            yield from [SCHEDULE] if left_out else []
        elif any(request.matches(name) for name in left_out):
            yield request.key


def _moves_back(stored: StateItem[Watermark] | None, after: Watermark) -> bool:
    return stored is not None and (
        after.settled_until_ms < stored.value.settled_until_ms or after.final_until_ms < stored.value.final_until_ms
    )
