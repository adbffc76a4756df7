"""Every error that loglake raises, in two branches: worth retrying, or not.

::

    LoglakeError
    ├── TransientError              the same call may succeed later
    │   ├── ThrottledError          the service said: slow down
    │   ├── ServiceError            5xx, time-out, broken connection
    │   │   └── NoSpaceError        a disk is full
    │   ├── ExportSlotBusyError     another export task is PENDING or RUNNING in this account and Region
    │   ├── CatalogRefusedError     Glue did not register some partitions
    │   ├── WindowBusyError         a window inside a wider one is under way, so the wider one can't replace it yet
    │   └── SchemaChangedError      a person retyped a column while files were written with its type before
    └── PermanentError              trying again changes nothing until a person does something
        ├── ConfigError             a setting, request or dataset file is wrong
        ├── AccessDeniedError       a role lacks a permission
        ├── NotFoundError           a bucket, key, log group or task is not there
        ├── UnreadableError         something that is there can't be read: no regular file, or a broken disk
        ├── UnreadableObjectsError  raw objects of a bundle can't be read
        ├── RawGoneError            windows can't be converted again: their raw objects are gone
        ├── ExportRefusedError      CloudWatch Logs will not export this window, whatever the run
        ├── AlreadyExistsError      a conditional write found the key taken
        ├── LedgerConflictError     another run changed a ledger row or a schema first
        ├── UnreadableItemError     a stored item (row, schema, note, manifest, kept file) is not what was written
        │   └── NewerItemError      a newer loglake wrote it
        ├── NewerLedgerError        a newer loglake wrote the ledger: this version does not touch it
        ├── LeaseLostError          another converter owns the window now
        ├── GenerationClosedError   a window's generation was given up, so nothing of it becomes a row any more
        ├── LandedInsideError       objects were landed for a window inside a wider one, which can't replace it
        ├── DamagedCommitError      a manifest names a file that is in neither staging nor the lake
        ├── DamagedCompactionError  a compaction names a file that is in neither staging nor the lake
        ├── CompactionOvertakenError  another run decided about a partition's compacted files first
        ├── UnmergeableError        files of a partition can't become one
        ├── TransformError          a dataset's own transformation failed, or breaks a rule
        ├── DamagedListError        the list of a window's raw objects is not the one that the ledger has noted
        ├── FewerEventsError        an export has fewer events than the windows that it replaces
        ├── PlaceTakenError         a wider landed window has the rows of this one already
        ├── LostEventsError         a landed object has fewer events than when it was scanned
        └── UnbalancedError         events in are not events out: a bug, never a shrug

A message says what to do next.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence


class LoglakeError(Exception):
    """The root of all errors that loglake raises."""


class TransientError(LoglakeError):
    """The same call may succeed later."""


class PermanentError(LoglakeError):
    """Trying again changes nothing until a person does something."""


class ThrottledError(TransientError):
    """The service asked to slow down."""


class ServiceError(TransientError):
    """A 5xx answer, a time-out or a broken connection."""


class NoSpaceError(ServiceError):
    """A disk is full.

    Attributes:
        mount: where that disk is mounted.
    """

    def __init__(self, message: str, mount: str = "") -> None:
        super().__init__(message)
        self.mount = mount


class ExportSlotBusyError(TransientError):
    """CreateExportTask said LimitExceededException: one active task per account and Region."""


class CatalogRefusedError(TransientError):
    """Glue did not register some partitions of a table; their note stays, and the next run tries again."""


class WindowBusyError(TransientError):
    """A window inside a wider one was reopened: the wider one is committed once that has come to rest."""


class SchemaChangedError(TransientError):
    """A person gave columns another type while files were written with the old types: they are written again.

    Attributes:
        table: of the columns.
        columns: their names.
    """

    def __init__(self, table: str, columns: Sequence[str]) -> None:
        names = ", ".join(columns)
        super().__init__(f"{names} of {table} got another type while it was converted; the next run does it again")
        self.table = table
        self.columns = tuple(columns)


class ConfigError(PermanentError):
    """A setting, request or dataset file is wrong; the message names the field and what it takes."""


class AccessDeniedError(PermanentError):
    """A role lacks a permission.

    Attributes:
        action: the refused API action, such as ``s3:GetObject``; empty if AWS does not say.
    """

    def __init__(self, message: str, action: str = "") -> None:
        super().__init__(message)
        self.action = action


class NotFoundError(PermanentError):
    """Something that a call names does not exist.

    Attributes:
        resource: what was looked for, such as ``s3://bucket/key`` or a log group's name.
    """

    def __init__(self, message: str, resource: str = "") -> None:
        super().__init__(message)
        self.resource = resource


class UnreadableError(PermanentError):
    """Something that is there can't be read: it is not a regular file, or its disk is broken."""


class UnreadableObjectsError(PermanentError):
    """Raw objects of a bundle can't be read; the others of the bundle may be converted without them.

    Attributes:
        objects: why, by their keys; each reason names its object.
    """

    def __init__(self, objects: Mapping[str, str]) -> None:
        first, *more = objects.values()
        others = f" {len(more):,} more objects can't be read either." if more else ""
        super().__init__(f"{first.rstrip('.')}.{others}")
        self.objects = dict(objects)


class RawGoneError(PermanentError):
    """Windows can't be converted again, because their raw objects, or the lists of those, are gone."""


class ExportRefusedError(PermanentError):
    """CreateExportTask refused a window for its own sake, such as a range that ends before its group was created."""


class AlreadyExistsError(PermanentError):
    """A conditional write (``If-None-Match: *``) found the key taken."""

    def __init__(self, resource: str) -> None:
        super().__init__(f"{resource} exists already")
        self.resource = resource


class LedgerConflictError(PermanentError):
    """Another run changed the ledger row or published the schema version first: read again, then decide."""


class UnreadableItemError(PermanentError):
    """A stored item can't be read: it is damaged, or another version of loglake wrote it.

    What depends on it is left as it is and reported, until the item is restored.

    Attributes:
        key: of the object in its bucket, or of the item in the ledger's table: ``<pk> <sk>``.
        reason: in words, a part of a sentence.
    """

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(
            f"{key} can't be read: {reason.rstrip('.')}. Put it back as it was: what depends on it waits until then."
        )
        self.key = key
        self.reason = reason


class NewerItemError(UnreadableItemError):
    """A newer version of loglake wrote a stored item."""


class NewerLedgerError(PermanentError):
    """A newer version of loglake wrote the ledger: this version neither reads nor writes it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The ledger is of another version: {reason}. Nothing was done.")


class LeaseLostError(PermanentError):
    """This converter's lease on a window ran out and another converter took it: stop working on it."""


class GenerationClosedError(PermanentError):
    """A converter gave up a window's generation and said why; its files never become rows."""


class LandedInsideError(PermanentError):
    """Objects were landed for a window inside a wider one that was exported: its rows would be lost by replacing it."""


class PlaceTakenError(PermanentError):
    """A wider landed window has a window's rows already, so the window must not be committed beside it."""


class DamagedCommitError(PermanentError):
    """A commit manifest names a file that is in neither staging nor the lake.

    Attributes:
        manifest_key: the manifest's key in the lake bucket.
        missing_key: the final key that can't be made.
    """

    def __init__(self, manifest_key: str, missing_key: str) -> None:
        super().__init__(
            f"{manifest_key} names {missing_key}, which is neither staged nor in the lake. "
            "`loglake rerun` converts the window again from its raw objects."
        )
        self.manifest_key = manifest_key
        self.missing_key = missing_key


class DamagedCompactionError(PermanentError):
    """A decision about compacted files names one that is in neither staging nor the lake.

    Attributes:
        decision_key: the decision's key in the lake bucket.
        missing_key: the final key that can't be made.
    """

    def __init__(self, decision_key: str, missing_key: str) -> None:
        super().__init__(
            f"{decision_key} names {missing_key}, which is neither staged nor in the lake: somebody removed it. Put it "
            "back, such as the version of it that the bucket still has."
        )
        self.decision_key = decision_key
        self.missing_key = missing_key


class CompactionOvertakenError(PermanentError):
    """Another run decided about the compacted files of a partition first: read again, then decide."""


class UnmergeableError(PermanentError):
    """Files of a partition can't become one: one is damaged, or has another type of a column. They stay as they are."""


class TransformError(PermanentError):
    """A dataset's own transformation raised an error, can't be imported, or returned what breaks a rule.

    Attributes:
        name: ``package.module:function``.
    """

    def __init__(self, name: str, problem: str, traceback: str = "") -> None:
        said = f"the transformation {name} {problem}. None of its rows was written: correct it, and convert again."
        super().__init__(f"{said}\n{traceback}" if traceback else said)
        self.name = name


class DamagedListError(PermanentError):
    """The list of a window's raw objects in the control bucket is not the one that the ledger has noted.

    Attributes:
        key: of the list.
        noted, found: what it should have, and has, in words.
    """

    def __init__(self, key: str, noted: str, found: str) -> None:
        super().__init__(
            f"{key} lists {found}, and the ledger has noted {noted}: somebody changed it. Put it back as it was, or "
            "run `loglake rerun`, which exports the window again if it must."
        )
        self.key = key
        self.noted = noted
        self.found = found


class LostEventsError(PermanentError):
    """A landed object has fewer events of a window than when it was scanned: that must not remove rows.

    Attributes:
        key: of the object.
        scanned, found: its events of the window, then and now.
    """

    def __init__(self, log_group: str, key: str, scanned: int, found: int) -> None:
        super().__init__(
            f"{key} had {scanned} events of its window when it was scanned, and has {found} now: the files that are "
            "there stay. Put the object back as it was, and run `loglake rerun`. If it is right as it is, run "
            f"`loglake accept '{log_group}'`."
        )
        self.key = key
        self.scanned = scanned
        self.found = found

    @staticmethod
    def counts_in(reason: str) -> tuple[int, int] | None:
        """The events then and now, if a window's reason is such an error's text."""
        return _numbers(r"had ([\d,]+) events of its window when it was scanned, and has ([\d,]+) now", reason)


class FewerEventsError(PermanentError):
    """A settled or final pass would remove rows: CloudWatch has fewer events for its time than the table.

    Attributes:
        before, found: events in the table, and in the export.
    """

    def __init__(self, log_group: str, before: int, found: int) -> None:
        super().__init__(
            f"the export has {found:,} events, and {before:,} of this time are in the table: its rows stay. CloudWatch "
            "Logs may have dropped some, for example while retention was lower. If fewer are right, take "
            f"them with `loglake accept '{log_group}'`."
        )
        self.before = before
        self.found = found

    @staticmethod
    def counts_in(reason: str) -> tuple[int, int] | None:
        """The events in the table and in the export, if a window's reason is such an error's text."""
        counts = _numbers(r"the export has ([\d,]+) events, and ([\d,]+) of this time are in the table", reason)
        return counts and (counts[1], counts[0])


def _numbers(pattern: str, text: str) -> tuple[int, int] | None:
    match = re.search(pattern, text)
    if match is None:
        return None
    first, second = (int(group.replace(",", "")) for group in match.groups())
    return first, second


class UnbalancedError(PermanentError):
    """The accounting of a window does not balance, so it must not be committed."""
