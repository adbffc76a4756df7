"""What a bounded look at a bundle shows: which formats recognise its events, and which fields they have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

import pyarrow as pa

from glue_jobs.core.conversion import Bundle, RawObject, Sighting
from glue_jobs.core.schema import ColumnType, FieldPath, Observed, join_observations
from glue_jobs.kernels.arrow import Strings, to_mask
from glue_jobs.kernels.export_text import Fragment
from glue_jobs.kernels.formats.registry import FORMATS, format_of
from glue_jobs.kernels.raw_objects import BATCH_BYTES, is_data, read_object

if TYPE_CHECKING:
    from glue_jobs.core.ports import ObjectStore

PREFIX_BYTES = 4 * 1024 * 1024
"""Decompressed bytes of an object that are looked at; reading ends with the batch that reaches them."""

AUTO = "auto"
FLOOR = "text"
OBJECTS = ("json", "emf", "waf", "cloudtrail", "route53_resolver", "eks_audit")
"""The formats whose events are JSON objects; a log group may mix them."""


def sample_bundle(bundle: Bundle, raw: ObjectStore) -> Sighting:
    """Looks at all of a small object, at the start of a large one.

    Each event counts for the most particular format that recognises it; where the bundle names its format, events are
    either that or text. Lambda's format also reads JSON objects, so its fields are there, with theirs, wherever JSON
    is seen: either may be the table's format. Types that the bundle fixes override those that are seen. What is
    damaged is passed over here; converting finds it again.

    Memory is bounded by the size of a batch.
    """
    formats: Counter[str] = Counter()
    fields: dict[str, dict[FieldPath, Observed]] = {}
    for texts in _texts(bundle, raw):
        for name, events in _recognised(texts, bundle.format):
            formats[name] += len(events)
            fields[name] = join_observations([fields.get(name, {}), format_of(name).observe(events)])
    if bundle.format == AUTO:
        _share_objects(fields)
    hinted = {name: _hinted(seen, bundle) for name, seen in fields.items() if name != FLOOR}
    return Sighting(bundle.table, dict(formats), hinted)


def _share_objects(fields: dict[str, dict[FieldPath, Observed]]) -> None:
    """Gives each format that reads JSON objects the fields of all of them: any of these may be the table's format."""
    seen = [name for name in OBJECTS if name in fields]
    if seen:
        objects = join_observations([fields[name] for name in seen])
        for name in [*seen, "lambda"]:
            fields[name] = join_observations([fields.get(name, {}), objects])


def _texts(bundle: Bundle, raw: ObjectStore) -> Iterator[Strings]:
    """The sampled texts of all objects, in batches of a steady size."""
    waiting: list[Strings] = []
    size = 0
    for batch in chain.from_iterable(_prefix(each, raw) for each in bundle.objects if is_data(each)):
        waiting.append(batch.column("raw"))
        size += batch.nbytes
        if size >= BATCH_BYTES:
            yield pa.concat_arrays(waiting)
            waiting, size = [], 0
    if waiting:
        yield pa.concat_arrays(waiting)


def _prefix(each: RawObject, store: ObjectStore) -> Iterator[pa.RecordBatch]:
    size = 0
    for item in read_object(each, store):
        size += len(item.data) if isinstance(item, Fragment) else item.nbytes
        if not isinstance(item, Fragment):
            yield item
        if size >= PREFIX_BYTES:
            return


def _recognised(texts: Strings, format_name: str) -> Iterator[tuple[str, Strings]]:
    """The events of each format that has any."""
    names = list(FORMATS) if format_name == AUTO else [format_of(format_name).id, FLOOR]
    for name in names:
        mask = to_mask(FORMATS[name].matches(texts))
        if mask.any():
            yield name, texts.filter(pa.array(mask))
        texts = texts.filter(pa.array(~mask))


def _hinted(seen: Mapping[FieldPath, Observed], bundle: Bundle) -> dict[FieldPath, Observed]:
    """What was seen, with the types that people fixed; a field that they fixed is there even if it was not seen."""
    unseen = Observed(ColumnType.STRING)
    hints = {
        path: Observed(kind, json=kind is ColumnType.STRING and seen.get(path, unseen).json)
        for path, kind in bundle.types.items()
    }
    return {**seen, **hints}
