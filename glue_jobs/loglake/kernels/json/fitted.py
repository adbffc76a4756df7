"""A batch of JSON events that is fitted to a table's schema."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Callable

import numpy as np
import pyarrow as pa

from loglake.kernels.arrow import Array, Booleans, Mask, Strings, pc


@dataclass(frozen=True)
class Fitted:
    """A batch, fitted: arrays as long as the batch.

    Attributes:
        columns: one per column of the schema.
        rescued: JSON objects as text; null if everything fits.
        rescued_values: how many values `rescued` holds.
        picked: texts at the requested paths: strings, and whole numbers as digits; else null.
        left: the picked strings that are in no column and not rescued: see `Fitter.rescue_left`.
        valid: boolean, False if the text is no JSON object: all else is then null.
    """

    columns: list[Array]
    rescued: Strings
    rescued_values: int
    picked: list[Strings]
    left: list[Strings]
    valid: Booleans


def replaced(fitted: Fitted, mask: Mask, by: Fitted) -> Fitted:
    """A batch in which nothing is rescued, with some of its events fitted in another way."""
    return _made_of(partial(put_at, pa.array(mask)), fitted, by)


def put_at(where: Booleans, old: Array, new: Array) -> Array:
    """An array with other values where a mask without nulls is true."""
    if not len(new) or (old.null_count == len(old) and new.null_count == len(new)):  # as most picked texts
        return old
    return pc.replace_with_mask(old, where, new)


def joined(*parts: Fitted) -> Fitted:
    """Batches as one."""
    return _made_of(lambda *arrays: pa.concat_arrays(arrays), *parts)


def in_order(one: Fitted, other: Fitted, mask: Mask) -> Fitted:
    """Two batches as one: the other has the events where a mask is true."""
    order = np.argsort(np.concatenate([np.flatnonzero(~mask), np.flatnonzero(mask)]))
    return _made_of(lambda *arrays: pa.concat_arrays(arrays).take(order), one, other)


def _made_of(make: Callable[..., Array], *parts: Fitted) -> Fitted:
    """A batch whose arrays a function makes of those of others; what these rescue is counted together."""

    def each(arrays: Callable[[Fitted], list[Array]]) -> list[Array]:
        return list(map(make, *map(arrays, parts)))

    return Fitted(
        columns=each(lambda part: part.columns),
        rescued=make(*(part.rescued for part in parts)),
        rescued_values=sum(part.rescued_values for part in parts),
        picked=each(lambda part: part.picked),
        left=each(lambda part: part.left),
        valid=make(*(part.valid for part in parts)),
    )
