"""Every error that loglake raises, in two branches: worth retrying, or not.

An error has a class of its own if somebody catches it, or if its text is made of fields. Any other is a plain
`TransientError` or `PermanentError`. A message says what to do next.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


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


class StaleTokenError(TransientError):
    """FilterLogEvents does not take a page token any more: it expired. Reading goes on by time."""


class WindowBusyError(TransientError):
    """A window inside a wider one was reopened: the wider one is committed once that has come to rest."""


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


class ExportRefusedError(PermanentError):
    """CloudWatch refused a window for its own sake, such as an export of time before its group's creation."""


class AlreadyExistsError(PermanentError):
    """A conditional write (``If-None-Match: *``) found the key taken."""

    def __init__(self, resource: str) -> None:
        super().__init__(f"{resource} exists already")


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


class OtherVersionItemError(UnreadableItemError):
    """Another version of loglake wrote a stored item."""


class OtherVersionLedgerError(PermanentError):
    """Another version of loglake wrote the ledger: this version neither reads nor writes it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The ledger is of another version: {reason}. Nothing was done.")


class LeaseLostError(PermanentError):
    """This converter's lease on a window ran out and another converter took it: stop working on it."""


class CompactionOvertakenError(PermanentError):
    """Another run decided about the compacted files of a partition first: read again, then decide."""


class TransformError(PermanentError):
    """A dataset's own transformation raised an error, can't be imported, or returned what breaks a rule."""

    def __init__(self, name: str, problem: str, traceback: str = "") -> None:
        said = f"the transformation {name} {problem}. None of its rows was written: correct it, and convert again."
        super().__init__(f"{said}\n{traceback}" if traceback else said)


class DamagedListError(PermanentError):
    """The list of a window's raw objects in the control bucket is not the one that the ledger has noted.

    Attributes:
        noted, found: what it should have, and has, in words.
    """

    def __init__(self, key: str, noted: str, found: str) -> None:
        super().__init__(
            f"{key} lists {found}, and the ledger has noted {noted}: somebody changed it. Put it back as it was, or "
            "run `loglake rerun`, which exports the window again if it must."
        )
        self.noted = noted
        self.found = found


class LostEventsError(PermanentError):
    """A landed object has fewer events of a window than when it was scanned: that must not remove rows."""

    def __init__(self, log_group: str, key: str, scanned: int, found: int) -> None:
        super().__init__(
            f"{key} had {scanned} events of its window when it was scanned, and has {found} now: the files that are "
            "there stay. Put the object back as it was, and run `loglake rerun`. If it is right as it is, run "
            f"`loglake accept '{log_group}'`."
        )

    @staticmethod
    def counts_in(reason: str) -> tuple[int, int] | None:
        """The events then and now, if a window's reason is such an error's text."""
        return _numbers(r"had ([\d,]+) events of its window when it was scanned, and has ([\d,]+) now", reason)


class FewerEventsError(PermanentError):
    """A settled or final pass would remove rows: CloudWatch has fewer events for its time than the table."""

    def __init__(self, log_group: str, before: int, found: int) -> None:
        super().__init__(
            f"the export has {found:,} events, and {before:,} of this time are in the table: its rows stay. CloudWatch "
            "Logs may have dropped some, for example while retention was lower. If fewer are right, take "
            f"them with `loglake accept '{log_group}'`."
        )

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
