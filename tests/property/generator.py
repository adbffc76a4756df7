"""Random cases. The same seed gives the same case, so the seed identifies a failure.

Not hypothesis: a case has about a hundred events of a dozen values each, more choices than it can draw in the time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from loglake.core.schema.schema import ColumnType, FieldPath
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs
from property import json_texts
from property.cases import Batch, Case, Event, File, window_of
from property.exact_json import Path, read_object
from property.texts import TRACEBACKS, damaged, lambda_line, text

_KEYS = """
    status userId userid USERID user_id user.id user.name n ok took tags message msg level dt hour raw log_group
    event_time _rescued _source _line _event_id line origin 1st f_1st a-b a_b a.b a/b Caf\u00e9 caf request_id _aws
"""
_ODD_KEYS = ("", " ", "a b", "\u00e9", "\u540d\u524d", "\u0000", "\ud800", '"', "\\", "\n", "k" * 300, "user", "'; --")
_BATCHES = (2, 2, 2, 3, 4)
_HEAD = b"the end of an event\nthat began in another file\n"


@dataclass(frozen=True)
class Field:
    """A field that an application logs, in some share of its events."""

    path: Path
    kind: str
    presence: float


Write = Callable[[Sequence[Field]], bytes]
"""Makes an event's text of some of the fields."""


def wild_case(seed: int) -> Case:
    """Anything goes: changing types and keys, odd text, bytes that are not UTF-8, fields beyond the sample."""
    random = Random(seed)
    fields = _fields(random)
    partition_by = random.choice(["day"] * 5 + ["hour"])
    span_ms = MS_PER_DAY if partition_by == "day" else 2 * MS_PER_HOUR  # a file per hour: not too many
    flips, odd, lines = (
        random.choice(shares) for shares in ([0, 0, 0.03, 0.3, 1], [0, 0.01, 0.1, 0.5], [0, 0, 0.1, 0.6])
    )

    def write(shown: Sequence[Field]) -> bytes:
        if random.random() < lines:
            return text(random)
        return damaged(random, json_texts.obj(random, _members(random, shown, flips, odd)))

    def event(start: EpochMs, active: Sequence[Field]) -> Event:
        ms = start + random.randrange(span_ms)
        if random.random() < 0.01:
            ms += random.choice([-1, 1]) * MS_PER_DAY  # an event of another window, or of none yet
        if random.random() < 0.005:
            return Event(ms, lambda_line(random), fields_of_text=True)
        data = write([each for each in active if random.random() < each.presence])
        return Event(ms, data, fields_of_text=_has_object_among_text(data))

    def file(start: EpochMs, name: int, active: Sequence[Field]) -> File:
        events = tuple(event(start, active) for _ in range(random.choice([1, 2, 5, 15, 40])))
        return File(
            stream=f"web/{name}",
            events=events,
            head=_HEAD if random.random() < 0.05 else b"",
            ends=events[-1].data.endswith(b"\n") or random.random() < 0.9,
            members=random.choice([1, 1, 2, 5]),
        )

    batches = []
    for number in range(random.choice(_BATCHES)):
        active = [_changed(random, each) for each in fields if random.random() < 0.8]
        files = tuple(file(window_of(number).from_ms, name, active) for name in range(random.randint(1, 3)))
        batches.append(Batch(files, len(files) if random.random() < 0.7 else 1))
    return Case(
        seed=seed,
        batches=tuple(batches),
        types=_hints(random, fields),
        partition_by=partition_by,
        chunks=tuple(random.choices([1, 2, 7, 64, 1_000, 1 << 20], k=random.randint(1, 4))),
    )


def clean_case(seed: int) -> Case:
    """Logs of a well-behaved application: fields that keep their type, some absent or null, among lines of text."""
    random = Random(seed)
    keys = _vocabulary(random, 30)
    paths = {path for path in (_path(random, keys) for _ in range(10)) if _is_tame(path)}
    # If some events have an object there, the others have no scalar.
    paths = {path for path in paths if not any(other != path and other[: len(path)] == path for other in paths)}
    fields = [Field(path, random.choice(json_texts.KINDS[:5]), random.choice([1, 0.9, 0.3])) for path in sorted(paths)]
    lines = random.choice([0, 0.2])

    def event(start: EpochMs, active: Sequence[Field]) -> Event:
        ms = start + random.randrange(MS_PER_DAY)
        if random.random() < lines:
            return Event(ms, random.choice([b"ready", b"job 7 took 3 s", *TRACEBACKS]))
        shown = [(each.path, _clean_value(random, each)) for each in active if random.random() < each.presence]
        return Event(ms, json_texts.obj(random, _nested(random, shown)).encode())

    batches = []
    for number in range(random.choice(_BATCHES)):
        active = [each for each in fields if random.random() < 0.8]
        start = window_of(number).from_ms
        counts = [random.choice([1, 5, 40]) for _ in range(random.randint(1, 3))]
        files = tuple(
            File(f"web/{name}", tuple(event(start, active) for _ in range(count)), members=random.choice([1, 3]))
            for name, count in enumerate(counts)
        )
        batches.append(Batch(files, len(files)))
    return Case(seed, tuple(batches), stable={each.path: each.kind for each in fields})


def _clean_value(random: Random, field: Field) -> str:
    if random.random() < 0.1:
        return "null"
    if field.kind == "array":
        return f"[{', '.join(json_texts.bigint(random) for _ in range(random.randint(0, 3)))}]"
    return json_texts.value(random, field.kind)


def _fields(random: Random) -> list[Field]:
    count = 600 if random.random() < 0.003 else random.randint(1, 12)  # a table has 500 columns at most
    keys = _vocabulary(random, random.choice([2, 4, 30]))  # of few keys: the same ones at many depths
    paths = [_path(random, keys) if number < 12 else (f"n{number}",) for number in range(count)]
    return [Field(path, random.choice(json_texts.KINDS), random.choice([1, 0.7, 0.2])) for path in paths]


def _changed(random: Random, field: Field) -> Field:
    """The field after a release of the application, which may have changed its type."""
    return replace(field, kind=random.choice(json_texts.KINDS)) if random.random() < 0.1 else field


def _vocabulary(random: Random, size: int) -> list[str]:
    return [random.choice(_ODD_KEYS if random.random() < 0.1 else _KEYS.split()) for _ in range(size)]


def _path(random: Random, keys: Sequence[str]) -> Path:
    return tuple(random.choices(keys, k=random.choice([1, 1, 1, 1, 2, 2, 3, 5, 6])))


def _is_tame(path: Path) -> bool:
    """Whether an application would use this path: not too deep, and without extremely long keys."""
    return len(path) <= 5 and not any(key in {"\ud800", "k" * 300} for key in path)


def _hints(random: Random, fields: Sequence[Field]) -> dict[FieldPath, ColumnType]:
    path = random.choice(fields).path
    if random.random() < 0.8 or not _is_tame(path) or any(not key or "." in key for key in path):
        return {}
    return {path: random.choice(list(ColumnType))}


def _members(random: Random, shown: Sequence[Field], flips: float, odd: float) -> list[tuple[str, str]]:
    values = []
    for each in shown:
        kind = random.choice(json_texts.KINDS) if random.random() < flips else each.kind
        written = "null" if random.random() < 0.05 else json_texts.value(random, kind, odd)
        if random.random() < 0.02 * odd:
            written = json_texts.deep(random, random.randint(1, 12))
        values += [(each.path, written)] * (2 if random.random() < 0.04 * odd else 1)
    if random.random() < 0.3:
        random.shuffle(values)
    return _nested(random, values)


def _nested(random: Random, values: Sequence[tuple[Path, str]]) -> list[tuple[str, str]]:
    """Members of one object, with an object for each first key of longer paths; a key may come twice."""
    groups: dict[tuple[str, bool], list[tuple[Path, str]]] = {}
    for path, written in values:
        groups.setdefault((path[0], len(path) == 1), []).append((path[1:], written))
    members = []
    for (key, is_leaf), group in groups.items():
        texts = [written for _, written in group] if is_leaf else [json_texts.obj(random, _nested(random, group))]
        members += [(key, written) for written in texts]
    return members


def _has_object_among_text(data: bytes) -> bool:
    """Whether an object is a part of an event, or was cut off: its members are fields, too."""
    return re.search(rb'\{ ?"', data) is not None and read_object(data.decode("utf-8", "replace")) is None
