"""Bundles of a folder's objects: which objects are converted together, and the names of their files."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from loglake.core.accounting import total
from loglake.core.format_share import MIN_READ_RATIO
from loglake.core.keys import COMPRESSED, WindowKeys, group_slug
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.bundling import BUNDLE_SIZE_BYTES, bundle_objects
from loglake.core.schema.contract import Contract
from loglake.core.schema.conversion import BundleResult, StagedFile, TablePlan
from loglake.core.schema.redaction import NO_REDACTION, Redaction
from loglake.core.schema.schema import ColumnType, FieldPath
from loglake.core.units import EPOCH, LogGroupName, parse_instant
from loglake.core.windows import Window
from loglake.errors import UnbalancedError
from loglake.kernels.redact.hashes import hashed
from loglake.pipelines.folder_convert.journal import ConvertedBundle
from loglake.pipelines.folder_convert.source_listing import SourceObject

ALL_TIME = Window(EPOCH, parse_instant("9999-12-31"))
"""The window of every bundle. An event outside of it is kept all the same, since no other window has it."""


@dataclass(frozen=True)
class OwnTransform:
    """A transformation, or none.

    Attributes:
        name: ``package.module:function``; empty for none.
        path: the folder of its package.
        digest: of the package's files; with other ones, rows are made again.
    """

    name: str = ""
    path: str = ""
    digest: str = ""

    @property
    def version(self) -> str:
        """Its name and its digest; empty for none."""
        return f"{self.name}@{self.digest}" if self.name else ""


_LEAST_BYTES = 2 * 1024 * 1024
"""Compressed bytes of a bundle: a quarter of a second's work, so that cores are worth more than fewer files."""


@dataclass(frozen=True)
class FolderRequest:
    """What to make of the objects.

    Attributes:
        partition_by: None: as in the table, by day if there is none yet.
        regroup: objects that were converted as another log group become rows of this one.
        timezone: of timestamps without one in plain log files; UTC if empty.
        min_read_ratio: the share of its events that a format other than ``auto`` has to read.
        types, pattern, fields, event_start, find_by: as a dataset has them.
        transform: what rows go through; None: nothing was said about it.
        contract: the table's; None: nothing was said about it.
        accept_corrupt: events of gzip members that fail their checks become rows.
        omits_raw: as a bundle has it; None: nothing was said about it.
        redact: what is hidden in the events; None: nothing was said about it.
    """

    table: str
    log_group: LogGroupName
    format: str = "auto"
    partition_by: str | None = None
    regroup: bool = False
    timezone: str = ""
    min_read_ratio: float = MIN_READ_RATIO
    types: Mapping[FieldPath, ColumnType] = field(default_factory=dict)
    pattern: str = ""
    fields: tuple[str, ...] = ()
    event_start: str = ""
    transform: OwnTransform | None = None
    contract: Contract | None = None
    accept_corrupt: bool = False
    omits_raw: bool | None = None
    find_by: tuple[str, ...] = ()
    redact: Redaction | None = None


@dataclass(frozen=True)
class PlannedBundle:
    """A bundle, its objects, the converted bundle that it replaces, and its `OwnTransform.version`."""

    bundle: Bundle
    objects: tuple[SourceObject, ...]
    replaces: ConvertedBundle | None = None
    transform: str = ""

    def without(self, unread: Collection[str]) -> PlannedBundle:
        """The same bundle without the objects that have these keys."""
        raws = tuple(raw for raw in self.bundle.objects if raw.key not in unread)
        objects = tuple(item for item in self.objects if item.raw.key not in unread)
        return replace(self, bundle=replace(self.bundle, objects=raws), objects=objects)


def plan_bundles(
    fresh: Sequence[SourceObject],
    again: Sequence[tuple[ConvertedBundle, tuple[SourceObject, ...]]],
    request: FolderRequest,
    partition_by: str,
    *,
    begun: int,
    tasks_at_once: int,
) -> list[PlannedBundle]:
    """All bundles to convert, in the order of their numbers.

    Objects that are converted again stay one bundle, so that it is replaced as a whole or not at all.

    Args:
        fresh: objects that were never converted.
        again: bundles to replace, each with all of its objects.
        request: what to make of them.
        partition_by: ``day`` or ``hour``.
        begun: the number of the run's first entry in the journal: no two runs share a folder in staging.
        tasks_at_once: how many bundles are converted at once.
    """
    by_key = {item.raw.key: item for item in fresh}
    raws = bundle_objects((item.raw for item in fresh), tasks_at_once, _LEAST_BYTES, BUNDLE_SIZE_BYTES)
    new = [tuple(by_key[raw.key] for raw in group) for group in raws]
    groups = [(objects, replaced) for replaced, objects in again] + [(objects, None) for objects in new]
    return [
        PlannedBundle(
            Bundle(
                table=request.table,
                log_group=request.log_group,
                window=ALL_TIME,
                generation=0,
                number=number,
                attempt=f"{begun:06d}",
                objects=tuple(sorted((item.raw for item in objects), key=lambda raw: raw.key)),
                format=request.format,
                partition_by=partition_by,
                types=request.types,
                pattern=request.pattern,
                fields=request.fields,
                timezone=request.timezone,
                event_start=request.event_start,
                transform=request.transform.name if request.transform else "",
                transform_path=request.transform.path if request.transform else "",
                contract=request.contract or Contract(),
                accept_corrupt=request.accept_corrupt,
                omits_raw=bool(request.omits_raw),
                find_by=request.find_by,
                redact=request.redact or NO_REDACTION,
            ),
            objects,
            replaced,
            request.transform.version if request.transform else "",
        )
        for number, (objects, replaced) in enumerate(groups)
    ]


def staging_of_run(request: FolderRequest, begun: int) -> str:
    """The folder in which a run's bundles stage their files."""
    return f"{WindowKeys(request.log_group, ALL_TIME, 0).staging_prefix}{begun:06d}/"


Unit = Sequence["tuple[PlannedBundle, BundleResult]"]
"""Bundles that are one in the journal, with what their conversion gave."""


def converted_unit(unit: Unit, files: Sequence[StagedFile], plan: TablePlan, staging: str) -> ConvertedBundle:
    """The journal's record of converted bundles.

    Args:
        unit: the bundles, of one request.
        files: that have their rows and quarantine, with keys below `staging`.
        plan: how their events were read.
        staging: what comes before the staged keys.

    Raises:
        UnbalancedError: their events are not their rows and the rest: a bug.
    """
    accounting = total(result.accounting for _, result in unit)
    rows = sum(staged.rows for staged in files if staged.partition)
    if not accounting.balanced or rows != accounting.rows_out:
        raise UnbalancedError(f"{rows} rows were written, and {accounting} does not say so")
    planned = unit[0][0]
    name = _name(unit, plan)
    keys = _final_keys(planned.bundle.table, files, name)
    return ConvertedBundle(
        name=name,
        log_group=planned.bundle.log_group,
        format=planned.bundle.format,
        objects={item.identity: item.raw.size_bytes for each, _ in unit for item in each.objects},
        files=tuple(
            replace(staged, staged_key=staging + staged.staged_key, final_key=key)
            for staged, key in zip(files, keys, strict=True)
        ),
        accounting=accounting,
        timezone=planned.bundle.timezone,
        transform=planned.transform,
        contract=contract_text(planned.bundle.contract),
        definition=definition_digest(planned.bundle.pattern, planned.bundle.event_start, planned.bundle.fields),
        accept_corrupt=planned.bundle.accept_corrupt,
        omits_raw=planned.bundle.omits_raw,
        redact=redaction_text(planned.bundle.redact),
    )


def definition_digest(pattern: str, event_start: str, fields: Sequence[str]) -> str:
    """16 digits of what a dataset says beside the name of its format; empty if it says nothing."""
    parts = [pattern, event_start, *fields]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16] if any(parts) else ""


def contract_text(contract: Contract) -> str:
    """A contract as the journal has it; empty if it allows all."""
    return "" if contract.allows_all else json.dumps(contract.to_json(), sort_keys=True)


def redaction_text(redact: Redaction) -> str:
    """The rules as the journal has them, with a hash that another key makes another one; empty if there are none."""
    key = [{"key": hashed("key", "", redact.key)}] if redact.hashes else []
    return json.dumps([*redact.to_json(), *key]) if redact else ""


def _final_keys(table: str, files: Sequence[StagedFile], name: str) -> Iterator[str]:
    """The keys of a unit's files. The second one in a partition, or in quarantine, gets number 1."""
    made = Counter[str]()
    for staged in files:
        number = made[staged.partition]
        file = f"{name}.{number}" if number else name
        if staged.partition:
            yield f"{table}/{staged.partition}/{file}.parquet"
        else:
            yield f"_quarantine/{table}/{file}.jsonl{COMPRESSED}"
        made[staged.partition] += 1


def _name(unit: Unit, plan: TablePlan) -> str:
    """A name made of everything that determines the content of the files."""
    planned = unit[0][0]
    bundle = planned.bundle
    objects = sorted(
        (item.identity, item.raw.key, item.raw.size_bytes, item.raw.log_stream, *_changed(item))
        for each, _ in unit
        for item in each.objects
    )
    content = [objects, bundle.table, bundle.log_group, bundle.partition_by, *plan.formats, plan.schema.version]
    settings = (
        bundle.timezone,
        bundle.event_start,
        bundle.pattern,
        *bundle.fields,
        planned.transform,
        contract_text(bundle.contract),
        bundle.accept_corrupt,
        bundle.omits_raw and "raw: omit",
        redaction_text(bundle.redact),
    )
    content += [each for each in settings if each]
    cut = [(len(planned.objects), result.parts) for planned, result in unit]
    content += cut if cut[1:] or cut[0][1] > 1 else []
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    return f"{group_slug(bundle.log_group)}.{digest[:16]}"


def _changed(item: SourceObject) -> list[int]:
    return [item.raw.changed_ms] if item.raw.changed_ms else []
