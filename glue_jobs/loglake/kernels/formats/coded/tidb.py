"""The log of TiDB, TiKV and PD: a header, a message and fields, each in square brackets."""

from __future__ import annotations

from loglake.kernels.arrow import Strings, coalesce, occurs, pc, without
from loglake.kernels.formats.base import Sign, types_in
from loglake.kernels.formats.coded.fields_format import FieldsFormat, Values, bounded, with_values
from loglake.kernels.formats.levels import normal_level
from loglake.kernels.formats.pairs.logfmt import MAX_PAIRS
from loglake.kernels.formats.pairs.reading import read_pairs
from loglake.kernels.formats.text_fields import beside, cut

FIELDS = types_in("timestamp source_file source_line:whole")

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_KEY, _VALUE = r"[A-Za-z_@][\w.@/-]*", rf"{_QUOTED}|[^\s\"\[\]]*"
_QUOTED_KEY = r'"[A-Za-z_@][\w.@/ -]*"'
"""A key with a space is a JSON string."""

_FIELD = rf" \[(?:{_KEY}|{_QUOTED_KEY})=(?:{_VALUE})\]"
_FIELD_PARTS = rf' \[({_KEY}=)(?:(")((?:[^"\\]|\\.)*")|([^\s"\[\]]*))\]'
_SPACE_IN_KEY = r'( \["[\w.@/-]+) +([\w.@/ -]*"=)'
_KEY_IN_QUOTES = r' \["([\w.@/-]+)"='
"""In a value a quote is escaped, so neither is in one."""

_EVENT = (
    r"^\[(?P<timestamp>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d\d:\d\d)\] \[(?P<level>[A-Z]+)\] "
    r"\[(?:(?P<source_file>[^\s:\[\]<>]+):(?P<source_line>\d+)|<unknown>)\] "
    rf"\[(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<bare>[^\s\"\[\]=]+))\](?P<pairs>(?:{_FIELD})*)\s*$"
)


def _read(raw: Strings) -> tuple[Values, Strings, Strings]:
    groups = cut(raw, _EVENT)
    message = coalesce(groups["bare"], _unescaped(groups["quoted"]))
    values = {**{name: groups[name] for name in FIELDS}, **_pairs(groups["pairs"])}
    return with_values(values), message, normal_level(groups["level"])


def _pairs(texts: Strings) -> dict[str, Strings]:
    """The dot before each value keeps a single quote, which means nothing here, from being read as one of logfmt."""
    texts = pc.fill_null(texts, "")
    while occurs(texts, _SPACE_IN_KEY):
        texts = pc.replace_substring_regex(texts, _SPACE_IN_KEY, r"\1_\2")
    texts = pc.replace_substring_regex(texts, _KEY_IN_QUOTES, r" [\1=")
    fields = pc.replace_substring_regex(texts, _FIELD_PARTS, r" \1\2.\3\4")
    dotted = read_pairs(pc.utf8_ltrim(fields, " "))
    values = {name: without(pc.utf8_slice_codeunits(each, 1), "") for name, each in dotted.items()}
    return beside(values, FIELDS)


def _unescaped(texts: Strings) -> Strings:
    """Escapes are JSON's, as those of logfmt's values."""
    quoted = pc.binary_join_element_wise('m="', pc.fill_null(texts, ""), '"', "")
    return without(read_pairs(quoted).get("m", texts), "")


TIDB = FieldsFormat(
    id="tidb", signs=(Sign(r"\[\d{4}/"),), is_own=bounded("=", MAX_PAIRS, _EVENT), read=_read, fields=FIELDS
)
"""Lines such as ``[2026/11/21 08:00:00.123 +00:00] [INFO] [server.go:259] ["server is running"] [id=17]``.

The message is what stands in the fourth brackets, without its quotes.
"""
