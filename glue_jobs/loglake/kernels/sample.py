"""A bounded sample of a bundle: which formats recognise its events, and which fields they have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain

import numpy as np
import pyarrow as pa

from loglake.core.schema.bundle import SAMPLE_BYTES, Bundle, RawObject
from loglake.core.schema.conversion import SchemaSample
from loglake.core.schema.format_choice import AUTO, FLOOR, HEADER
from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, join_types
from loglake.errors import UnreadableObjectsError
from loglake.kernels.arrow import Strings
from loglake.kernels.crowded import Keys, blocks
from loglake.kernels.formats.base import Format
from loglake.kernels.formats.colours import plain
from loglake.kernels.formats.learn.format import HeaderFormat
from loglake.kernels.formats.learn.learn import merge
from loglake.kernels.formats.learn.named import ordered_layout
from loglake.kernels.formats.registry import FORMATS, format_of
from loglake.kernels.formats.together import by_format
from loglake.kernels.readers.events import Events, Fragment
from loglake.kernels.readers.raw_objects import (
    BATCH_BYTES,
    NamingStore,
    ReadableStore,
    is_data,
    numbered,
    read_object,
)
from loglake.kernels.readers.sniff import PlainRules
from loglake.kernels.redact.redactor import Redactor
from loglake.kernels.selection import own_events

READ_BYTES = 16 * SAMPLE_BYTES
"""How many decompressed bytes of a landed object are read for the sample: most may belong to other log groups and
hours."""


def sample_bundle(bundle: Bundle, raw: ReadableStore) -> SchemaSample:
    """Samples a bundle's objects: all of a small object, about `Bundle.sample_bytes` of a large one.

    Each event counts for the most specific format that recognises it. If the bundle names its format, events are
    either of that format or text. Types that the bundle fixes override inferred types. Damaged and unreadable objects
    are skipped here; converting finds them again.

    Memory is bounded by the size of a batch.
    """
    redactor = Redactor(bundle.redact)
    formats: Counter[str] = Counter()
    fields: dict[str, dict[FieldPath, InferredType]] = {}
    layouts = _layouts(bundle)
    for texts, order in _texts(bundle, raw):
        hidden, names = redactor.texts(texts), redactor.names(order)
        for each, events in _recognised(hidden, bundle, names, layouts):
            layouts = each.layouts if isinstance(each, HeaderFormat) else layouts
            formats[each.id] += len(events)
            seen = map(each.infer_types, blocks(events, Keys.BARE))
            joined = join_types([fields.get(each.id, {}), *seen])
            fields[each.id] = {path: kind for path, kind in joined.items() if not redactor.hides(path)}
    hinted = {name: _hinted(seen, bundle) for name, seen in fields.items() if name != FLOOR}
    return SchemaSample(bundle.table, dict(formats), hinted, layouts)


def count_formats(texts: Strings) -> dict[str, int]:
    """How many events each format recognises, by its id; each event counts for the most specific one."""
    return {each.id: len(events) for each, events in by_format(plain(texts), list(FORMATS.values()))}


def default_group(bundle: Bundle) -> str:
    """The log group of events if neither the object nor its key says it; landed bundles have no such events."""
    return "" if bundle.landed else bundle.log_group


def _layouts(bundle: Bundle) -> tuple[str, ...]:
    """Those of the table, and that of the lines whose fields the dataset names."""
    named = [ordered_layout(bundle.fields)] if bundle.format == HEADER and bundle.fields else []
    return merge(bundle.layouts, named)


def _texts(bundle: Bundle, raw: ReadableStore) -> Iterator[tuple[Strings, tuple[str, ...]]]:
    """The sampled texts of all objects, in batches of a steady size, and which fields their lines have."""
    waiting: list[Strings] = []
    size, order = 0, bundle.fields
    for events in chain.from_iterable(_prefix(each, bundle, raw) for each in bundle.objects if is_data(each)):
        own = events.origin.fields or bundle.fields
        if waiting and (size >= BATCH_BYTES or own != order):
            yield pa.concat_arrays(waiting), order
            waiting, size = [], 0
        waiting.append(events.batch.column("raw"))
        size, order = size + events.batch.nbytes, own
    if waiting:
        yield pa.concat_arrays(waiting), order


def _prefix(each: RawObject, bundle: Bundle, store: ReadableStore) -> Iterator[Events]:
    size, read = 0, 0
    with suppress(UnreadableObjectsError):
        for item in read_object(each, default_group(bundle), NamingStore(store), PlainRules.of(bundle)):
            if isinstance(item, Fragment):
                size, read = size + len(item.data), read + len(item.data)
                continue
            batch = _start_of(_own(item, bundle) if bundle.landed else item.batch, bundle.sample_bytes)
            size, read = size + batch.nbytes, read + item.batch.nbytes
            if batch.num_rows:
                yield Events(item.origin, batch)
            if size >= bundle.sample_bytes or read >= READ_BYTES:
                return


def _start_of(batch: pa.RecordBatch, size_bytes: int) -> pa.RecordBatch:
    """The first events of a batch, about so many bytes."""
    return batch.slice(0, -(-batch.num_rows * size_bytes // max(batch.nbytes, size_bytes)))


def _own(events: Events, bundle: Bundle) -> pa.RecordBatch:
    return own_events(numbered(events.batch, np.zeros(events.batch.num_rows, np.int32)), bundle, [events.origin])


def _recognised(
    texts: Strings, bundle: Bundle, order: tuple[str, ...], layouts: tuple[str, ...]
) -> Iterator[tuple[Format, Strings]]:
    """The events of each format that has any; without the colours of terminals, if the format is not given."""
    names = list(FORMATS) if bundle.format == AUTO else [bundle.format, FLOOR]
    events = plain(texts) if bundle.format == AUTO else texts
    return by_format(events, [format_of(name, bundle.pattern, order, layouts) for name in names])


def _hinted(seen: Mapping[FieldPath, InferredType], bundle: Bundle) -> dict[FieldPath, InferredType]:
    """The seen fields with the fixed types; a fixed field is included even if it was not seen."""
    unseen = InferredType(ColumnType.STRING)
    hints = {
        path: InferredType(kind, json=kind is ColumnType.STRING and seen.get(path, unseen).json)
        for path, kind in bundle.types.items()
    }
    return {**seen, **hints}
