"""Builds what is next from requests, log groups and the ledger, and writes down how far each log group is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import WindowState
from loglake.core.ledger.watermark import Watermark
from loglake.core.planning.candidate import Candidate
from loglake.core.planning.derive import PlanRules
from loglake.core.planning.next_windows import Known, NextWindows
from loglake.core.requests.requests import Request, RequestKind, RequestReport
from loglake.core.run.outcome import settled_age_s
from loglake.core.schema.datasets import Datasets
from loglake.core.state_items import ASKED, PAUSED, WATERMARK, StateItem, StateOfKind, change, held
from loglake.core.units import EPOCH, EpochMs, LogGroupName
from loglake.errors import LoglakeError, TransientError
from loglake.pipelines.export.log_groups import LogGroups
from loglake.pipelines.export.report import ExportReport
from loglake.pipelines.ports import ExportPorts


class Progress:
    """What is next, as of the newest requests.

    Attributes:
        windows: what is next.
        report: what is reported of it.
        reports: what a person should know about each request, by its key.
    """

    def __init__(
        self, ports: ExportPorts, groups: LogGroups, datasets: Datasets, rules: PlanRules, report: ExportReport
    ) -> None:
        self._ports = ports
        self._groups = groups
        self._datasets = datasets
        self._rules = rules
        self.report = report
        self._came_in: dict[LogGroupName, int | None] = {}
        self._may_count = True
        self._asked: set[LogGroupName] = set()
        self.tried: set[tuple[object, int]] = set()
        self.reports: dict[str, RequestReport] = {}
        self.windows = NextWindows((), datasets, (), Known(ports.ledger.rows_between), rules, now_ms=EpochMs(0))

    @property
    def may_read(self) -> bool:
        """Whether windows may be read."""
        return self._rules.may_read

    def read_nothing(self, reason: str) -> None:
        """Has all windows go by task from the next `read` on, since CloudWatch refuses to be read."""
        self._rules = replace(self._rules, may_read=False)
        self.report.skip([], [f"{reason} Until then, windows are exported by tasks alone."])

    def read(self, requests: Sequence[Request]) -> None:
        """Derives what is next, and moves watermarks past what is done."""
        ledger, now_ms = self._ports.ledger, self._ports.clock.now_ms()
        groups, marks, pauses = self._all_groups(requests), ledger.load_all(WATERMARK), ledger.load_all(PAUSED)
        asks = any(request.kind is RequestKind.REQUESTED for request in requests)
        self._asked = {LogGroupName(name) for name in ledger.load_all(ASKED)} if asks else set()
        paused, unreadable = held(pauses), {**pauses.unreadable, **marks.unreadable}
        known = Known(
            ledger.rows_between,
            {LogGroupName(name): item.value for name, item in marks.items()},
            [row for row in ledger.in_states(WindowState.FAILED) if row.is_retried],
            paused,
            {LogGroupName(name): str(why) for name, why in unreadable.items()},
            self.tried,
            self._ports.tasks.incoming_events,
            self._incoming_bytes,
        )
        self.windows = NextWindows(groups, self._datasets, requests, known, self._rules, now_ms=now_ms)
        after = self._move(marks)
        self._note(requests, groups)
        wanted = [group.name for group in groups if self._datasets.find(group.name) and group.name not in paused]
        self.report.settled_age_s = settled_age_s([after[name] for name in wanted if name in after], now_ms)

    def _incoming_bytes(self, log_group: LogGroupName) -> int | None:
        """How many bytes a day came in for a log group, asked once in a run; None if CloudWatch does not say."""
        if log_group not in self._came_in and self._may_count:
            try:
                self._came_in[log_group] = self._ports.tasks.incoming_bytes(log_group, self._ports.clock.now_ms())
            except LoglakeError as error:  # it is only a guess, and no export waits for that
                self._may_count = False
                self._ports.telemetry.event("incoming bytes unknown", log_group=log_group, reason=str(error))
        return self._came_in.get(log_group)

    def _all_groups(self, requests: Sequence[Request]) -> list[LogGroup]:
        """All log groups; none if CloudWatch can't answer and nobody asks for any: what failed is still retried."""
        try:
            return self._groups.all()
        except TransientError as error:
            if requests:
                raise
            self._ports.telemetry.event("log groups unknown", reason=str(error))
            return []

    def finished(self, requests: Sequence[Request], *, reads: bool) -> list[Request]:
        """The complete requests. Scheduled ones all ask for the same, so one of them is kept.

        A window that the run `reads` may be left to the next one, and nothing but its request says that it is missing.
        """
        kept = set(self.windows.open_requests)
        if self.windows or reads:
            kept.update([request.key for request in requests if request.kind is RequestKind.SCHEDULED][-1:])
        return [request for request in requests if request.key not in kept]

    def begin(self, candidate: Candidate) -> None:
        """Moves a log group's watermark back before a window that a person asked for; one without any is noted."""
        if candidate.request:
            none = Watermark.at(EPOCH)
            mark = change(
                self._ports.ledger,
                WATERMARK,
                candidate.log_group,
                none,
                lambda mark: mark.back_to(candidate.back_to_ms),
            )
            if mark is none and candidate.log_group not in self._asked:
                self._ports.ledger.save(StateItem(ASKED, candidate.log_group, self._ports.clock.now_ms()), 0)
                self._asked.add(candidate.log_group)

    def _move(self, before: StateOfKind[Watermark]) -> Mapping[LogGroupName, Watermark]:
        """Writes the watermarks that moved. Another run's stay: it has seen as much."""
        moved = self.windows.watermarks
        for name, watermark in moved.items():
            item = before.get(name)
            self._ports.ledger.save(StateItem(WATERMARK, name, watermark), item.version if item else 0)
        return {**{LogGroupName(name): item.value for name, item in before.items()}, **moved}

    def _note(self, requests: Sequence[Request], groups: Sequence[LogGroup]) -> None:
        told = self.windows.skipped
        nowhere = {pattern: f"{pattern}: no log group has this name" for pattern in _unmatched(requests, groups)}
        self.report.skip(
            [*(str(skip) for skip in told if skip.is_trouble), *nowhere.values()],
            [str(skip) for skip in told if not skip.is_trouble],
        )
        for request in requests:
            mine = [skip for skip in told if skip.is_about(request)]
            report = RequestReport(
                (
                    *(str(skip) for skip in mine if skip.is_trouble),
                    *(nowhere[pattern] for pattern in request.log_groups if pattern in nowhere),
                ),
                tuple(str(skip) for skip in mine if not skip.is_trouble),
            )
            self.reports[request.key] = self.reports.get(request.key, RequestReport()).and_also(report)


def _unmatched(requests: Sequence[Request], groups: Sequence[LogGroup]) -> list[str]:
    """Patterns of requests that match no log group, which is most often a typing error."""
    patterns = [pattern for request in requests for pattern in request.log_groups]
    named = {p: Request("", RequestKind.REQUESTED, (p,)) for p in patterns}
    return [pattern for pattern, request in named.items() if not any(request.matches(each.name) for each in groups)]
