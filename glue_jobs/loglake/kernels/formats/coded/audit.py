"""The log of Linux's audit daemon: a type, when and which event, then pairs of key and value."""

from __future__ import annotations

from functools import partial

from loglake.kernels.arrow import Strings, matches, pc
from loglake.kernels.formats.base import Sign, types_in
from loglake.kernels.formats.coded.fields_format import FieldsFormat, Values, with_values
from loglake.kernels.formats.coded.syslog_details import type_of
from loglake.kernels.formats.levels import no_level
from loglake.kernels.formats.pairs.in_messages import scattered_pairs
from loglake.kernels.formats.text_fields import beside, cut

_START = r"^(?:node=(?P<node>\S+) )?type=(?P<type>\S+) msg=audit\((?P<timestamp>\d+\.\d+):(?P<serial>\d+)\):"
_PATTERN = rf"{_START}(?: *avc: +(?P<result>\w+) +\{{ (?P<permission>[^{{}}]*) \}} for)?(?P<rest>(?s:.*))$"


def _read(raw: Strings) -> tuple[Values, Strings, Strings]:
    groups = cut(raw, _PATTERN)
    rest = pc.fill_null(groups.pop("rest"), "")
    # The names behind the group separator are the same values once more, for people to read.
    pairs = scattered_pairs(pc.replace_substring_regex(rest, r" msg='|'\s*$|\x1d", " "), fewest=1)
    no_text = no_level(len(raw))
    return with_values({**groups, **beside(pairs, groups)}), no_text, no_text


AUDIT = FieldsFormat(
    id="audit",
    signs=(Sign("node=|type="),),
    is_own=partial(matches, pattern=_START),
    read=_read,
    fields=types_in("type timestamp serial:whole"),
    rare=types_in("node result permission"),
    type_of=type_of,
    always=False,
)
"""Lines such as ``type=SYSCALL msg=audit(1795248000.123:17): arch=c000003e syscall=59 success=yes``.

What a user's program says is at the end, as pairs between single quotes; these are fields too. An AVC of SELinux has
its result and the permission before its pairs. There is no message.
"""
