"""What the pipelines need of the world, as Protocols: fakes, moto-backed and real adapters all pass one suite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from typing_extensions import Protocol

    from glue_jobs.core.compaction import Merge, MergedFile, MergeFailure
    from glue_jobs.core.conversion import Bundle, BundleFailure, BundleResult, RawObject, Sighting, TablePlan
    from glue_jobs.core.landed_days import LandedDays
    from glue_jobs.core.landing import LandedObject, Survey, SurveyFailure
    from glue_jobs.core.ledger import LedgerRow, WindowState
    from glue_jobs.core.marks import Mark
    from glue_jobs.core.outcome import RunNote
    from glue_jobs.core.schema import TableSchema
    from glue_jobs.core.uncrawled import Missing, Uncrawled
    from glue_jobs.core.units import EpochMs, LogGroupName
    from glue_jobs.core.windows import Window
else:
    from typing import Protocol


class Clock(Protocol):
    """Time, injected: tests move it."""

    def now_ms(self) -> EpochMs:
        """Milliseconds since the epoch."""
        ...

    def sleep(self, seconds: float) -> None:
        """Waits."""
        ...


@dataclass(frozen=True)
class ObjectInfo:
    """A listed S3 object.

    Attributes:
        problem: why it can't be read, if the listing shows that already; a sentence that names it.
    """

    key: str
    size_bytes: int
    problem: str = ""


class ObjectStore(Protocol):
    """One S3 bucket. Every call may raise TransientError, AccessDeniedError or NotFoundError (no such bucket)."""

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        ...

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """All objects under a prefix, in the order of their keys (UTF-8)."""
        ...

    def get(self, key: str) -> bytes:
        """An object's content. Raises NotFoundError where there is none."""
        ...

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        """An object's content in chunks of at most `chunk_bytes`, never whole in memory."""
        ...

    def put(self, key: str, body: bytes) -> None:
        """Writes an object, replacing what is there."""
        ...

    def put_new(self, key: str, body: bytes) -> None:
        """Writes an object with ``If-None-Match: *``. Raises AlreadyExistsError where the key is taken."""
        ...

    def put_file(self, key: str, path: str) -> None:
        """Writes a local file's content as an object, never whole in memory."""
        ...

    def copy(self, source_key: str, key: str) -> None:
        """Copies inside the bucket where the target does not exist yet; where it does, changes nothing.

        Raises NotFoundError where the source is gone.
        """
        ...

    def exists(self, key: str) -> bool:
        """Whether there is an object at a key."""
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Deletes objects; one that is not there is no error."""
        ...


class Ledger(Protocol):
    """The rows of the ledger. Writes are conditional, reads by log group are consistent."""

    def add(self, row: LedgerRow) -> bool:
        """Adds a row; False where (log group, window) has one already, which then stays as it is."""
        ...

    def replace(self, row: LedgerRow) -> None:
        """Writes a row over its version before (``row.version - 1``).

        Raises LedgerConflictError where the stored version is another.
        """
        ...

    def rows(self, log_group: LogGroupName) -> list[LedgerRow]:
        """All rows of a log group, ordered by window."""
        ...

    def rows_inside(self, log_group: LogGroupName, window: Window) -> list[LedgerRow]:
        """The rows of a log group whose windows lie in a wider one, without that one itself, ordered by window."""
        ...

    def all_rows(self, table: str | None = None) -> list[LedgerRow]:
        """All rows of a table's windows, or of all, ordered by log group and window. Reads the whole ledger."""
        ...

    def current(self, row: LedgerRow) -> LedgerRow:
        """A row as it stands now. Raises NotFoundError where there is none of its log group and window."""
        ...

    def in_states(self, *states: WindowState) -> list[LedgerRow]:
        """All rows in any of these states, ordered by log group and window. CLOSED ones are not to be asked for.

        What was written moments ago may be missing or told as it was before.
        """
        ...


class SchemaRegistry(Protocol):
    """The schemas of all tables: what the writer obeys. Versions are kept."""

    def latest(self, table: str) -> TableSchema:
        """The newest version; version 0 without columns where the table has none yet."""
        ...

    def publish(self, schema: TableSchema) -> None:
        """Adds a version. Raises LedgerConflictError where that version exists: another writer was first."""
        ...


class SchemaHistory(SchemaRegistry, Protocol):
    """A registry that a person looks into."""

    def history(self, table: str) -> list[TableSchema]:
        """All versions of a table's schema, the oldest first; none where the table has none."""
        ...


class Pauses(Protocol):
    """Log groups that a person has paused: nothing of them is exported until they are resumed."""

    def paused(self) -> dict[LogGroupName, EpochMs]:
        """All paused log groups in the order of their names, each with the time since which it is. Consistent."""
        ...

    def pause(self, log_group: LogGroupName, now_ms: EpochMs) -> bool:
        """Pauses a log group; False where it was paused already, and stays so since then."""
        ...

    def resume(self, log_group: LogGroupName) -> bool:
        """Ends a pause; False where there was none."""
        ...


class RunNotes(Protocol):
    """How the last run of each job went. Reads are consistent."""

    def runs(self) -> dict[str, RunNote]:
        """The notes by job, in the order of the jobs' names."""
        ...

    def note_run(self, note: RunNote) -> None:
        """Writes a job's note over the one before, whose remarks it may keep (`RunNote.after`)."""
        ...


class PlanningNotes(Protocol):
    """What planning notes of log groups, beside their rows. Reads are consistent."""

    def rows_between(
        self, log_group: LogGroupName, since_ms: EpochMs, until_ms: EpochMs | None = None
    ) -> list[LedgerRow]:
        """A log group's rows whose windows begin at or after a time, and before another one, ordered by window."""
        ...

    def marks(self) -> dict[LogGroupName, Mark]:
        """How far each log group is planned, as far as anything was planned for it."""
        ...

    def move_mark(self, log_group: LogGroupName, before: Mark | None, after: Mark) -> bool:
        """Moves a mark; False where the stored one is not `before` (None: there is none), and then it stays."""
        ...

    def turns(self) -> dict[LogGroupName, EpochMs]:
        """When each log group last had the export slot."""
        ...

    def take_turn(self, log_group: LogGroupName, now_ms: EpochMs) -> None:
        """Notes that a log group has the export slot."""
        ...


class CrawlNotes(Protocol):
    """What waits for a crawl, one note per table. Reads are consistent."""

    def uncrawled(self) -> dict[str, Uncrawled]:
        """The notes by table, in the order of the tables' names; some may have nothing missing any more."""
        ...

    def note_uncrawled(self, note: Uncrawled) -> bool:
        """Writes a note over its version before (``note.version - 1``); False where the stored one is another."""
        ...


class Catalog(Protocol):
    """The Glue catalog that the crawler keeps. Every call may raise TransientError or AccessDeniedError."""

    def missing(self, table: str, asked: Missing) -> Missing:
        """Which of these a table of the catalog does not have: all of them where there is no such table."""
        ...

    def crawl_follows(self) -> bool:
        """Whether the crawl that comes after this run of the job will begin, as far as can be told.

        It does not where the crawler is at work or failed last time, where another run of the job is under way or ended
        without a crawl since, or outside of a workflow.
        """
        ...


class CompactionNotes(Protocol):
    """What compaction reads and notes beside rows. Reads are consistent."""

    def marks(self) -> dict[LogGroupName, Mark]:
        """How far each log group is planned, as far as anything was planned for it."""
        ...

    def looks(self) -> dict[str, EpochMs]:
        """When each table is to be looked at next."""
        ...

    def move_look(self, table: str, before: EpochMs | None, after: EpochMs) -> bool:
        """Sets when a table is looked at next; False where it was not `before` (None: never noted), and it stays."""
        ...


class ConvertLedger(Ledger, CompactionNotes, Protocol):
    """What converting needs of the ledger's table."""


class ExportLedger(Ledger, Pauses, PlanningNotes, Protocol):
    """What exporting needs of the ledger's table."""


class LandedObjects(Protocol):
    """What is known of the objects that were landed. Reads are consistent."""

    def landed_objects(self) -> Iterator[LandedObject]:
        """All of them, in the order of their keys (UTF-8), a page at a time."""
        ...

    def put_landed_object(self, known: LandedObject) -> None:
        """Writes what is known of an object, replacing what is there: whoever surveys it finds the same."""
        ...

    def landed_days(self) -> dict[LogGroupName, LandedDays]:
        """The days that have still to settle, by log group in the order of their names."""
        ...

    def landed_days_of(self, log_group: LogGroupName) -> LandedDays:
        """The days of one log group that have still to settle; version 0, without days, where none were noted yet."""
        ...

    def note_landed_days(self, note: LandedDays) -> bool:
        """Writes a note over its version before (``note.version - 1``); False where the stored one is another."""
        ...


@dataclass(frozen=True)
class LogGroup:
    """A log group as DescribeLogGroups tells it. `log_class` is STANDARD, INFREQUENT_ACCESS or DELIVERY.

    `stored_bytes` is None where nothing is told of it.
    """

    name: LogGroupName
    created_ms: EpochMs
    stored_bytes: int | None = None
    retention_days: int | None = None
    log_class: str = "STANDARD"


@dataclass(frozen=True)
class ExportTask:
    """An export task as DescribeExportTasks tells it.

    Attributes:
        message: why it failed, in AWS's words.
        created_ms: when it was created; 0 where that is not told.
    """

    task_id: str
    name: str
    status: str
    message: str = ""
    bucket: str = ""
    prefix: str = ""
    log_group: str = ""
    created_ms: int = 0


class ExportTasks(Protocol):
    """CloudWatch Logs, as far as exporting needs it."""

    def log_groups(self) -> Iterator[LogGroup]:
        """All log groups of the account and Region, in the order of their names."""
        ...

    def stream_names(self, log_group: LogGroupName) -> Iterator[str]:
        """The exact names of a group's streams."""
        ...

    def create(self, name: str, log_group: LogGroupName, window: Window, bucket: str, prefix: str) -> str:
        """Starts an export task and returns its id.

        Raises ExportSlotBusyError where another task is active, NotFoundError where the group is gone,
        ExportRefusedError where this window can't be exported, and other PermanentErrors that say what every window
        lacks.
        """
        ...

    def describe(self, task_id: str) -> ExportTask:
        """A task by its id. Raises NotFoundError where CloudWatch does not know it (any more)."""
        ...

    def find(self, name: str, bucket: str, prefix: str, since_ms: int = 0) -> ExportTask | None:
        """The newest task with a name that exports to a place, or None; one created before `since_ms` does not count.

        The place counts: another deployment in the same account gives the same names to its own tasks.
        """
        ...

    def active(self) -> ExportTask | None:
        """The task that has the one slot of the account and Region, whoever started it; None where it is free."""
        ...

    def incoming_events(self, log_group: LogGroupName, from_ms: int, to_ms: int) -> int | None:
        """How many events a log group took in within a half-open time (when they came, not their own time).

        None where CloudWatch has no number, or it can't be read: nothing is known then. Hours count as a whole.
        """
        ...


class ConvertStage(Protocol):
    """The distributed part of converting."""

    def survey(self, objects: Sequence[RawObject]) -> list[Survey | SurveyFailure]:
        """Looks at all of each landed object, and puts into quarantine what is no event: one answer each, in any order.

        Raises TransientError where another run may succeed.
        """
        ...

    def sample(self, bundles: Sequence[Bundle]) -> list[Sighting | BundleFailure]:
        """Looks at a bounded sample of each bundle: one sighting or failure per bundle, in any order."""
        ...

    def convert(
        self,
        work: Sequence[tuple[Bundle, TablePlan]],
        on_result: Callable[[BundleResult | BundleFailure], None],
    ) -> None:
        """Converts bundles into staged files, calling `on_result` in the caller's thread once per bundle.

        A bundle that can't be converted is a failure and stops no other. Raises TransientError, once all others are
        done, where one may be converted by another run.
        """
        ...

    def merge(self, work: Sequence[Merge]) -> list[list[MergedFile] | MergeFailure]:
        """Makes files of others, and stages them: one answer each, in order, with one result per output.

        Raises TransientError where another run may succeed.
        """
        ...
