"""The colours of terminals, and a byte order mark, which are no part of what an event says: only ``raw`` keeps them."""

from __future__ import annotations

from loglake.kernels.arrow import Strings, few_bytes, occurs, pc

_COLOURS = r"\x1b\[[\d;:]*[mK]"
_MARK = "\ufeff"
"""What .NET and PowerShell on Windows write before the first line."""


def plain(raw: Strings) -> Strings:
    """Texts without colours and marks. Texts that have none cost one search for each."""
    few = few_bytes(raw)
    if few is not None and b"\x1b" not in few and _MARK.encode() not in few:
        return raw
    if pc.any(pc.starts_with(raw, _MARK)).as_py():
        raw = pc.replace_substring_regex(raw, rf"^{_MARK}", "")
    if not occurs(raw, _COLOURS):
        return raw
    return pc.replace_substring_regex(raw, _COLOURS, "")
