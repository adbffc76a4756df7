"""The log of Linux's audit daemon: a type, when and which event, then pairs of key and value."""

from __future__ import annotations

from loglake.kernels.arrow import Strings, pc
from loglake.kernels.formats.coded.fields_format import Values, fields_format, with_values
from loglake.kernels.formats.coded.syslog_details import type_of
from loglake.kernels.formats.coded.texts import patterns_of
from loglake.kernels.formats.levels import no_level
from loglake.kernels.formats.pairs.in_messages import scattered_pairs
from loglake.kernels.formats.text_fields import beside, cut


def _read(raw: Strings) -> tuple[Values, Strings, Strings]:
    groups = cut(raw, *patterns_of("audit"))
    rest = pc.fill_null(groups.pop("rest"), "")
    # The names behind the group separator are the same values once more, for people to read.
    pairs = scattered_pairs(pc.replace_substring_regex(rest, r" msg='|'\s*$|\x1d", " "), fewest=1)
    no_text = no_level(len(raw))
    return with_values({**groups, **beside(pairs, groups)}), no_text, no_text


AUDIT = fields_format("audit", _read, type_of)
"""Lines such as ``type=SYSCALL msg=audit(1795248000.123:17): arch=c000003e syscall=59 success=yes``.

What a user's program says is at the end, as pairs between single quotes; these are fields too. An AVC of SELinux has
its result and the permission before its pairs. There is no message.
"""
