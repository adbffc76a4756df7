"""A batch of JSON events that is fitted to a table's schema."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

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
    put = partial(put_at, pa.array(mask))
    return Fitted(
        columns=list(map(put, fitted.columns, by.columns)),
        rescued=put(fitted.rescued, by.rescued),
        rescued_values=by.rescued_values,
        picked=list(map(put, fitted.picked, by.picked)),
        left=list(map(put, fitted.left, by.left)),
        valid=put(fitted.valid, by.valid),
    )


def put_at(where: Booleans, old: Array, new: Array) -> Array:
    """An array with other values where a mask without nulls is true."""
    if not len(new) or (old.null_count == len(old) and new.null_count == len(new)):  # as most picked texts
        return old
    return pc.replace_with_mask(old, where, new)


def joined(left: Fitted, right: Fitted) -> Fitted:
    """Two batches as one."""
    return Fitted(
        columns=[pa.concat_arrays(pair) for pair in zip(left.columns, right.columns)],
        rescued=pa.concat_arrays([left.rescued, right.rescued]),
        rescued_values=left.rescued_values + right.rescued_values,
        picked=[pa.concat_arrays(pair) for pair in zip(left.picked, right.picked)],
        left=[pa.concat_arrays(pair) for pair in zip(left.left, right.left)],
        valid=pa.concat_arrays([left.valid, right.valid]),
    )
