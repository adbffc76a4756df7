"""The log of TiDB, TiKV and PD: a header, a message and fields, each in square brackets."""

from __future__ import annotations

from loglake.kernels.arrow import Strings, coalesce, occurs, pc, without
from loglake.kernels.formats.coded.fields_format import Values, fields_format, with_values
from loglake.kernels.formats.coded.texts import patterns_of
from loglake.kernels.formats.levels import normal_level
from loglake.kernels.formats.pairs.reading import read_pairs
from loglake.kernels.formats.text_fields import beside, cut

_KEY = r"[A-Za-z_@][\w.@/-]*"
_FIELD_PARTS = rf' \[({_KEY}=)(?:(")((?:[^"\\]|\\.)*")|([^\s"\[\]]*))\]'
_SPACE_IN_KEY = r'( \["[\w.@/-]+) +([\w.@/ -]*"=)'
_KEY_IN_QUOTES = r' \["([\w.@/-]+)"='
"""In a value a quote is escaped, so neither is in one."""


def _read(raw: Strings) -> tuple[Values, Strings, Strings]:
    groups = cut(raw, *patterns_of("tidb"))
    message = coalesce(groups["bare"], _unescaped(groups["quoted"]))
    values = {**{name: groups[name] for name in TIDB.fields}, **_pairs(groups["pairs"])}
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
    return beside(values, TIDB.fields)


def _unescaped(texts: Strings) -> Strings:
    """Escapes are JSON's, as those of logfmt's values."""
    quoted = pc.binary_join_element_wise('m="', pc.fill_null(texts, ""), '"', "")
    return without(read_pairs(quoted).get("m", texts), "")


TIDB = fields_format("tidb", _read)
"""Lines such as ``[2026/11/21 08:00:00.123 +00:00] [INFO] [server.go:259] ["server is running"] [id=17]``.

The message is what stands in the fourth brackets, without its quotes.
"""
