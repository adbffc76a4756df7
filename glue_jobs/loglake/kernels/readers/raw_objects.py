"""The events of many raw objects as batches of a steady size, however large or small the objects are.

Batches out: the columns of `EVENTS`, and ``origin`` int32, the number of the events' origin. Order: object by object,
and inside an object as it has them. The batches depend on the objects' bytes alone. Peak memory: as the readers', plus
`BATCH_BYTES` of text.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count, groupby
from typing import Any, Callable, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from loglake.core.keys import LANDING, WRITE_TEST, landed_account, landed_group
from loglake.core.plain_notes import PlainNotes
from loglake.core.schema.bundle import RawObject
from loglake.errors import PermanentError, UnreadableObjectsError
from loglake.kernels.blocks import TruncatedInputError
from loglake.kernels.readers.events import Events, Fragment, Origin
from loglake.kernels.readers.sniff import NO_RULES, Plain, PlainRules, read_as_plain, read_sniffed, why_no_log
from loglake.kernels.readers.unpacking.sound_members import Corrupt, CorruptMember, CorruptMemberError, Stretches
from loglake.kernels.readers.unpacking.unpack import unpack, unpack_members

READ_BYTES = 256 * 1024
"""How much is asked of the object store at a time."""

BATCH_BYTES = 8 * 1024 * 1024
"""Text of a batch: enough to make Arrow's functions worth their call."""


class ReadableStore(Protocol):
    """The part of `loglake.core.ports.objects.ObjectStore` that reading needs."""

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        """An object's content in chunks of at most `chunk_bytes`."""


@dataclass(frozen=True)
class UndecodedStretch:
    """A fragment, and the raw object that it is in.

    Attributes:
        values: of an event that breaks its table's contract: the start of JSON texts by field.
    """

    source: str
    fragment: Fragment
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OriginEvents:
    """A batch of events, with ``origin``; all lines have the same fields (see `Origin.fields`)."""

    batch: pa.RecordBatch
    fields: tuple[str, ...]


def is_data(raw: RawObject) -> bool:
    """Whether an object holds events. The object that CreateExportTask writes to test its permission holds none."""
    return raw.key.startswith(LANDING) or raw.key.rsplit("/", 1)[-1] != WRITE_TEST


def read_object(
    raw: RawObject,
    log_group: str,
    store: ReadableStore,
    rules: PlainRules = NO_RULES,
    notes: PlainNotes | None = None,
    *,
    corrupt: Corrupt | None = None,
) -> Iterator[Events | Fragment]:
    """Events and fragments of one object of any kind.

    A gzip member that fails its check is a fragment without its bytes. What follows it is read like an object of its
    own, so its lines count from 1 again.

    Args:
        raw: the object. Only an object with `changed_ms` may be a plain log file.
        log_group: the events' log group if neither the object nor its key (see `landed_group`) names one.
        store: holds the object.
        rules: how plain files are read.
        notes: collects what a person should know about how a plain file was read.
        corrupt: members that are known to fail their checks; None: what they decode to is read all the same.

    Raises:
        CorruptMemberError: a member fails that is not known to.
    """
    opened = partial(unpack_members, partial(store.read, raw.key, READ_BYTES), corrupt)
    origin = Origin(raw.key, landed_group(raw.key) or log_group, raw.log_stream, account=landed_account(raw.key))
    stretches, notes = Stretches(opened()), notes or PlainNotes(raw.changed_ms)
    for number in count():
        plain = Plain(notes, partial(_stretch, opened, number), rules) if raw.changed_ms else None
        yield from read_sniffed(stretches.next(), origin, plain)
        if stretches.left_out is None:
            return
        if not stretches.is_cut:
            yield Fragment(1, 0, b"", stretches.left_out)


def _stretch(opened: Callable[[], Iterator[bytes | CorruptMember]], number: int) -> Iterator[bytes]:
    """One stretch of an object's bytes, without those before it."""
    stretches = Stretches(opened())
    for _ in range(number):
        with suppress(TruncatedInputError):
            deque(stretches.next(), maxlen=0)
    yield from stretches.next()


def why_no_object(raw: RawObject, store: ReadableStore) -> str:
    """As `why_no_log`; empty if the object can't be read."""
    try:
        return why_no_log(unpack(partial(store.read, raw.key, READ_BYTES)))
    except PermanentError:
        return ""


def read_plain_object(
    raw: RawObject, store: ReadableStore, rules: PlainRules, notes: PlainNotes
) -> Iterator[Events | Fragment]:
    """As `read_object`, but reads the object as a plain log file, whatever its lines look like."""
    opened = partial(unpack, partial(store.read, raw.key, READ_BYTES))
    return read_as_plain(opened(), Origin(raw.key, "", raw.log_stream), Plain(notes, opened, rules))


class Origins:
    """Numbers origins from 0, in the order in which they come.

    Args:
        account: of origins that say none.

    Attributes:
        notes: the notes about plain files, by their keys.
    """

    def __init__(self, account: str = "") -> None:
        self.notes: dict[str, PlainNotes] = {}
        self._account = account
        self.known: list[Origin] = []
        self._numbers: dict[Origin, int] = {}

    def number(self, origin: Origin) -> int:
        """The number of an origin. It gets one when it first comes, and keeps it."""
        if origin not in self._numbers:
            self._numbers[origin] = len(self.known)
            self.known.append(origin if origin.account else replace(origin, account=self._account))
        return self._numbers[origin]


class NamingStore:
    """A store with errors that name the unreadable object; implements `ReadableStore`."""

    def __init__(self, store: ReadableStore) -> None:
        self._store = store

    def read(self, key: str, chunk_bytes: int) -> Generator[bytes, None, None]:
        """As the store's own.

        Raises:
            UnreadableObjectsError: the object is gone, or can't be read for another reason that stays.
        """
        try:
            yield from self._store.read(key, chunk_bytes)
        except PermanentError as error:
            raise UnreadableObjectsError({key: str(error)}) from error


def read_objects(
    objects: Sequence[RawObject],
    log_group: str,
    store: ReadableStore,
    origins: Origins,
    rules: PlainRules = NO_RULES,
    *,
    corrupt: MutableMapping[str, Corrupt] | None = None,
) -> Iterator[OriginEvents | UndecodedStretch]:
    """Events and fragments of all objects, in their order; `origins` learns of each origin before its events come.

    Args:
        objects: what is read.
        log_group: the events' log group if nothing else names one.
        store: holds the objects.
        origins: gets the events' origins.
        rules: how plain files are read.
        corrupt: gzip members that are known to fail their checks, by the object's key; None: members are not left out.

    Raises:
        CorruptMemberError: a member fails that was not known to; it is now, so the caller begins again.
        UnreadableObjectsError: an object can't be read. The error also names the later objects that can't be opened,
            so a bundle is not read again for each of them.
    """
    naming = NamingStore(store)
    data = list(filter(is_data, objects))
    events = _events(data, log_group, naming, origins, rules, corrupt=corrupt)
    try:
        yield from events
    except UnreadableObjectsError as error:
        keys = [raw.key for raw in data]
        after = keys[keys.index(next(iter(error.objects))) + 1 :]
        raise UnreadableObjectsError({**error.objects, **_unreadable(after, naming)}) from error


def _unreadable(keys: Sequence[str], store: NamingStore) -> dict[str, str]:
    """The reason for each object that can't be opened, by key."""
    problems: dict[str, str] = {}
    for key in keys:
        try:
            with closing(store.read(key, READ_BYTES)) as chunks:
                next(chunks, b"")
        except UnreadableObjectsError as error:
            problems.update(error.objects)
    return problems


def _events(
    objects: Iterable[RawObject],
    log_group: str,
    store: ReadableStore,
    origins: Origins,
    rules: PlainRules,
    *,
    corrupt: MutableMapping[str, Corrupt] | None,
) -> Iterator[OriginEvents | UndecodedStretch]:
    waiting: list[Events] = []
    size = 0
    for raw in objects:
        notes = origins.notes.setdefault(raw.key, PlainNotes(raw.changed_ms)) if raw.changed_ms else None
        for item in _noting(raw, log_group, store, rules, notes=notes, corrupt=corrupt):
            if isinstance(item, Fragment):
                yield UndecodedStretch(raw.key, item)
                continue
            if item.batch.num_rows:
                waiting.append(item)
            size += item.batch.nbytes
            if size >= BATCH_BYTES:
                yield from _joined(waiting, origins)
                waiting, size = [], 0
    yield from _joined(waiting, origins)


def _noting(
    raw: RawObject,
    log_group: str,
    store: ReadableStore,
    rules: PlainRules,
    *,
    notes: PlainNotes | None,
    corrupt: MutableMapping[str, Corrupt] | None,
) -> Iterator[Events | Fragment]:
    """As `read_object`; `corrupt` learns of a member that fails its check."""
    known = None if corrupt is None else corrupt.get(raw.key, {})
    try:
        yield from read_object(raw, log_group, store, rules, notes, corrupt=known)
    except CorruptMemberError as error:
        if corrupt is not None:
            corrupt[raw.key] = {**(known or {}), error.number: error.problem}
        raise


def _joined(waiting: list[Events], origins: Origins) -> Iterator[OriginEvents]:
    """One batch for each stretch of the same fields."""
    for fields, stretch in groupby(waiting, lambda item: item.origin.fields):
        items = list(stretch)
        batch = pa.Table.from_batches([item.batch for item in items]).combine_chunks().to_batches()[0]
        numbers = np.array([origins.number(item.origin) for item in items], np.int32)
        yield OriginEvents(numbered(batch, np.repeat(numbers, [item.batch.num_rows for item in items])), fields)


def numbered(events: pa.RecordBatch, numbers: npt.NDArray[np.int32]) -> pa.RecordBatch:
    """Events with the number of each one's origin."""
    column: Any = pa.array(numbers)
    return events.append_column("origin", column)
