"""Plans one day of one log group: export what is missing, or export the day once more as one window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from loglake.core.cloud_types import LogGroup
from loglake.core.ledger.row import TERMINAL, LedgerRow, Queue, WindowState
from loglake.core.planning.coverage import CoveringWindow
from loglake.core.planning.passes import CameIn, Pass, begins_too_early, final_after, needs_final, pass_at, pass_of
from loglake.core.planning.replacing import why_rows_stay
from loglake.core.schema.datasets import Dataset
from loglake.core.windows import Window


@dataclass(frozen=True)
class Piece:
    """A window that is to be exported.

    Attributes:
        opened: the row that is reopened for it; None if it gets a new row.
        inside: PLANNED rows that it replaces at once.
        request: the key of the request that asks for it; empty if a schedule does.
    """

    queue: Queue
    window: Window
    opened: LedgerRow | None = None
    inside: tuple[LedgerRow, ...] = ()
    request: str = ""


@dataclass(frozen=True)
class DayPlan:
    """What is to be done about a day.

    Attributes:
        settled: nothing is left to do but the final pass, see `watermark.Watermark`.
        final: nothing is left to do at all.
        to_query: stretches for which another planning is to query CloudWatch.
        lost: what was never exported and can't be exported any more.
    """

    pieces: tuple[Piece, ...]
    settled: bool
    final: bool
    to_query: int = 0
    lost: tuple[Window, ...] = ()


class _Kind(Enum):
    """What can be done about a part of a day."""

    OPEN = "it was never exported, and any window may hold it"
    EARLY = "it was never exported, and only a window that ends after it may hold it"
    LOST = "it was never exported, and no window may hold it"
    RESTS = "it is planned, and an export of it was tried; a pass may take its place"
    BUSY = "it is being exported or converted"
    DONE = "it was exported, and may be again"
    STAYS = "it must not be exported again"


@dataclass(frozen=True)
class _Part:
    """A window of the ledger, or (without a holder) one that the ledger lacks."""

    window: Window
    kind: _Kind
    covering: CoveringWindow | None = None

    @property
    def rows(self) -> tuple[LedgerRow, ...]:
        return (self.covering.row, *self.covering.inside) if self.covering else ()


_ALONE = frozenset({_Kind.STAYS, _Kind.LOST})


class DayPlanner:
    """Plans days of one log group at one time."""

    def __init__(self, group: LogGroup, dataset: Dataset, now_ms: int, settle_after_ms: int, came_in: CameIn) -> None:
        self._group = group
        self._final_pass = dataset.final_pass
        self._now_ms = now_ms
        self._settle_after_ms = settle_after_ms
        self._final_after_ms = final_after(group.retention_days, settle_after_ms)
        self._came_in = came_in

    def plan(self, coverage: Iterable[CoveringWindow], missing: Iterable[Window]) -> DayPlan:
        """Plans a day.

        If a pass is due, each stretch of neighbours that can be exported again becomes one window, together with its
        missing parts. A stretch that is one window is exported again as it is. If no pass is due, windows that wait for
        their first export are joined with missing time beside them. So windows widen, up to a day, while the export
        slot can't keep up. Missing time before the log group's creation, which CreateExportTask refuses by itself, is
        joined with the window after it, even if that was exported.

        Args:
            coverage: the windows that end in the day, see `coverage_of`.
            missing: windows of that day that a schedule asks for and that the ledger lacks; and those that end before
                the creation, and at the start of a holder.
        """
        parts = [_Part(covering.window, self._kind(covering), covering) for covering in coverage]
        parts += [_Part(window, self._kind_of_missing(window, parts)) for window in missing]
        parts.sort(key=lambda part: part.window)
        pieces: list[Piece] = []
        settled = final = True
        to_query = 0
        for stretch in self._stretches(parts):
            piece, is_final = self._pass(stretch)
            to_query += is_final is None
            if not is_final:
                settled = settled and piece is None and all(self._has(part, Pass.SETTLED) for part in stretch)
                final = final and piece is None and all(self._has(part, Pass.FINAL) for part in stretch)
            pieces += [piece] if piece else self._joined(stretch)
        lost = tuple(part.window for part in parts if part.kind is _Kind.LOST)
        return DayPlan(tuple(pieces), settled, final and settled, to_query, lost)

    def _kind(self, covering: CoveringWindow) -> _Kind:
        row = covering.row
        if row.landed:
            return _Kind.STAYS
        if any(each.unreadable for each in (row, *covering.inside)):
            return _Kind.BUSY  # as far as anything is known
        if row.state is WindowState.PLANNED:
            if row.generation > 1 or any(inner.state is not WindowState.PLANNED for inner in covering.inside):
                return _Kind.BUSY
            return _Kind.RESTS if row.trying.tries or row.trying.empty_retry else _Kind.OPEN
        if row.state not in TERMINAL:
            return _Kind.BUSY
        gone = row.state is WindowState.CONVERTED and row.window.to_ms <= self._group.created_ms
        return _Kind.STAYS if gone or why_rows_stay(row, self._group, self._now_ms, covering.inside) else _Kind.DONE

    def _kind_of_missing(self, window: Window, held: Iterable[_Part]) -> _Kind:
        if window.to_ms > self._group.created_ms:
            return _Kind.OPEN
        after = next(part for part in held if part.window.from_ms == window.to_ms)
        refused = after.kind is _Kind.DONE and after.window.to_ms <= self._group.created_ms
        return _Kind.LOST if refused or after.kind is _Kind.STAYS else _Kind.EARLY

    def _has(self, part: _Part, least: Pass) -> bool:
        """Whether nothing is left to plan for a part until a pass beyond `least`.

        That is so if it FAILED and no pass retries it: a person may, but planning does not.
        """
        if part.kind is _Kind.LOST:
            return True
        if part.covering is None or part.covering.row.state not in TERMINAL:
            return False
        if part.kind is _Kind.STAYS:
            return True
        row, own = part.covering.row, self._pass_of(part.covering.row)
        if row.state is WindowState.FAILED:
            return own is Pass.FINAL or row.window.to_ms <= self._group.created_ms
        return not part.covering.inside and own >= least

    def _pass_of(self, row: LedgerRow) -> Pass:
        return pass_of(row, self._settle_after_ms, self._final_after_ms)

    def _due(self, window: Window) -> Pass:
        return pass_at(self._now_ms, window, self._settle_after_ms, self._final_after_ms)

    def _stretches(self, parts: Sequence[_Part]) -> Iterator[list[_Part]]:
        """Groups of parts that touch; one that must not, or can't, be exported is alone. Needs one part at least."""
        stretch: list[_Part] = []
        for part in parts:
            if stretch and (not _touch(stretch[-1], part) or self._keeps_apart(stretch)):
                yield stretch
                stretch = []
            stretch.append(part)
        yield stretch

    def _keeps_apart(self, stretch: Sequence[_Part]) -> bool:
        """Whether joining a window with the time before the creation would keep it from later passes.

        It is joined all the same if that time FAILED: a window that never existed can be exported late.
        """
        if stretch[0].window.from_ms >= self._group.created_ms:
            return False
        window = Window(stretch[0].window.from_ms, stretch[-1].window.to_ms)
        if window.to_ms <= self._group.created_ms:
            return False
        failed = any(row.state is WindowState.FAILED for part in stretch for row in part.rows[:1])
        return not failed and begins_too_early(window, self._group.retention_days, self._final_after_ms)

    def _pass(self, stretch: Sequence[_Part]) -> tuple[Piece | None, bool | None]:
        """The window that a due pass gives a stretch, and whether the final pass can be skipped.

        None if a later planning has to query CloudWatch about that.
        """
        window = Window(stretch[0].window.from_ms, stretch[-1].window.to_ms)
        due = self._due(window)
        kinds = {part.kind for part in stretch}
        done = [part.rows[0] for part in stretch if part.kind is _Kind.DONE]
        if due is Pass.FRESH or not done or _Kind.BUSY in kinds or window.to_ms <= self._group.created_ms:
            return None, False
        least = min(self._pass_of(row) for row in done)
        if least >= due:
            return None, False
        final = least is Pass.SETTLED
        whole, inside = len(done) == len(stretch), _planned(stretch)
        needed = needs_final(done, self._final_pass, self._came_in) if final and whole else True
        if needed is None:
            return None, None
        if not needed:
            return None, not inside
        opened = done[0] if len(stretch) == 1 else None
        return Piece(Queue.FINAL if final else Queue.SETTLED, window, opened, inside), False

    def _joined(self, stretch: Sequence[_Part]) -> Iterator[Piece]:
        """The missing parts of a stretch, each joined with the windows beside it that wait for their first export.

        Missing time before the creation waits until the window after it may be exported again.
        """
        run: list[_Part] = []
        for part in [*stretch, None]:
            early = bool(run) and run[-1].kind is _Kind.EARLY
            if part is not None and (part.kind in {_Kind.OPEN, _Kind.EARLY} or (early and part.kind is _Kind.DONE)):
                run.append(part)
                continue
            if (len(run) > 1 or (run and run[0].covering is None)) and not early:
                yield self._piece(run)
            run = []

    def _piece(self, run: Sequence[_Part]) -> Piece:
        window, inside = Window(run[0].window.from_ms, run[-1].window.to_ms), _planned(run)
        if any(part.kind is _Kind.DONE for part in run):
            # As with a pass, rows may be lost.
            return Piece(Queue.SETTLED, window, None, inside)
        if any(row.queue is Queue.REQUESTED for row in inside):
            return Piece(Queue.REQUESTED, window, None, inside)
        return Piece(Queue.FRESH if self._due(window) is Pass.FRESH else Queue.CATCH_UP, window, None, inside)


def _touch(part: _Part, after: _Part) -> bool:
    """Whether one window may hold two neighbours: neither is one that must not, or can't, be exported."""
    return part.window.to_ms == after.window.from_ms and part.kind not in _ALONE and after.kind not in _ALONE


def _planned(parts: Iterable[_Part]) -> tuple[LedgerRow, ...]:
    return tuple(row for part in parts for row in part.rows if row.state is WindowState.PLANNED)
