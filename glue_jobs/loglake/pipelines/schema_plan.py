"""Decides a batch's types before a byte of it is written: sample, merge with the registry, publish."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Callable, TypeVar

from loglake.core.bisect import bisect
from loglake.core.ports.convert_stage import ConvertStage
from loglake.core.ports.ledger import SchemaRegistry
from loglake.core.schema.bundle import SAMPLE_BYTES, Bundle
from loglake.core.schema.conversion import BundleFailure, SchemaSample, TablePlan
from loglake.core.schema.format_choice import FLOOR, HEADER, choose_formats, fields_of
from loglake.core.schema.schema import FieldPath, InferredType, TableSchema, grow
from loglake.errors import LedgerConflictError, TransientError

SAMPLED_OBJECTS = 1000
"""About how many raw objects of a table are sampled at most: all of a small batch."""

SAMPLED_BYTES, LEAST_BYTES = 32 * 1024 * 1024, 1024 * 1024
"""How many decompressed bytes of them: if there are many, less of each. A sampled byte takes longer than a converted
one, and a field that is nowhere in so many events is rescued until a later sample shows it."""

_TEXT_PER_BYTE = 10
"""What a byte of a gzipped object holds, about; only to know which objects are small."""

T = TypeVar("T")


def plan_tables(
    stage: ConvertStage,
    registry: SchemaRegistry,
    bundles: Sequence[Bundle],
    in_time: Callable[[], bool] = lambda: True,
) -> tuple[dict[str, TablePlan], list[BundleFailure]]:
    """A plan for every table that the bundles write to, and the bundles that can't be written.

    The first batch of a table fixes its partitioning. A bundle with another partitioning is a failure. So is a bundle
    that kills the task that samples it.

    Args:
        stage: samples the bundles.
        registry: the tables' schemas.
        bundles: the batch.
        in_time: whether there is still time to look for bundles that kill their task.

    Raises:
        TransientError: no bundle could be sampled, or time was up, or some failed for a reason outside of the bundles.
    """
    samples: dict[str, list[SchemaSample]] = defaultdict(list)
    failures: list[BundleFailure] = []
    of_table: dict[str, list[Bundle]] = defaultdict(list)
    for bundle in bundles:
        of_table[bundle.table].append(bundle)
    layouts = {table: registry.latest(table).layouts for table in of_table}
    # Up to `SAMPLED_OBJECTS` objects per table, spread over the batch and each bundle.
    shares = (bundle for group in of_table.values() for bundle in _share(_spread(group, SAMPLED_OBJECTS)))
    sampled = [replace(bundle, layouts=layouts[bundle.table]) for bundle in shares]
    for answer in _check(stage, sampled, in_time):
        if isinstance(answer, BundleFailure):
            failures.append(answer)
        else:
            samples[answer.table].append(answer)
    plans = {table: _plan(registry, samples[table], group, layouts[table]) for table, group in of_table.items()}
    return plans, [*failures, *_misfits(bundles, plans)]


def _check(
    stage: ConvertStage, bundles: Sequence[Bundle], in_time: Callable[[], bool]
) -> list[SchemaSample | BundleFailure]:
    """Samples bundles. A bundle that kills its task is a failure, as long as another one can be sampled after that."""
    broken: list[Bundle] = []

    def alone(bundle: Bundle, error: TransientError) -> BundleFailure:
        broken.append(bundle)
        reason = f"each check of it alone crashed: {error}"
        if len(broken) == len(bundles):
            raise TransientError(f"no sample could be taken. {bundle.log_group} {bundle.window}: {reason}") from error
        return BundleFailure(bundle.log_group, bundle.window, bundle.number, reason)

    answers = bisect(stage.sample, bundles, alone, in_time)
    if len(answers) < len(bundles):
        raise TransientError("time was up while bundles were looked for that kill the task that samples them")
    if broken:  # or has Spark itself ended, for which no window is to blame?
        stage.sample([next(bundle for bundle in bundles if bundle not in broken)])
    return answers


def _misfits(bundles: Iterable[Bundle], plans: Mapping[str, TablePlan]) -> Iterator[BundleFailure]:
    for bundle in bundles:
        has = plans[bundle.table].schema.partition_by
        if bundle.partition_by != has:
            reason = (
                f"table {bundle.table} is partitioned by {has}, and can't be by {bundle.partition_by} too: set "
                f"partition_by: {has} in datasets.yaml, or name another table there"
            )
            yield BundleFailure(bundle.log_group, bundle.window, bundle.number, reason)


def _share(bundles: list[Bundle]) -> list[Bundle]:
    """The bundles of a table, with objects left out if they have too many in all."""
    count = sum(len(bundle.objects) for bundle in bundles)
    most = max(1, SAMPLED_OBJECTS // len(bundles)) if count > SAMPLED_OBJECTS else count
    spread = [tuple(_spread(bundle.objects, most)) for bundle in bundles]
    size = sample_bytes([raw.size_bytes for objects in spread for raw in objects])
    return [replace(bundle, objects=objects, sample_bytes=size) for bundle, objects in zip(bundles, spread)]


def sample_bytes(sizes: Iterable[int]) -> int:
    """How many decompressed bytes of each of these objects are sampled: what small ones don't need, large ones get.

    Args:
        sizes: the objects' sizes in bytes, as they are stored.
    """
    texts = sorted(min(SAMPLE_BYTES, size * _TEXT_PER_BYTE) for size in sizes)
    left = SAMPLED_BYTES
    for place, text in enumerate(texts):
        rest = len(texts) - place
        if text * rest > left:
            return min(SAMPLE_BYTES, max(LEAST_BYTES, left // rest))
        left -= text
    return SAMPLE_BYTES


def _spread(items: Sequence[T], most: int) -> list[T]:
    """At most so many of the items, evenly spread over them."""
    return list(items) if len(items) <= most else [items[place * len(items) // most] for place in range(most)]


def _plan(
    registry: SchemaRegistry, samples: Sequence[SchemaSample], bundles: Sequence[Bundle], known: Sequence[str]
) -> TablePlan:
    """The formats that the samples of a table's bundles show, and the registry's schema with their new fields.

    A layout that the bundles knew, and that a sample came back without, is contradicted by its events.
    """
    table, contract = bundles[0].table, bundles[0].contract
    columns = registry.latest(table).by_path()
    formats = choose_formats(samples, columns)
    fields = fields_of(samples, formats, columns)
    # The columns of a transformation are there whatever a sample showed.
    added = {path: InferredType(kind) for each in bundles if each.transform for path, kind in each.types.items()}
    fields |= {path: seen for path, seen in added.items() if path not in fields}
    contradicted = {text for sample in samples for text in known if text not in sample.layouts}
    learned = [text for sample in samples for text in sample.layouts if text not in contradicted]
    declared = {path for bundle in bundles for path in bundle.types}
    allowed = partial(contract.new_columns, inferred=fields, declared=declared)
    schema = _publish(registry, bundles[0], allowed, learned, contradicted)
    if schema.layouts and HEADER not in formats:  # what was read once is read again, though no sample shows it
        formats = (*(name for name in formats if name != FLOOR), HEADER)
    return TablePlan(formats[0], schema, formats[1:])


def _publish(
    registry: SchemaRegistry,
    bundle: Bundle,
    inferred: Callable[[TableSchema], Mapping[FieldPath, InferredType]],
    layouts: Sequence[str],
    contradicted: Collection[str],
) -> TableSchema:
    """Compare-and-set: if another writer published first, the samples are merged with its version."""
    while True:
        latest = registry.latest(bundle.table)
        kept = tuple(text for text in latest.layouts if text not in contradicted)
        grown = grow(latest, inferred(latest), _merged(kept, layouts))
        if not latest.partition_by:
            grown = replace(grown, version=latest.version + 1, partition_by=bundle.partition_by)
        if grown is latest:
            return latest
        with suppress(LedgerConflictError):
            registry.publish(grown)
            return grown


def _merged(stored: tuple[str, ...], learned: Sequence[str]) -> tuple[str, ...]:
    if not learned:
        return stored
    from loglake.kernels.formats.learn.learn import merge  # noqa: PLC0415  (many patterns, which few tables need)

    return merge(stored, learned)
