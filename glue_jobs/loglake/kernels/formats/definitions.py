"""Formats from their definitions: tables of TOML, in the files of ``library`` or of a team's own.

A definition has ``title``, ``source``, ``detection``, ``example`` and one reader: ``line`` (fields in a fixed order,
with ``later`` and ``newest`` ones), ``orders`` (several orders of ``fields``, by their names), ``text`` (text with
holes; of several the first that fits counts), or ``json`` (an object's first keys, and others that it has). A line and
an object need no ``detection``: their data says it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cache, cached_property, partial
from importlib import resources
from typing import Any

import pyarrow as pa
import tomllib

from loglake.errors import ConfigError
from loglake.kernels.arrow import constants, matches
from loglake.kernels.formats.base import BRACE, TEXT, About, FieldTypes, Sign, described_by
from loglake.kernels.formats.base import TEXTS as DESCRIPTION
from loglake.kernels.formats.expected import (
    ANY_TEXT,
    BOOLEAN,
    CHOICE,
    FILLED,
    LEVEL,
    STARTS,
    TABLE,
    TABLES,
    TEXTS,
    WORDS,
    Expected,
    check,
)
from loglake.kernels.formats.json_kinds import JsonShape, ObjectFormat, if_there
from loglake.kernels.formats.lines import Field, bare, fields_of_line, line_shape, types_of
from loglake.kernels.formats.notation import Kind, compiled, kinds_of, whole_pattern
from loglake.kernels.formats.shape import EXTRA, MESSAGE, OTHERS, Groups, Shape, ShapedFormat, Shapes, Step, group_name
from loglake.kernels.formats.steps import LEVELS, UTC, level_step, message_step, step_of, time_step
from loglake.kernels.formats.text_fields import cut

LOGGERS = "loggers.toml"
"""Layouts for headers, and no formats."""


_OF_TEXT = {"blank": ANY_TEXT, "columns": ANY_TEXT, "rare": ANY_TEXT, "always": BOOLEAN}
_OF_LINE = {"later": TEXTS, "newest": TEXTS, "separator": FILLED, "usual": WORDS, "any_order": BOOLEAN}
_OF_ORDERS = {"fields": TEXTS, "guesses": TEXTS, "any_order": BOOLEAN}
_READERS: Mapping[str, Mapping[str, Expected]] = {
    "line": {"line": TEXTS, **_OF_LINE, "time": FILLED, "message": FILLED, "level": LEVEL, "steps": TABLES},
    "orders": {"orders": CHOICE, **_OF_ORDERS, "time": FILLED, "message": FILLED, "level": LEVEL, "steps": TABLES},
    "text": {"text": CHOICE, **_OF_TEXT, "time": FILLED, "message": FILLED, "level": LEVEL, "steps": TABLES},
    "json": {"json": FILLED, "keys": FILLED, "message": TEXTS, "level": WORDS},
}
"""What a definition may have beside its reader."""

_KEYS = {**dict.fromkeys(DESCRIPTION, ANY_TEXT), "starts": STARTS, "kinds": TABLE}
"""What every definition may have."""

_EMPTY = constants([""])


class Definition(ShapedFormat):
    """A format as a file defines it. The shapes are made when they are needed: most processes need few.

    Args:
        name: the format's.
        table: what the file has.
        kinds: kinds of holes by name that all formats of the file may use.
    """

    def __init__(self, name: str, table: Mapping[str, Any], kinds: Mapping[str, Kind]) -> None:
        self.id, self.table, self.kinds = name, table, kinds

    def format(self) -> ShapedFormat | ObjectFormat:
        """The format.

        Raises:
            ConfigError: the definition is wrong: names the key, and the place in its text.
        """
        readers = [key for key in _READERS if key in self.table]
        keys = [_READERS[reader] for reader in (readers if len(readers) == 1 else _READERS)]
        check(self.table, {key: each for known in (_KEYS, *keys) for key, each in known.items()})
        if len(readers) != 1:
            raise ConfigError(f"title: expected one of {', '.join(_READERS)} beside it, and it has {len(readers)}")
        return self._object_format() if "json" in self.table else self

    def in_order(self, order: Sequence[str]) -> ShapedFormat:
        """The format of lines whose fields have an order of their own. AWS's own may stop after any version's last."""
        if "orders" in self.table:
            if tuple(order) == self.first_order:
                return self
            own = line_shape([self._field(name, self._known) for name in order])
            return self._of((own, *self.shapes.shapes))
        fields = [*self._fields("line"), *self._fields("later")]
        names = tuple(each.name for each in fields)
        if len(order) >= len(self._fields("line")) and tuple(order) == names[: len(order)]:
            return self
        known = {each.name: each for each in (*fields, *self._fields("newest"))}
        other = bare("", shape=r"[^\t\r\n]*" if self._separator == "\t" else "")
        chosen = [known.get(name) or bare(name, shape=other.cell.pattern) for name in order]
        return self._of((line_shape(chosen, separator=self._separator),))

    def _of(self, shapes: tuple[Shape, ...]) -> Definition:
        """The same format with other shapes, whose events may start with anything."""
        made = copy(self)
        own = tuple(each if each in self.shapes.shapes else replace(each, steps=self._steps[0]) for each in shapes)
        made.shapes, made.signs = Shapes(own, always=True), ()
        return made

    @cached_property
    def shapes(self) -> Shapes:  # type: ignore[override]  # made once, as an attribute is
        """How the events look."""
        _ = self._kinds, self._steps  # an error in them is no error of a text that they belong to
        return self._line() if "line" in self.table else self._orders() if "orders" in self.table else self._texts()

    def check(self) -> None:
        """Raises ConfigError if a key names a field that no text has, or RE2 refuses what several keys make."""
        reader = next(key for key in _READERS if key in self.table)
        steps = self.table.get("steps", ())
        places = [*(f"steps, the {number}." for number, _ in enumerate(steps, 1)), *["level"] * len(self._rules[:1])]
        known = {MESSAGE, "level", OTHERS, UTC}
        for shape in self.shapes.shapes:
            groups = self._in(reader, lambda shape=shape: cut(_EMPTY, shape.pattern))
            for place, step in zip(places, shape.steps):
                self._in(place, lambda step=step, groups=groups: step(groups))
            known |= groups.keys()
            for order in shape.orders:
                self._in("usual", lambda order=order: order.matches(_EMPTY))
        self._in("starts", lambda: self.shapes.matches(_EMPTY))
        used = [
            *(("steps", name) for args in steps for name in (*args["take"].split(), *args.get("when", ()))),
            *(("level", rule.get("field") or rule["text"]) for rule in self._rules),
            *(("level", name) for rule in self._rules for name in rule.get("unless", "").split()),
            *((key, name) for key in ("time", "message", "rare", "columns") for name in self._text(key).split()),
        ]
        for key, name in used:
            if name not in known and group_name(name) not in known:
                raise ConfigError(f"{key}: expected the name of a field, and no text has {name!r}")

    @cached_property
    def signs(self) -> tuple[Sign, ...]:  # type: ignore[override]
        """See `Sign`."""
        starts = self.table.get("starts", [])
        return tuple(
            Sign(each.get("start", ""), each.get("has", "")) if isinstance(each, Mapping) else Sign(each)
            for each in (starts if isinstance(starts, list) else [starts])
        )

    @property
    def about(self) -> About:
        """What the page of formats says."""
        shapes = self.shapes
        parts = [*(shape.fields for shape in shapes.shapes), *(shape.rare for shape in shapes.shapes)]
        types = {name: seen for part in reversed(parts) for name, seen in part.items()}
        derived = {name: seen for shape in shapes.shapes for name, seen in shape.derived.items()}
        first = shapes.shapes[0].fields if shapes.always else {}
        seldom = {name: types[name] for name in shapes.names if name not in first}
        always = {**first, **derived} if shapes.always else {}
        texts = {**self._sentences(), **self.table}
        return described_by(texts, always, seldom if shapes.always else {**seldom, **derived})

    def _sentences(self) -> Mapping[str, str]:
        """What the page says of a line, a message and a level if the definition has no sentence for it."""
        sentences = {}
        if line := self._fields("line"):
            tabs = " between tabs" if self._separator == "\t" else ""
            newer = ", then those of any version" if {"later", "newest"} & self.table.keys() else ""
            named = "; or those that a datasets file or an object's header names" if self.table.get("any_order") else ""
            sentences["detection"] = (
                f"The fields from {line[0].name} to {line[-1].name} at their places{tabs}{newer}{named}."
            )
        if any("{message" in text for text in self._joined("text")):
            sentences["note"] = "The fields of a JSON object that is the message, too."
        if len(self._rules) == 1 and self._rules[0].keys() <= {"field", "words"}:
            words = ", ".join(f"{word} is {level}" for word, level in self._rules[0].get("words", {}).items())
            sentences["level_from"] = f"The field {self._rules[0]['field']}{words and f': {words}'}."
        return sentences

    def order(self) -> FieldTypes:
        """The fields of a line, of all versions, in their order."""
        of_orders = [field for text in self._joined("orders", " ") for part in self._parts(text) for field in part]
        return types_of([*self._fields("line"), *self._fields("later"), *self._fields("newest"), *of_orders])

    @property
    def first_order(self) -> tuple[str, ...]:
        """The names of the first of several orders."""
        return tuple(field.name for part in self._parts(self._joined("orders", " ")[0]) for field in part)

    @property
    def _separator(self) -> str:
        return self._text("separator", " ")

    def _text(self, key: str, default: str = "") -> str:
        text: str = self.table.get(key, default)
        return text

    def _fields(self, key: str) -> tuple[Field, ...]:
        text = self._separator.join(self._joined(key))
        usual = self.table.get("usual", {})
        fields: tuple[Field, ...] = self._in(key, lambda: fields_of_line(text, self._kinds, usual, self._separator))
        return fields

    @staticmethod
    def _in(key: str, make: Any) -> Any:
        """What a function makes of a key's text; its errors say the key."""
        try:
            return make()
        except (ConfigError, pa.ArrowInvalid, UnicodeEncodeError) as error:
            raise ConfigError(f"{key}: {error}") from None

    @cached_property
    def _kinds(self) -> Mapping[str, Kind]:
        own = self.table.get("kinds", {})
        kinds: Mapping[str, Kind] = self._in("kinds", lambda: kinds_of(own, self.kinds)) if own else self.kinds
        return kinds

    @property
    def _rules(self) -> Sequence[Mapping[str, Any]]:
        """See `level_step`."""
        level = self.table.get("level", [])
        return [{"field": level}] if isinstance(level, str) else [level] if isinstance(level, Mapping) else level

    @cached_property
    def _steps(self) -> tuple[tuple[Step, ...], FieldTypes, FieldTypes, FieldTypes]:
        """The steps, the fields that repeat part of the text, the other ones that they add, and the rare ones."""
        steps, derived, own, rare = list[Step](), dict[str, Any](), dict[str, Any](), dict[str, Any]()
        for number, args in enumerate(self.table.get("steps", ()), 1):
            made = self._in(f"steps, the {number}.", lambda args=args: step_of(args, self._kinds))
            steps.append(made.step)
            types = {name: seen for name, seen in made.types.items() if not name.startswith("_")}
            (rare if args.get("rare") else own if args.get("own") else derived).update(types)
        if self._rules:
            steps.append(self._in("level", lambda: level_step(self._rules)))
        if self._text("message"):
            steps.append(message_step(self._text("message")))
        if self._text("time"):
            steps.append(time_step(self._text("time")))
        return (*steps, _drop_private), derived, own, rare

    def _line(self) -> Shapes:
        line, later, newest = (self._fields(key) for key in ("line", "later", "newest"))
        if name := _repeated((*line, *later, *newest)):
            raise ConfigError(f"line: expected each name once, and {name!r} is there twice")
        shape = line_shape(line, (*later, *newest), {**types_of(newest), EXTRA: TEXT}, self._separator)
        steps, derived, own, rare = self._steps
        shape = replace(
            shape, steps=steps, derived=derived, fields={**shape.fields, **own}, rare={**rare, **shape.rare}
        )
        return Shapes((shape,), always=True)

    def _joined(self, key: str, between: str = "") -> list[str]:
        """Texts; one may be a list of its parts."""
        texts = self.table.get(key, [])
        return [
            each if isinstance(each, str) else between.join(each)
            for each in ([texts] if isinstance(texts, str) else texts)
        ]

    @cached_property
    def _known(self) -> Mapping[str, Field]:
        """The fields that orders name; ``_`` is what all others look like."""
        return {"_": bare("_"), **{field.name: field for field in self._fields("fields")}}

    def _field(self, word: str, known: Mapping[str, Field]) -> Field:
        """A word of an order: the name of a field, or a hole."""
        if word.startswith("{"):
            (field,) = fields_of_line(word, self._kinds, {}, self._separator)
            return field
        return known.get(word) or bare(word, shape=known["_"].cell.pattern)

    def _parts(self, text: str) -> list[list[Field]]:
        """The fields of an order, and those behind its ``+``: a line has the first of these, and may end behind any."""
        known = {**self._known, **{field.name: field for field in self._fields("guesses")}}
        parts = [[self._field(word, known) for word in part.split()] for part in text.split(" + ")]
        if len(parts) > 2 or not all(parts) or _repeated(field for part in parts for field in part):
            raise ConfigError(f"{text[:40]!r}: expected each name once, and at most one + with names on both sides")
        return parts

    def _orders(self) -> Shapes:
        shapes = []
        for text in self._joined("orders", " "):
            fields, *more = self._in("orders", lambda text=text: self._parts(text))
            later = more[0] if more else []
            shape = line_shape((*fields, *later[:1]), later[1:], types_of(later))
            shapes.append(replace(shape, steps=self._steps[0]))
        return Shapes(tuple(shapes), always=True, start=f"^(?:{self._text('starts')})")

    def _texts(self) -> Shapes:
        shapes = tuple(self._in("text", lambda text=text: self._shape(text)) for text in self._joined("text"))
        columns = tuple(self._text("columns").split())
        return Shapes(shapes, columns or (OTHERS,), always=bool(self.table.get("always")))

    def _shape(self, text: str) -> Shape:
        made = compiled(text, self._kinds)
        steps, derived, own, rare = self._steps
        types = {name: seen for name, seen in made.types.items() if name not in ("message", "level") and name[0] != "_"}
        named = {**types, **own, **derived}
        seldom = {name: named[name] for name in self._text("rare").split() if name in named}
        fields, derived = (
            {name: seen for name, seen in each.items() if name not in seldom} for each in ({**types, **own}, derived)
        )
        rare = {**seldom, **rare}
        return Shape(whole_pattern(made), fields, rare, derived, steps, blank=self._text("blank"))

    def _object_format(self) -> ObjectFormat:
        first = self._in("json", lambda: _first_keys(self._text("json"), self._kinds))
        self._in("json", lambda: matches(_EMPTY, first))
        level = self.table.get("level", {})
        self._in("level", lambda: check(level, dict.fromkeys(LEVELS, FILLED)))
        paths = [tuple(name.split(".")) for name in self._joined("message") or [MESSAGE]]
        keys = tuple(f'"{key}"' for key in self._text("keys").split())
        levels = tuple(((tuple(path.split(".")),), partial(if_there, name)) for name, path in level.items())
        shape = JsonShape(keys, tuple(paths), first, levels)
        signs = tuple(Sign(BRACE, each.literal) for each in self.signs)
        start = re.sub(r"\{:.*?/\}", "…", self._text("json"))
        texts = {
            "detection": f"A JSON object that starts with `{start}` and has {', '.join(self._text('keys').split())}.",
            "note": "The fields of the object.",
        }
        return ObjectFormat(self.id, (shape,), signs, {**texts, **self.table})


def _repeated(fields: Iterable[Field]) -> str:
    """A name of which there are two; empty if there is none."""
    counts = Counter(group_name(field.name) for field in fields)
    return next((name for name, count in counts.items() if count > 1), "")


def _drop_private(groups: Groups) -> None:
    """A hole whose name starts with an underscore is for the steps alone."""
    for name in [name for name in groups if name.startswith("_")]:
        del groups[name]


def _first_keys(text: str, kinds: Mapping[str, Kind]) -> str:
    """RE2 of an object's first keys: white space may be around a colon and a comma."""
    made = compiled(text, kinds, is_end=False)
    return re.sub(r"(?<=[\"+]):(?=[\"\\-])|(?<=[\"+]),(?=\")", lambda found: rf"\s*{found[0]}\s*", made.pattern)


def read_definitions(text: str, shown: str = "") -> dict[str, Definition]:
    """The definitions of a file, by the names of their formats.

    Raises:
        ConfigError: the file is no TOML, or has what is no definition: names the file, and the line.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{shown}: {error}") from None
    except RecursionError:
        raise ConfigError(f"{shown}: it is nested too deep") from None
    for name, table in tables.items():
        if not isinstance(table, Mapping):
            raise ConfigError(f"{shown}: expected tables such as [alb], and {name} is none")
    try:
        kinds = kinds_of(tables.pop("kinds", {}))
    except ConfigError as error:
        raise ConfigError(f"{shown}, line {_line_of(text, 'kinds', str(error))}: kinds.{error}") from None
    return {name: Definition(name, table, kinds) for name, table in tables.items()}


def checked(definition: Definition) -> ShapedFormat | ObjectFormat:
    """The format of a definition that may be wrong.

    Raises:
        ConfigError: names the key, the place in its text, and what was expected.
    """
    made = definition.format()
    if isinstance(made, ShapedFormat):
        definition.check()
    return made


def format_in(text: str, definition: Definition, shown: str) -> ShapedFormat | ObjectFormat:
    """The format of a definition; an error names the file, the line, the key, and what was expected.

    Args:
        text: the file's.
        definition: one of its.
        shown: the file's name.
    """
    try:
        return checked(definition)
    except ConfigError as error:
        line = _line_of(text, definition.id, str(error))
        raise ConfigError(f"{shown}, line {line}: {definition.id}.{error}") from None


def _line_of(text: str, name: str, error: str) -> int:
    """The line of a table's key that an error begins with, else of the table."""
    lines, key = text.splitlines(), error.partition(":")[0].partition(",")[0]
    header = next((at for at, line in enumerate(lines) if re.match(rf"\[\"?{re.escape(name)}\"?\]", line.strip())), 0)
    for at in range(header + 1, len(lines)):
        if lines[at].startswith("["):
            break
        if re.match(rf"{re.escape(key)}\b", lines[at]):
            return at + 1
    return header + 1


def source_of(name: str) -> str:
    """The lines of a definition of the library, behind the kinds of its file that it uses: a file of its own.

    Raises:
        KeyError: the library has none of that name.
    """
    for text in _files().values():
        tables = re.split(r"\n(?=\[\w+\]\n)", text)
        table = next((each for each in tables if each.startswith(f"[{name}]\n")), "")
        if table:
            kinds = next((each for each in tables if each.startswith("[kinds]\n")), "").splitlines()
            used = [line for line in kinds if re.search(rf":{line.partition(' = ')[0]}[}}/]", table)]
            return "\n".join([*(["[kinds]", *used, ""] if used else []), table.rstrip(), ""])
    raise KeyError(name)


@cache
def _files() -> Mapping[str, str]:
    folder = resources.files(__package__) / "library"
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".toml") and file.name != LOGGERS)
    return {name: (folder / name).read_text("utf-8") for name in names}


@cache
def library() -> Mapping[str, Definition]:
    """The definitions that ship with loglake, by format."""
    return {name: each for file, text in _files().items() for name, each in read_definitions(text, file).items()}
