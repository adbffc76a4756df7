"""Events as rows of their table, in the formats that were chosen for it."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from loglake.core.schema.dataset_checks import DEFINED
from loglake.core.schema.format_choice import AUTO, FLOOR, HEADER
from loglake.core.schema.schema import LOG_TIME
from loglake.kernels.arrow import Array, nulls, pc, to_mask
from loglake.kernels.formats.base import Parsed
from loglake.kernels.formats.registry import format_of
from loglake.kernels.formats.times.columns import log_times
from loglake.kernels.formats.times.zones import zone_of
from loglake.kernels.formats.together import ReadCounts, objects_too, parse_in_blocks, parser_of
from loglake.kernels.json.fit_rows import RAW_BASE64
from loglake.kernels.parquet.rows import EVENT_TIME, file_schema, plain_rows, rows_of
from loglake.kernels.readers.raw_objects import OriginEvents, Origins, ReadableStore, read_objects
from loglake.kernels.readers.sniff import PlainRules
from loglake.kernels.redact.redactor import Redactor
from loglake.kernels.sample import default_group
from loglake.kernels.transform import Transformation

if TYPE_CHECKING:
    from typing import Callable

    from loglake.core.schema.bundle import Bundle
    from loglake.core.schema.conversion import TablePlan
    from loglake.kernels.arrow import Strings
    from loglake.kernels.formats.base import Parse


class Decoded(NamedTuple):
    """Rows of `loglake.kernels.parquet.rows.row_schema`, and the values that did not fit."""

    rows: pa.RecordBatch
    rescued: Strings
    rescued_values: int


class Decoder:
    """Decodes the events of a bundle.

    Attributes:
        read: counts which format reads how many events.
        redactor: hides values in the events' texts, and counts them.

    Raises:
        ConfigError: the plan names no format.
    """

    def __init__(self, bundle: Bundle, plan: TablePlan) -> None:
        self.read = ReadCounts()
        self.redactor = Redactor(bundle.redact)
        self._bundle = bundle
        self._plan = plan
        self._zone = zone_of(bundle.timezone) if bundle.timezone else None
        self._parsers: dict[tuple[str, ...], Parse] = {}
        self._parser(())  # reports an unknown format before anything is read

    def decode(self, events: pa.RecordBatch, fields: tuple[str, ...]) -> Decoded:
        """One row for each event, in their order.

        Args:
            events: columns of `EVENTS`, and ``origin``.
            fields: the field names of a line, in order, if the object names them.
        """
        events = self.redactor.events(events)
        parser, counts = self._parser(self.redactor.names(fields)), Counter(self.read.counts)
        parsed, raw = parse_in_blocks(parser, events.column("raw")), events.column("raw")
        paths = [column.path for column in self._plan.schema.columns]
        hidden = self.redactor.without_columns(raw, dict(zip(paths, parsed.columns)))
        if hidden is not raw:
            events = events.set_column(events.schema.get_field_index("raw"), "raw", hidden)
            self.read.counts = counts  # the same events are read once more
            parsed = parse_in_blocks(parser, hidden)
        parsed = keep_invalid_utf8(parsed, events.column("exact"))
        rows = rows_of(
            events,
            parsed,
            log_time_of(parsed, events, self._zone, has_column=LOG_TIME in self._plan.schema.later),
            self._plan.schema,
        )
        return Decoded(rows, parsed.rescued, parsed.rescued_values)

    def _parser(self, fields: tuple[str, ...]) -> Parse:
        """A parser for the table's formats. Lines with fields have them in this order."""
        if fields not in self._parsers:
            order = fields or self._bundle.fields
            layouts = self._plan.schema.layouts
            names = [name for name in _formats(self._bundle, self._plan) if name != HEADER or layouts]
            made = [format_of(name, self._bundle.pattern, order, layouts) for name in names or [FLOOR]]
            parser = objects_too if self._bundle.format == AUTO else parser_of
            self._parsers[fields] = parser(made, self._plan.schema, self.read)
        return self._parsers[fields]


def log_time_of(parsed: Parsed, events: pa.RecordBatch, zone: tzinfo | None, *, has_column: bool = True) -> Array:
    """The events' own times.

    Args:
        parsed: the events, parsed.
        events: columns of `EVENTS`.
        zone: of times that name none; None if it is not known.
        has_column: whether the table has a column for them, as all but old ones have.
    """
    if parsed.time is None or not has_column:
        return nulls(events.num_rows, EVENT_TIME)
    return log_times(parsed.time, zone, events.column("event_time").cast(EVENT_TIME))


def _formats(bundle: Bundle, plan: TablePlan) -> Sequence[str]:
    """All of the table's formats; if the bundle names its own, only that one, as in its sample.

    What another dataset of the table defines is not for this one.
    """
    if bundle.format == AUTO:
        return [name for name in plan.formats if name not in DEFINED] or [FLOOR]
    if bundle.format in (*plan.formats, FLOOR):
        return [bundle.format]
    return [FLOOR if plan.format in DEFINED else plan.format]


def decoded_rows(
    bundle: Bundle,
    plan: TablePlan,
    store: ReadableStore,
    wanted: Callable[[OriginEvents, Origins], pa.RecordBatch],
    transform: Transformation | None = None,
) -> Iterator[pa.RecordBatch]:
    """The events of a bundle's objects as a table's rows, of `file_schema`, in the order of the objects.

    Fragments are skipped and duplicates stay; converting quarantines fragments and drops duplicates. Memory is bounded
    by the size of a batch.

    Args:
        bundle: the raw objects.
        plan: format and schema.
        store: holds the objects.
        wanted: selects events of a batch; the others are not decoded.
        transform: changes the rows before they are yielded.

    Raises:
        UnreadableObjectsError: raw objects are gone, or can't be read.
        TransformError: the transformation failed.
    """
    decoder, origins, schema = Decoder(bundle, plan), Origins(bundle.account), file_schema(plan.schema)
    for item in read_objects(bundle.objects, default_group(bundle), store, origins, PlainRules.of(bundle)):
        events = wanted(item, origins) if isinstance(item, OriginEvents) else None
        if events is None or not events.num_rows:
            continue
        rows = plain_rows(decoder.decode(events, item.fields).rows, schema, origins.known)  # type: ignore[union-attr]
        if transform is None:
            yield rows
        else:
            yield from transform(rows).rows.to_batches()


def keep_invalid_utf8(parsed: Parsed, exact: Array) -> Parsed:
    """Adds the bytes to what was rescued; each counts as one value.

    Args:
        parsed: the events, parsed.
        exact: binary; null if the event's text is exact already.
    """
    where = to_mask(exact.is_valid())
    if not where.any():
        return parsed
    texts = [
        _added(rescued.as_py(), data.as_py())
        for rescued, data in zip(parsed.rescued.filter(pa.array(where)), exact.filter(pa.array(where)), strict=True)
    ]
    rescued = pc.replace_with_mask(parsed.rescued, pa.array(where), pa.array(texts, pa.string()))
    return replace(parsed, rescued=rescued, rescued_values=parsed.rescued_values + len(texts))


def _added(rescued: str | None, data: bytes) -> str:
    """A JSON object, which is not parsed, with one more member."""
    member = f'"{RAW_BASE64}": "{base64.b64encode(data).decode("ascii")}"'
    return f"{rescued[:-1]}, {member}}}" if rescued and rescued != "{}" else f"{{{member}}}"
