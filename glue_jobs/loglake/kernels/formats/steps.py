r"""Steps: named things to do with the groups of a shape, as a definition lists them under ``steps``.

* ``{ take = "field", line = "{a}:{b}" }`` cuts a field by the notation, at its start; ``find`` cuts it anywhere; a list
  is tried in its order. ``when = { field = "text" }`` looks only at events whose field is that text.
* ``{ take = "client:port a", as = "address_and_port" }`` makes ``client_ip``, ``client_port_number`` and ``a``'s alike;
  ``names`` says another name for one field.
* ``{ take = "field", as = "request_line" }`` makes method, url, protocol, url_host, url_port, path and query.
* ``{ take = "field", as = "pairs", each = " KEY=(?P<value>\S+)", fields = "User, Bytes:whole" }`` finds a value for
  each key; groups of ``each`` are tried in their order. ``others = "name"`` keeps the rest of the field.
* ``{ take = "a b", as = "first", into = "c" }`` is the first that is there; ``as = "join"`` has a space between them.
* ``{ take = "a b", as = "replace", find = "RE2", by = "text", into = "c" }`` changes a text; ``as = "trim"`` takes
  white space from its end; ``{ take = "a", as = "blank", text = "- - -" }`` makes a text null.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Callable, NamedTuple

import pyarrow as pa

from loglake.core.schema.schema import InferredType
from loglake.errors import ConfigError
from loglake.kernels.arrow import NO_STRING, Strings, choose, coalesce, lookup, matches, nulls, pc, without
from loglake.kernels.formats.base import TEXT, TYPES, WHOLE, FieldTypes
from loglake.kernels.formats.delimited import Cell, Order
from loglake.kernels.formats.expected import ANY_TEXT, BOOLEAN, FILLED, TEXTS, WORDS, Expected, check
from loglake.kernels.formats.levels import level_in_text
from loglake.kernels.formats.notation import Kind, check_re2, compiled
from loglake.kernels.formats.shape import LEVEL, MESSAGE, Groups, Step, group_name
from loglake.kernels.formats.text_fields import cut
from loglake.kernels.formats.times.paths import LOG_TIME

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


class Made(NamedTuple):
    """A step, and the types by name of the fields that it adds."""

    step: Step
    types: FieldTypes = MappingProxyType({})


Args = Mapping[str, Any]


def _cutter(
    source: str, patterns: Sequence[str], order: Order | None = None, when: Mapping[str, str] = MappingProxyType({})
) -> Step:
    """A step that cuts a field, if the shape has it. What one pattern does not find, the next one does.

    Args:
        source: the field's name.
        patterns: RE2 with a group per value; with four groups at most it is cut in one pass, several times as fast.
        order: the values if only separators are between them, which is faster still: what it cuts, a pattern matches.
        when: texts by name of fields; other events are left out.
    """

    def step(groups: Groups) -> None:
        texts = groups.get(group_name(source))
        if texts is None or not when.keys() <= groups.keys():
            return
        for name, text in when.items():
            texts = choose(pc.fill_null(pc.equal(groups[name], text), False), texts, NO_STRING)
        if order and pc.all(order.matches(texts)).as_py():
            groups |= order.cut(texts)
            return
        own: Groups = {}
        for pattern in patterns:
            found = cut(texts, pattern)
            own |= {name: coalesce(own.get(name, each), each) for name, each in found.items()}
            if all(each.null_count == texts.null_count for each in found.values()):
                break
        groups |= own

    return step


def _address_and_port(args: Args, _kinds: Mapping[str, Kind]) -> Made:
    """``192.0.2.1:2817`` as ``<name>_ip`` and ``<name>_port_number``: some services call the whole ``<name>:port``."""
    cutters, types = list[Step](), dict[str, InferredType]()
    for field in args["take"].split():
        name = args.get("names") or field.partition(":")[0]
        ip, number = f"{name}_ip", f"{name}_port_number"
        port = rf":(?P<{number}>\d+)$"
        patterns = (rf"^(?P<{ip}>[\d.]+){port}", rf"^\[?(?P<{ip}>.*?)\]?{port}")
        order = Order((Cell(ip, r"[\d.]+"), Cell(number, r"\d+")), ":")
        cutters.append(_cutter(field, patterns, order))
        types |= {ip: TEXT, number: WHOLE}
    return Made(_one_by_one(cutters), types)


def _one_by_one(steps: Sequence[Step]) -> Step:
    def step(groups: Groups) -> None:
        for each in steps:
            each(groups)

    return step


def _request_line(args: Args, _kinds: Mapping[str, Kind]) -> Made:
    """``GET https://example.com:443/orders?id=17 HTTP/1.1``."""
    shapes = {"method": "[A-Z]+", "url": "[^ ]+", "protocol": "HTTP/[^ ]+"}
    whole = " ".join(f"(?P<{name}>{each})" for name, each in shapes.items())
    line = _cutter(args["take"], (f"^{whole}$",), Order(tuple(Cell(name, each) for name, each in shapes.items())))
    parts = (
        r"^[A-Z]+ (?:[a-z]+://(?P<url_host>[^/?: ]+)(?::(?P<url_port>\d+))?)?(?P<path>/[^? ]*)?(?:\?(?P<query>[^ ]*))? "
    )
    url = _cutter(args["take"], (parts,))

    types = dict.fromkeys((*shapes, "url_host", "url_port", "path", "query"), TEXT)
    return Made(_one_by_one((line, url)), {**types, "url_port": WHOLE})


def _cut(args: Args, kinds: Mapping[str, Kind]) -> Made:
    at = "line" if "line" in args else "find"
    texts = [args[at]] if isinstance(args[at], str) else args[at]
    made = [compiled(text, kinds, is_end=False) for text in texts]
    patterns = [f"^{each.pattern}" if at == "line" else each.pattern for each in made]
    types = {name: seen for each in made for name, seen in each.types.items()}
    return Made(_cutter(args["take"], patterns, when=args.get("when", {})), types)


def _pairs(args: Args, _kinds: Mapping[str, Kind]) -> Made:
    kinds = {
        key: kind or "text" for key, _, kind in (each.strip().partition(":") for each in args["fields"].split(","))
    }
    unknown = [kind for kind in kinds.values() if kind not in TYPES]
    if unknown:
        raise ConfigError(f"fields: {unknown[0]!r} is no type: expected one of {', '.join(TYPES)}")
    keys = {key: TYPES[kind] for key, kind in kinds.items()}
    if not all(keys) or "(?P<" not in args["each"]:
        raise ConfigError("expected names in fields, and in each a group such as (?P<value>[^ ]+)")
    names = {key: re.sub(r"\W", "_", key.lower()) if args.get("lower") else key for key in keys}
    patterns = {key: args["each"].replace("KEY", key) for key in keys}
    source, others = group_name(args["take"]), args.get("others", "")

    def step(groups: Groups) -> None:
        if source not in groups:
            return
        texts = groups[source]
        for key, pattern in patterns.items():
            if args.get("rare") and not pc.any(matches(texts, pattern)).as_py():
                groups[names[key]] = nulls(len(texts), pa.string())
            else:
                groups[names[key]] = coalesce(*cut(texts, pattern).values())
        if others:
            for pattern in patterns.values():
                bare = re.sub(r"\?P<\w+>", "", pattern)
                texts = pc.replace_substring_regex(texts, bare, "\n", max_replacements=1)
            groups[others] = without(pc.utf8_trim_whitespace(texts), "")

    types = {names[key]: seen for key, seen in keys.items()}
    return Made(step, {**types, others: TEXT} if others else types)


def _sources(args: Args, groups: Groups) -> list[str]:
    """The groups that a step takes, as far as the shape has them."""
    return [name for name in map(group_name, args["take"].split()) if name in groups]


def _together(put: Callable[..., Strings], *, needs_all: bool) -> Callable[[Args, Mapping[str, Kind]], Made]:
    """Makes one group of several."""

    def make(args: Args, _kinds: Mapping[str, Kind]) -> Made:
        def step(groups: Groups) -> None:
            there = _sources(args, groups)
            if there and (len(there) == len(args["take"].split()) or not needs_all):
                groups[args["into"]] = put(*(groups[name] for name in there))

        return Made(step)

    return make


def _each(change: Callable[[Strings, Args], Strings]) -> Callable[[Args, Mapping[str, Kind]], Made]:
    """Changes one group, or several alike."""

    def make(args: Args, _kinds: Mapping[str, Kind]) -> Made:
        def step(groups: Groups) -> None:
            for name in _sources(args, groups):
                groups[args.get("into", name)] = without(change(groups[name], args), "")

        return Made(step)

    return make


def _replaced(texts: Strings, args: Args) -> Strings:
    find = args["find"]
    replace = pc.replace_substring if re.escape(find) == find else pc.replace_substring_regex  # which takes longer
    return replace(texts, find, args["by"])


_NAMED: Mapping[str, tuple[Callable[[Args, Mapping[str, Kind]], Made], str]] = {
    "address_and_port": (_address_and_port, "take"),
    "request_line": (_request_line, "take"),
    "pairs": (_pairs, "take each fields"),
    "first": (_together(coalesce, needs_all=False), "take into"),
    "join": (_together(lambda *texts: pc.binary_join_element_wise(*texts, " "), needs_all=True), "take into"),
    "replace": (_each(_replaced), "take find by"),
    "trim": (_each(lambda texts, _: pc.utf8_rtrim(texts, " \t\r\n")), "take"),
    "blank": (_each(lambda texts, args: without(texts, args["text"])), "take text"),
}
_KEYS: Mapping[str, Expected] = {
    **dict.fromkeys(("as", "take", "into", "names", "others", "each", "fields", "text"), FILLED),
    **{"by": ANY_TEXT, "line": TEXTS, "find": TEXTS, "when": WORDS},
    **dict.fromkeys(("own", "rare", "lower"), BOOLEAN),
}
_OPTIONAL = ("as", "own", "rare", "when", "lower", "others", "into", "names")


def step_of(args: Args, kinds: Mapping[str, Kind]) -> Made:
    """A step as a definition has it.

    Raises:
        ConfigError: something of it is missing or unknown, or is not as expected.
    """
    name = args.get("as", "")
    if name and not (isinstance(name, str) and name in _NAMED):
        raise ConfigError(f"as = {name!r} is no step: use one of {', '.join(_NAMED)}")
    cutter = "find" if "find" in args else "line"
    make, needed = _NAMED[name] if name else (_cut, f"take {cutter}")
    for key in needed.split():
        if key not in args:
            raise ConfigError(f"a step {name or 'that cuts a field'} needs {key}: it has {', '.join(args)}")
    check(args, {key: FILLED if key == "find" and name else _KEYS[key] for key in (*needed.split(), *_OPTIONAL)})
    for key in ("each", "find") if name else ():
        check_re2(args.get(key, ""), key)
    return make(args, kinds)


def level_step(rules: Iterable[Args]) -> Step:
    """A step that gives events the level of the first rule that has one.

    A rule is ``{ field = "a", words = { "!" = "ERROR" } }``; other words are levels themselves;
    ``{ field = "a", ERROR = "RE2" }``; or ``{ text = "a", unless = "b c" }``: the level that a text names, of events
    that have none of the other fields.
    """
    made = [_rule(rule) for rule in rules]

    def step(groups: Groups) -> None:
        found = [each for each in (rule(groups) for rule in made) if each is not None]
        if found:
            groups[LEVEL] = coalesce(*found)

    return step


def _rule(rule: Args) -> Callable[[Groups], Strings | None]:
    check(rule, {**dict.fromkeys(("field", "text", "unless", *LEVELS), FILLED), "words": WORDS})
    if ("field" in rule) == ("text" in rule):
        raise ConfigError(f"{dict(rule)!r}: expected either field or text")
    if unknown := [name for name in rule.get("words", {}).values() if name not in LEVELS]:
        raise ConfigError(f"words: {unknown[0]!r} is no level: expected one of {', '.join(LEVELS)}")
    levels = {name: pattern for name, pattern in rule.items() if name in LEVELS}
    for name, pattern in levels.items():
        check_re2(pattern, name)
    field = group_name(rule.get("field") or rule["text"])
    words = lookup(rule["words"]) if "words" in rule else None

    def level(groups: Groups) -> Strings | None:
        if field not in groups:
            return None
        texts = groups[field]
        if "text" in rule:
            named = level_in_text(texts)
            for name in set(rule.get("unless", "").split()) & groups.keys():
                named = choose(groups[name].is_valid(), NO_STRING, named)
            return named
        if levels:
            found = [
                choose(pc.fill_null(matches(texts, each), False), name, NO_STRING) for name, each in levels.items()
            ]
            return coalesce(*found)
        return coalesce(words(texts), texts) if words else texts

    return level


def message_step(name: str) -> Step:
    """A step that makes a field the message."""

    def step(groups: Groups) -> None:
        if group_name(name) in groups:
            groups[MESSAGE] = groups[group_name(name)]

    return step


UTC = "UTC"


def time_step(names: str) -> Step:
    """A step that makes fields the event's time: one, or a date and a time; and ``UTC`` if they are that.

    They stay fields.
    """
    fields = [group_name(name) for name in names.split() if name != UTC]

    def step(groups: Groups) -> None:
        there = [groups[name] for name in fields if name in groups]
        if len(there) == len(fields):
            texts = pc.binary_join_element_wise(*there, " ") if len(there) > 1 else there[0]
            groups[LOG_TIME] = pc.binary_join_element_wise(texts, "Z", "") if UTC in names.split() else texts

    return step
