"""What one day of a log group needs: what is missing, or the day once more as one window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import TERMINAL, LedgerRow, Queue, WindowState
from loglake.core.planning.candidate import Candidate
from loglake.core.planning.coverage import CoveringWindow
from loglake.core.planning.passes import Pass, final_after, needs_final, pass_at, pass_of
from loglake.core.planning.replacing import why_rows_stay
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import Window, day_end


@dataclass(frozen=True)
class DayNeeds:
    """What a day needs.

    Attributes:
        settled: nothing is left to do but the final pass, see `watermark.Watermark`.
        final: nothing is left to do at all.
    """

    candidates: tuple[Candidate, ...]
    settled: bool
    final: bool


class _Kind(Enum):
    """What can be done about a part of a day."""

    OPEN = "it was never exported"
    BUSY = "it is being exported or converted"
    DONE = "it was exported, and may be again"
    STAYS = "it must not be exported again"


@dataclass(frozen=True)
class _Part:
    """A window of the ledger, or (OPEN) one that the ledger lacks."""

    window: Window
    kind: _Kind = _Kind.OPEN
    covering: CoveringWindow | None = None


class DayPlanner:
    """Finds what days of one log group need at one time."""

    def __init__(
        self,
        group: LogGroup,
        final_pass: str,
        now_ms: EpochMs,
        settle_after_ms: int,
        needed: Mapping[Window, bool],
    ) -> None:
        """`final_pass`: of its dataset; `needed`: of final passes, whether CloudWatch received events since."""
        self._group = group
        self._final_pass = final_pass
        self._now_ms = now_ms
        self._settle_after_ms = settle_after_ms
        self._final_after_ms = final_after(group.retention_days, settle_after_ms)
        self._needed = needed

    def needs(self, coverage: Sequence[CoveringWindow], missing: Sequence[Window]) -> DayNeeds:
        """What a day needs.

        If a pass is due, each stretch of neighbours that can be exported again becomes one window, together with its
        missing parts. A stretch that is one window is exported again as it is. If no pass is due, what is missing is
        exported.

        Args:
            coverage: the windows that end in the day, see `coverage_of`.
            missing: windows of that day that a schedule asks for and that the ledger lacks.
        """
        days = [*missing, *(covering.window for covering in coverage)][:1]
        if days and self._due(days[0]) is Pass.FRESH:  # so most days, and there may be thousands of log groups
            stays = not missing and all(self._has(self._part(covering), Pass.FINAL) for covering in coverage)
            fresh = tuple(Candidate(self._group.name, window, Queue.FRESH) for window in missing)
            return DayNeeds(fresh, settled=stays, final=stays)
        parts = [*map(self._part, coverage), *map(_Part, missing)]
        candidates: list[Candidate] = []
        settled = final = True
        for stretch in self._stretches(sorted(parts, key=lambda part: part.window)):
            candidate, is_final = self._pass(stretch)
            if not is_final:
                at_most_final = candidate is None or candidate.queue is Queue.FINAL
                settled = settled and at_most_final and all(self._has(part, Pass.SETTLED) for part in stretch)
                final = final and candidate is None and all(self._has(part, Pass.FINAL) for part in stretch)
            if candidate:
                candidates.append(candidate)
                continue
            for part in stretch:
                if part.kind is _Kind.OPEN:
                    candidates.append(Candidate(self._group.name, part.window, Queue.CATCH_UP))
        return DayNeeds(tuple(candidates), settled, final and settled)

    def _part(self, covering: CoveringWindow) -> _Part:
        return _Part(covering.window, self._kind(covering), covering)

    def _kind(self, covering: CoveringWindow) -> _Kind:
        row = covering.row
        if row.landed:
            return _Kind.STAYS
        if row.state not in TERMINAL or any(inner.unreadable for inner in covering.inside):
            return _Kind.BUSY  # as far as anything is known
        return _Kind.STAYS if why_rows_stay(row, self._group, self._now_ms, covering.inside) else _Kind.DONE

    def _has(self, part: _Part, least: Pass) -> bool:
        """Whether nothing is left to do for a part until a pass beyond `least`.

        That is so if it FAILED and neither a pass nor the job itself retries it: a person may.
        """
        if part.covering is None or part.covering.row.state not in TERMINAL:
            return False
        row = part.covering.row
        own = Pass.FINAL if part.kind is _Kind.STAYS else self._pass_of(row)
        if row.state is WindowState.FAILED:
            return not row.is_retried and own is Pass.FINAL
        return part.kind is _Kind.STAYS or (not part.covering.inside and own >= least)

    def _pass_of(self, row: LedgerRow) -> Pass:
        return pass_of(row, self._settle_after_ms, self._final_after_ms)

    def _due(self, window: Window) -> Pass:
        return pass_at(self._now_ms, window, self._settle_after_ms, self._final_after_ms)

    def _stretches(self, parts: Sequence[_Part]) -> Iterator[list[_Part]]:
        """Groups of parts that touch; one that must not be exported is alone. Needs one part at least."""
        stretch: list[_Part] = []
        for part in parts:
            if stretch and not _joins(stretch[-1], part):
                yield stretch
                stretch = []
            stretch.append(part)
        yield stretch

    def _pass(self, stretch: Sequence[_Part]) -> tuple[Candidate | None, bool]:
        """The window that a due pass gives a stretch, and whether the final pass can be skipped."""
        window = Window(stretch[0].window.from_ms, stretch[-1].window.to_ms)
        due = self._due(window)
        done = tuple(part.covering.row for part in stretch if part.covering and part.kind is _Kind.DONE)
        if not done or any(part.kind is _Kind.BUSY for part in stretch):
            return None, False
        least = min(self._pass_of(row) for row in done)
        if least >= due:
            return None, False
        final, whole = least is Pass.SETTLED, len(done) == len(stretch)
        needed = self._needed.get(window, needs_final(done, self._final_pass)) if final and whole else True
        if needed is False:
            return None, True
        return Candidate(
            self._group.name,
            window,
            Queue.FINAL if final else Queue.SETTLED,
            again=done[0] if len(stretch) == 1 else None,
            asks=done if needed is None else (),
        ), False


def _joins(part: _Part, after: _Part) -> bool:
    """Whether one window may hold two neighbours.

    The time before the log group's creation stays apart: retention may drop it, and the rest could not have its later
    passes.
    """
    begins_earlier = part.window.from_ms < day_end(part.window) - MS_PER_DAY
    return part.window.to_ms == after.window.from_ms and not (begins_earlier or _Kind.STAYS in {part.kind, after.kind})
