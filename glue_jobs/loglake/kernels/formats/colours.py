"""The colours of terminals, which are no part of what an event says: only ``raw`` keeps them."""

from __future__ import annotations

from loglake.kernels.arrow import Strings, few_bytes, occurs, pc

_COLOURS = r"\x1b\[[\d;:]*[mK]"


def plain(raw: Strings) -> Strings:
    """Texts without colours. Texts that have none cost one search for all."""
    few = few_bytes(raw)
    if (few is not None and b"\x1b" not in few) or not occurs(raw, _COLOURS):
        return raw
    plain: Strings = pc.replace_substring_regex(raw, _COLOURS, "")
    return plain
