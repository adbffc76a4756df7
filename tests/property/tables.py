"""Follows a table batch by batch: its columns never change type, and each batch's rows are its events."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from loglake.core.schema.schema import MAX_PATH_BYTES, RESERVED, ColumnType, FieldPath, TableSchema, join
from property.cases import Case, Event
from property.exact_json import Json, Members, Path, leaves, read_object
from property.oracle import LEVELS, MESSAGES, Col, Kept, Row, check, check_values, held_whole, least_type

OBJECT_FORMATS = frozenset({"json", "lambda", "emf", "waf", "cloudtrail", "route53_resolver", "eks_audit", "otlp"})
"""The formats that read JSON objects. A batch of none of these, such as plain text, makes no columns of them."""

MAX_COLUMNS = 500
_LEVEL_NAMES = frozenset({"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"})
_SAFE_NAME = re.compile(r"[a-z_][a-z0-9_]*")

PARTITION = "partition"
"""The member of a row that says in which folder it was: no column has the name, since all of them are compared."""

Place = tuple[str, int]
"""The raw object's key and the line in it: what tells rows apart."""


@dataclass(frozen=True)
class Expected:
    """An event that must become a row, and that row's place."""

    event: Event
    log_group: str
    log_stream: str
    partition: str


@dataclass
class Table:
    """The known state of a table.

    Attributes:
        hints: types that people fixed.
        columns: as of the last batch.
    """

    hints: Mapping[FieldPath, ColumnType]
    columns: tuple[Col, ...] = ()

    def grows(self, schema: TableSchema, sampled: Iterable[Event], formats: Sequence[str]) -> None:
        """Compares the schema for a batch with the one before and with the events on which it was decided."""
        events = list(sampled)
        columns = tuple(Col(each.name, each.path, each.type.value, each.json) for each in schema.columns)
        check(columns[: len(self.columns)] == self.columns, "columns changed", self.columns, columns)
        names = [column.name for column in columns]
        check(len(names) == len(set(names)) <= MAX_COLUMNS, "names are not unique, or too many", names)
        for name in names:
            check(_SAFE_NAME.fullmatch(name) and name not in RESERVED, "Athena does not take a name", name)
        values = _values(events, held_whole(columns)) if OBJECT_FORMATS.intersection(formats) else {}
        declared = any(event.fields_of_text for event in events)
        for column in columns[len(self.columns) :]:
            self._check_new(column, values, declared)
        paths = {column.path for column in columns}
        for path in values.keys() - paths if len(columns) < MAX_COLUMNS else ():
            is_spare = _bytes(path) > MAX_PATH_BYTES or _may_repeat(path, values[path])
            check(is_spare, "a field that was sampled has no column", path)
        self.columns = columns

    def _check_new(self, column: Col, values: Mapping[Path, Sequence[Json]], declared: bool) -> None:
        if column.path in self.hints:
            check(column.kind == self.hints[column.path].value, "a hint was not followed", column)
        elif column.path in values:
            least, kind = ColumnType(least_type(values[column.path])), ColumnType(column.kind)
            is_least = join(least, kind) is kind if declared else least is kind  # fields of text have values, too
            check(is_least, "a new column's type is not the least that holds its values", column, least)
        else:
            check(declared, "a column was made for a field that has no value yet", column)

    def check_rows(self, expected: Mapping[Place, Expected], rows: Mapping[Place, Row]) -> Kept:
        """Compares the rows of a batch with its events."""
        check(expected.keys() == rows.keys(), "rows and events differ", _differences(expected.keys(), rows.keys()))
        kept = Kept()
        for place, wanted in expected.items():
            row = rows[place]
            event = wanted.event
            check(row["raw"] == event.text, "an event's text has changed", row["raw"], event)
            facts = (row["event_time"], row["log_group"], row["log_stream"], row[PARTITION])
            reported = (event.ms, wanted.log_group, wanted.log_stream, wanted.partition)
            check(facts == reported, "a row is not of its event's time and place", facts, reported)
            has_message = isinstance(row["message"], str) or event.fields_of_text or read_object(event.text) is not None
            check(has_message, "a row has no message", row["message"], event)
            check(row["_event_id"] is None, "an exported event has no id", row["_event_id"], event)
            check_values(event, row, self.columns, kept)
        return kept


def typed_share(case: Case, in_columns: Counter[tuple[Path, str]]) -> float:
    """The part of the scalars, which all keep their type in a clean case, that are in columns of that type."""
    scalars: Counter[tuple[Path, str]] = Counter()
    for batch in case.batches:
        for file in batch.files:
            for event in file.events:
                found = leaves(read_object(event.text) or Members(()))
                scalars.update((path, case.stable[path]) for path, leaf in found if leaf is not None)
    wanted = {key: count for key, count in scalars.items() if key[1] != "array"}
    return sum(min(count, in_columns[key]) for key, count in wanted.items()) / max(sum(wanted.values()), 1)


def _values(events: Iterable[Event], whole: Collection[Path]) -> dict[Path, list[Json]]:
    """All values of JSON events, by path; objects at some paths are values."""
    values: defaultdict[Path, list[Json]] = defaultdict(list)
    for event in events:
        for path, value in leaves(read_object(event.text) or Members(()), whole=whole):
            if value is not None and value != Members(()):
                values[path].append(value)
    return values


def _may_repeat(path: Path, values: Sequence[Json]) -> bool:
    """Whether all values may be in the envelope: whether they are is checked row by row."""
    texts = [value for value in values if isinstance(value, str)]
    is_level = path in LEVELS and all(text.upper() in _LEVEL_NAMES for text in texts)
    return len(texts) == len(values) and (is_level or path in MESSAGES)


def _bytes(path: Path) -> int:
    return sum(len(key.encode("utf-8", "surrogatepass")) for key in path)


def _differences(expected: Iterable[Place], found: Iterable[Place]) -> str:
    missing, spare = set(expected) - set(found), set(found) - set(expected)
    return f"{len(missing)} missing, such as {sorted(missing)[:3]}; {len(spare)} too many, such as {sorted(spare)[:3]}"
