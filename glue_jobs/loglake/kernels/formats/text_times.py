"""Times as text logs write them, for columns that are timestamps: by the format's own page, or by a hint.

ISO 8601, the common log format's (``21/Nov/2026:08:30:00 +0000``), Apache's (``Sat Nov 21 08:30:00 2026``), dates with
slashes, and numbers since the epoch. UTC if the text names no zone. A text without a year or a day is no time.
"""

from __future__ import annotations

import pyarrow as pa

from loglake.core.schema.schema import ColumnType
from loglake.kernels.arrow import NO_STRING, Array, Mask, Strings, choose, coalesce, matches, no_mask, pc, to_mask
from loglake.kernels.json.scalars import ARROW_TYPES, MISFIT, epoch_to_us
from loglake.kernels.json.text_columns import convert_texts

_PLAIN = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?Z$"
_SECONDS, _MILLISECONDS, _MICROSECONDS = r"^\d{10}$", r"^\d{13}$", r"^\d{16}$"
_EPOCH = r"^(?:\d{10}|\d{13}|\d{16}|\d{19})(?:\.\d+)?$"
"""Other numbers of digits may be anything: ``20261121`` is a date."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_REWRITES = (
    (r"^(\d{4})/(\d\d)/(\d\d)([T ])", r"\1-\2-\3\4"),
    (r"^(\d\d)/([A-Z][a-z]{2})/(\d{4}):", r"\3-\2-\1 "),
    (r"^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ( \d|\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) (\d{4})$", r"\4-\1-\2 \3"),
    *((rf"^(\d{{4}})-{month}-", rf"\1-{number:02}-") for number, month in enumerate(_MONTHS, 1)),
    (r"^(\d{4}-\d\d-) (\d )", r"\10\2"),
    (r"(:\d\d),(\d+)", r"\1.\2"),
    (r" ?(?:UTC|GMT|[+-]00:?00)$", "Z"),
    (r"^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?)$", r"\1Z"),
)
"""From each layout to `_PLAIN`, one step after the other."""


def to_times(texts: Strings) -> tuple[Array, Mask]:
    """Texts as timestamps.

    Returns:
        The values, null if a text is null or no time, and which texts are no times, or finer than a microsecond.
    """
    if pc.all(matches(texts, _SECONDS)).as_py():
        since: Array = pc.multiply(texts.cast(pa.int64()), 1_000_000)
        return since.cast(ARROW_TYPES[ColumnType.TIMESTAMP]), no_mask(len(texts))
    odd = to_mask(pc.invert(matches(texts, _PLAIN)))
    if not odd.any():
        return convert_texts(texts, ColumnType.TIMESTAMP)
    unique = pc.unique(texts)
    if 2 * len(unique) > len(texts):
        return _odd_times(texts)
    values, misfits = _odd_times(unique)  # many events a second have few times
    places = pc.index_in(texts, unique)
    return pc.take(values, places), misfits[places.to_numpy()]


def _odd_times(texts: Strings) -> tuple[Array, Mask]:
    """As `to_times`, for texts that are not all in the plainest layout."""
    epochs = matches(texts, _EPOCH)
    iso = choose(epochs, NO_STRING, texts)
    for pattern, replacement in _REWRITES:
        iso = pc.replace_substring_regex(iso, pattern, replacement)
    values, misfits = convert_texts(iso, ColumnType.TIMESTAMP)
    if not pc.any(epochs).as_py():
        return values, misfits
    since, unfit = _since_epoch(choose(epochs, texts, NO_STRING))
    return coalesce(values, since), misfits | unfit


def _since_epoch(numbers: Strings) -> tuple[Array, Mask]:
    """Seconds of ten digits, milliseconds of thirteen, microseconds of sixteen, nanoseconds of nineteen."""
    whole: Array = coalesce(
        *(
            pc.multiply(choose(matches(numbers, pattern), numbers, NO_STRING).cast(pa.int64()), scale)
            for pattern, scale in ((_SECONDS, 1_000_000), (_MILLISECONDS, 1_000), (_MICROSECONDS, 1))
        )
    )
    rest = to_mask(pc.and_(numbers.is_valid(), whole.is_null()))
    if rest.any():
        found = [epoch_to_us(number.as_py()) for number in numbers.filter(pa.array(rest))]
        exact = pa.array([None if value is MISFIT else value for value in found], pa.int64())
        whole = pc.replace_with_mask(whole, pa.array(rest), exact)
        rest[rest] = [value is MISFIT for value in found]
    return whole.cast(ARROW_TYPES[ColumnType.TIMESTAMP]), rest
