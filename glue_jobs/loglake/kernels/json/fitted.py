"""A batch of JSON events that is fitted to a table's schema."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pyarrow as pa

from loglake.kernels.arrow import Array, Booleans, Int64s, Mask, Strings, pc


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


def joined(*parts: Fitted) -> Fitted:
    """Batches as one."""
    return Fitted(
        columns=[pa.concat_arrays(each) for each in zip(*(part.columns for part in parts))],
        rescued=pa.concat_arrays([part.rescued for part in parts]),
        rescued_values=sum(part.rescued_values for part in parts),
        picked=[pa.concat_arrays(each) for each in zip(*(part.picked for part in parts))],
        left=[pa.concat_arrays(each) for each in zip(*(part.left for part in parts))],
        valid=pa.concat_arrays([part.valid for part in parts]),
    )


def reordered(fitted: Fitted, order: Int64s) -> Fitted:
    """A batch with its events in another order."""
    return Fitted(
        columns=[each.take(order) for each in fitted.columns],
        rescued=fitted.rescued.take(order),
        rescued_values=fitted.rescued_values,
        picked=[each.take(order) for each in fitted.picked],
        left=[each.take(order) for each in fitted.left],
        valid=fitted.valid.take(order),
    )
