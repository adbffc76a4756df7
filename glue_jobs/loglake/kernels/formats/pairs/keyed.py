"""Events that are a list of keys with values, such as lines ``KEY=value`` or elements of XML: the values by key."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import Int64s, Strings, pc, split_at, texts_of, without


def keyed_values(texts: Strings, between: str, sign: str) -> dict[str, Strings]:
    """The values by key, each as long as the batch; null if a text has not the key, or nothing behind it.

    A key that comes again in a text is ``key.2``, and so on. The keys are in the order of first sight, and a part
    without the sign is left out. All texts are cut together, in time that is linear in their bytes.

    Args:
        texts: the events, none null.
        between: RE2 of what separates two parts.
        sign: what is between a key and its value.
    """
    lists = pc.split_pattern_regex(texts, between)
    parts, rows = lists.flatten(), pc.list_parent_indices(lists)
    places = pc.find_substring(parts, sign)
    has_key = pc.greater(places, 0)
    parts, rows, places = parts.filter(has_key), rows.filter(has_key), places.filter(has_key)
    keys, rest = split_at(parts, places)
    values = without(pc.utf8_slice_codeunits(rest, len(sign)), "")
    encoded = keys.dictionary_encode()
    numbers = encoded.indices.to_numpy()
    order = np.argsort(numbers, kind="stable")
    ends = np.cumsum(np.bincount(numbers, minlength=len(encoded.dictionary)))
    found: dict[str, Strings] = {}
    for key, own in zip(texts_of(encoded.dictionary), np.split(order, ends[:-1])):
        own_rows = rows.to_numpy()[own]
        again = _times_before(own_rows)
        for number in range(int(again.max(initial=0)) + 1):
            chosen = own[again == number]
            places_of = np.full(len(texts), -1)
            places_of[own_rows[again == number]] = chosen
            name = key if number == 0 else f"{key}.{number + 1}"
            found[name] = values.take(pa.array(places_of, mask=places_of < 0))
    return found


def _times_before(rows: Int64s) -> Int64s:
    """How often each row comes before in sorted rows."""
    starts = np.flatnonzero(np.append(True, rows[1:] != rows[:-1]))
    return np.arange(len(rows)) - np.repeat(starts, np.diff(np.append(starts, len(rows))))
