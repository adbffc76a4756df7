"""Reads raw objects as rows without writing them: for a notebook, a test, or a query before there is a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.bundling import bundle_objects
from loglake.core.schema.conversion import SchemaSample, TablePlan
from loglake.core.schema.dataset_checks import check_fields, check_pattern, one_of
from loglake.core.schema.datasets import FORMATS
from loglake.core.schema.format_choice import choose_formats, fields_of
from loglake.core.schema.redaction import NO_REDACTION, Redaction
from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema, grow
from loglake.core.units import LogGroupName
from loglake.errors import UnreadableError
from loglake.kernels.formats.learn.learn import merge
from loglake.kernels.sample import sample_bundle
from loglake.pipelines.folder_convert.bundles import ALL_TIME
from loglake.pipelines.folder_convert.source_listing import Source, list_objects
from loglake.pipelines.schema_plan import sample_bytes

SAMPLED_OBJECTS = 50
"""As many objects are looked at before the columns are decided; what only others have is in ``_rescued``."""

SMALLEST_TASK_BYTES = 1024 * 1024
"""A task has a price, so compressed objects share one until they have so much."""

_TABLE = "logs"


@dataclass(frozen=True)
class LogsRequest:
    """What to read, and how; as a dataset has it.

    Attributes:
        types: column types by field; the columns that they name always exist.
        timezone: the time zone of timestamps that name none, in plain log files; UTC if empty.
        event_start: RE2 that the first line of each event has in plain log files; empty for none.
        redact: what is hidden in the events.
    """

    log_group: LogGroupName
    format: str = "auto"
    types: Mapping[FieldPath, ColumnType] = field(default_factory=dict)
    pattern: str = ""
    fields: tuple[str, ...] = ()
    timezone: str = ""
    event_start: str = ""
    redact: Redaction = NO_REDACTION

    def __post_init__(self) -> None:
        """Says which field is wrong, and what it takes."""
        one_of("format", self.format, FORMATS)
        check_pattern(self.format, self.pattern)
        check_fields(self.format, self.fields)


def plan_logs(source: Source, request: LogsRequest, tasks: int) -> tuple[list[Bundle], TablePlan]:
    """Lists the objects, samples them, and decides the columns.

    Args:
        source: the location of the objects.
        request: the settings for reading.
        tasks: how many tasks may run at the same time.

    Returns:
        What tasks read, and the columns of all of them.

    Raises:
        ConfigError: there are no objects, or a setting is wrong.
        UnreadableError: an object can't be read.
    """
    listed, _ = list_objects(source)
    problem = next((item.problem for item in listed if item.problem), "")
    if problem:
        raise UnreadableError(problem)
    objects = sorted((item.raw for item in listed), key=lambda raw: raw.key)
    spread = objects if len(objects) <= SAMPLED_OBJECTS else objects[:: -(-len(objects) // SAMPLED_OBJECTS)]
    sampled = replace(bundle_of(request, tuple(spread)), sample_bytes=sample_bytes(raw.size_bytes for raw in spread))
    plan = plan_of(sample_bundle(sampled, source.store), request.types)
    groups = bundle_objects(objects, tasks, SMALLEST_TASK_BYTES)
    return [bundle_of(request, group, number) for number, group in enumerate(groups)], plan


def plan_of(sample: SchemaSample, types: Mapping[FieldPath, ColumnType]) -> TablePlan:
    """The formats and columns that a sample shows, and those that types name."""
    formats = choose_formats([sample])
    inferred = fields_of([sample], formats)
    inferred.update((path, InferredType(kind)) for path, kind in types.items() if path not in inferred)
    return TablePlan(formats[0], grow(TableSchema(_TABLE), inferred, merge((), sample.layouts)), formats[1:])


def bundle_of(request: LogsRequest, objects: tuple[RawObject, ...], number: int = 0) -> Bundle:
    """The bundle of objects that are read as a request says."""
    values: dict[str, Any] = dict(vars(request))
    return Bundle(table=_TABLE, window=ALL_TIME, generation=0, number=number, attempt="", objects=objects, **values)
