"""The ends of a run's batches: decided together, copied, replacing what they replace, and counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Callable, NamedTuple

from loglake.core.ledger.manifest import Manifest, shared_with_others
from loglake.core.ledger.row import LedgerRow
from loglake.core.ports.ledger import SchemaRegistry
from loglake.core.schema.contract import Contract
from loglake.core.schema.conversion import BundleResult
from loglake.core.schema.schema import TableSchema, retyped
from loglake.errors import (
    LeaseLostError,
    LoglakeError,
    NotFoundError,
    PermanentError,
    ServiceError,
    ThrottledError,
    TransientError,
    UnreadableItemError,
    WindowBusyError,
)
from loglake.pipelines.commit.replacement import Inside
from loglake.pipelines.convert.window_ends import T, WindowEnds
from loglake.pipelines.landing.day_settling import gives_back
from loglake.pipelines.side_by_side import for_each


class End(NamedTuple):
    """A window that is decided, and what it was converted from."""

    row: LedgerRow
    manifest: Manifest
    parts: Sequence[BundleResult | Manifest]


class Done(NamedTuple):
    """A window that is converted, and what its table was read and written with."""

    row: LedgerRow
    results: list[BundleResult]
    schema: TableSchema
    contract: Contract


class BatchEnds(WindowEnds):
    """Commits what is converted; from any thread."""

    _schemas: SchemaRegistry
    _open_ends: list[End]

    def commit(self, done: Sequence[Done]) -> None:
        """Decides about the windows of a batch; one that must not be committed leaves it."""
        parts = for_each(lambda each: self.attempt(each.row, partial(self._prepared, each)), done)
        ends = [End(each.row, part, each.results) for each, part in zip(done, parts, strict=True) if part]
        self._committer.discard(some for each, part in zip(done, parts) if not part for some in each.results)
        ends = self._sharing_whole(ends)
        if not ends:
            return
        rows = [each.row for each in ends]
        # Those without events know no columns.
        schema = max((each.schema for each in done), key=lambda schema: schema.version)
        decide = partial(self._committer.decide, rows, [each.manifest for each in ends], schema)
        if batch := self.attempt_all(rows, decide):
            decided = [(each, batch.part(each.row.name)) for each in ends]
            for each in (each for each, part in decided if part is None):
                self.attempt(each.row, partial(self._leases.give_back, each.row))
            self.roll_forward([each._replace(manifest=part) for each, part in decided if part])

    def _sharing_whole(self, ends: list[End]) -> list[End]:
        """The windows that share no file with one that must not be committed. The others are converted again."""
        staying, leaving = ends, []
        while broken := shared_with_others(each.manifest for each in staying):
            leaving += [each for each in staying if broken.intersection(f.within for f in each.manifest.files)]
            staying = [each for each in staying if not broken.intersection(f.within for f in each.manifest.files)]
        self._committer.discard(each.manifest for each in leaving)
        given_back = (self.attempt(each.row, partial(self._leases.give_back, each.row)) for each in leaving)
        self._claims.enqueue(row for row in given_back if row)
        return staying

    def roll_forward(self, ends: list[End]) -> int:
        """Copies the files of windows and removes those that they replace; returns how many windows can end."""
        copied = for_each(lambda each: self.attempt(each.row, partial(self._copied, each)), ends)
        ready = [(each, inside) for each, inside in zip(ends, copied, strict=True) if inside is not None]

        def replace_all(some: Sequence[tuple[End, Inside]]) -> None:
            with _decided():
                self._committer.replace([(each.manifest, inside) for each, inside in some])
            self._open_ends.extend(each for each, _ in some)

        self._together(replace_all, ready, lambda each: each[0].row)
        return len(ready)

    def _copied(self, end: End) -> Inside | None:
        try:
            with _decided():
                return self._committer.copy(end.row, end.manifest)
        except WindowBusyError:
            if not self.gives_back(end.row):
                raise
        return None

    def end_all(self) -> None:
        """Ends all windows whose files are in their places."""
        ends, self._open_ends = self._open_ends, []
        self._together(self._end, ends, lambda each: each.row)

    def _together(
        self,
        step: Callable[[Sequence[T]], None],
        items: Sequence[T],
        row_of: Callable[[T], LedgerRow],
        *,
        again: bool = False,
    ) -> None:
        """Does a step for many windows at once. If it fails, halves show for which, and what that means.

        One by one, each window would have what they all share written again. So if a store fails, the same is tried
        again, and if it fails then, the next run goes on.
        """
        try:
            if items:
                step(items)
        except (ThrottledError, ServiceError) as error:
            if again:
                self.faults.append(error)
            else:
                self._together(step, items, row_of, again=True)
        except LoglakeError:
            middle = len(items) // 2
            if not middle:
                self.attempt(row_of(items[0]), partial(step, items))
                return
            for half in (items[:middle], items[middle:]):
                self._together(step, half, row_of)

    def _end(self, ends: Sequence[End]) -> None:
        with _decided():
            ended = {row.name for row in self._committer.end([(each.row, each.manifest) for each in ends])}
        for each in ends:
            if each.row.name in ended:
                self.converted(each.row, each.parts)
            else:
                self.lost(each.row)

    def _prepared(self, done: Done) -> Manifest | None:
        """What is to be decided about a window; None if it was given back because a window inside it has more objects.

        A person may have changed a column's type meanwhile: then old and new files can't be read together.
        """
        row, schema = done.row, done.schema
        changed = retyped(schema, self._schemas.latest(row.table)) if schema.columns else []
        if changed:
            raise TransientError(
                f"{', '.join(changed)} of {row.table} got another type while it was converted; "
                "the next run does it again"
            )
        try:
            unmatched = self.unmatched(done.results, schema, done.contract)
            return self._committer.prepare(row, done.results, schema, unmatched)
        except WindowBusyError:
            if not self.gives_back(row):
                raise
        return None

    def gives_back(self, row: LedgerRow) -> bool:
        """Whether a window was given back because one of its hours has more objects (`day_settling`)."""
        return gives_back(row, self._ports, self._leases, self._claims)


@contextmanager
def _decided() -> Iterator[None]:
    """What stops a decided window, such as a missing permission, stops this run alone, and the next one goes on.

    As FAILED, its rows could be in the table beside those that they replace. It is if a file of it is gone.
    """
    try:
        yield
    except (LeaseLostError, UnreadableItemError, NotFoundError):
        raise
    except PermanentError as error:
        raise TransientError(str(error)) from error
