"""Makes a case from a seed. The same seed gives the same case until this folder or the formats' fixtures change."""

from __future__ import annotations

from random import Random
from typing import Callable

from support.worlds.bundles import DAY

from fuzz.case import Body, Case
from fuzz.inputs.bodies import Make, export_body
from fuzz.inputs.landed import other_body, service_log_body
from fuzz.inputs.subscribed import payload_body
from fuzz.inputs.texts import mix
from loglake.core.schema.schema import ColumnType, FieldPath
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake.core.windows import Window
from loglake.kernels.formats.base import about_of
from loglake.kernels.formats.registry import FORMATS, MAKERS

STREAMS = ["web/a", "i-0a1b2c3d", "2026/11/21/[$LATEST]8f5e2f64", "größer", "s" * 512, "a b:c*d", "-"]
HINTED: tuple[FieldPath, ...] = (("a",), ("b",), ("user", "id"), ("status",), ("time",), ("level",), ("timestamp",))
PATTERNS = [
    r"(?P<level>\w+) (?P<message>.*)",
    r"^(?P<a>\S*)\s(?P<b>\S*)$",
    r"(?s)^(?P<message>.*)$",
    r"(?P<number>-?\d+)(?P<rest>[^\d]*)",
    r"(?P<message>\{(?s:.*)\})",
    r"(?P<nothing>)",
]
ORDERS = [
    ("vpc_flow", "", ("start", "end", "action", "srcaddr")),
    ("vpc_flow", "", ("log-status", "start")),
    ("cloudfront", "", ("date", "time", "sc-status")),
]
DEFINED: list[tuple[str, str, tuple[str, ...]]] = [
    *((name, about_of(name).definition, ()) for name in MAKERS),
    ("grok", "%{COMBINEDAPACHELOG}|%{SYSLOGLINE}|%{LOGLEVEL:level} %{GREEDYDATA:message}", ()),
    ("lnav", '{"a": {"json": true, "timestamp-field": "time", "value": {"a": {"kind": "integer"}}}}', ()),
    ("nginx", "combined", ()),
    ("log4j", "%d %p [%t] %m%n", ()),
]
SMALL_BYTES = 3_000
"""Objects up to this size are read byte by byte too."""


def make_case(seed: int) -> Case:
    """A random case."""
    chance = Random(seed)
    make = mix(chance)
    kinds = _kinds(chance)
    bodies = tuple(
        Body(chance.choice(STREAMS), chance.choice(kinds)(chance, make))
        for _ in range(chance.choice([1, 1, 1, 2, 3, 8]))
    )
    name, pattern, fields = _format(chance)
    return Case(
        seed=seed,
        bodies=bodies,
        elsewhere=chance.choice([(), (_days(-1, 0),), (_days(-1, 0), _days(1, 2)), (_days(-3, -2),)]),
        partition_by=chance.choice(["day", "day", "hour"]),
        format=name,
        pattern=pattern,
        fields=fields,
        types=_hints(chance),
        sampled=chance.choice([0, 1, 1_000, 1_000]),
        cuts=_cuts(chance, max(len(body.data) for body in bodies)),
    )


def _kinds(chance: Random) -> list[Callable[[Random, Make], bytes]]:
    """The kinds of a case's objects: most often one kind, and most often exports."""
    kind = chance.random()
    if kind < 0.6:
        return [export_body]
    if kind < 0.8:
        return [payload_body]
    if kind < 0.9:
        return [service_log_body]
    return [export_body, payload_body, service_log_body, other_body]


def _format(chance: Random) -> tuple[str, str, tuple[str, ...]]:
    """The format in the datasets file: its name, the pattern of ``regex``, the fields of a line."""
    if chance.random() < 0.7:
        return "auto", "", ()
    if chance.random() < 0.3:
        return "regex", chance.choice(PATTERNS), ()
    if chance.random() < 0.3:
        return chance.choice(ORDERS)
    if chance.random() < 0.3:
        return chance.choice(DEFINED)
    return chance.choice(list(FORMATS)), "", ()


def _days(start: int, end: int) -> Window:
    return Window(EpochMs(DAY + start * MS_PER_DAY), EpochMs(DAY + end * MS_PER_DAY))


def _hints(chance: Random) -> dict[FieldPath, ColumnType]:
    if chance.random() < 0.7:
        return {}
    return {path: chance.choice(list(ColumnType)) for path in chance.sample(HINTED, chance.randint(1, 3))}


def _cuts(chance: Random, largest: int) -> tuple[tuple[int, ...], ...]:
    """The whole object at once, and one other way to cut it."""
    random_sizes = tuple(chance.choice([1, 2, 10, 17, 18, 19, 1_000, 5_000, 65_536]) for _ in range(7))
    small = [(1,), (chance.randint(2, 40),), random_sizes]
    large = [(chance.randint(1_000, 300_000),), (65_536,), tuple(1_000 + size for size in random_sizes)]
    return ((1 << 20,), chance.choice(small if largest <= SMALL_BYTES else large))
