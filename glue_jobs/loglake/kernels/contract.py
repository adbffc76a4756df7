"""Checks a batch of rows against their table's schema contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from loglake.core.schema.contract import SHOWN_FIELDS, VALUE_CHARACTERS, Contract, Mode, Violation
from loglake.core.schema.schema import TableSchema
from loglake.kernels.arrow import Int64s, Mask, to_mask
from loglake.kernels.decode import Decoded
from loglake.kernels.formats.objects.paths import LEVELS
from loglake.kernels.json.fit_rows import RAW_BASE64, rescued_name
from loglake.kernels.json.walk import members
from loglake.kernels.readers.events import Fragment, Origin
from loglake.kernels.readers.raw_objects import UndecodedStretch

_NAMES = 4096
"""Fields whose mode is remembered: an event may have any."""

_LEVELS = frozenset(map(rescued_name, LEVELS))


class Checked(NamedTuple):
    """A batch with violations.

    Attributes:
        kept: the rows that stay, and `is_kept` which of the batch they are.
        fields: how many fields of each event of the batch are a violation.
        discarded: the other events, as entries of quarantine.
    """

    kept: Decoded
    is_kept: Mask
    fields: Int64s
    discarded: list[UndecodedStretch]


class ContractCheck:
    """Finds a bundle's violations, event by event: rescued values of the fields that the contract names.

    Memory: an example of up to `SHOWN_FIELDS` fields.

    Args:
        contract: the table's contract.
        schema: the table's columns.
        shows_values: an example has the value. It must not if a transformation of the dataset may hide it: examples go
            into decisions and reports, which more people read than quarantine.
    """

    def __init__(self, contract: Contract, schema: TableSchema, *, shows_values: bool = True) -> None:
        self._shown_characters = VALUE_CHARACTERS if shows_values else 0
        self._allows_all = contract.allows_all
        self._contract = contract
        self._mode = lru_cache(_NAMES)(self._mode_of)
        self._columns = {rescued_name(column.path): column for column in schema.columns}
        self._spare = {RAW_BASE64, *(_LEVELS - self._columns.keys())}
        self._found: dict[str, Violation] = {}

    @property
    def found(self) -> tuple[Violation, ...]:
        """The violations so far, by field, in the order of first sight."""
        return tuple(self._found.values())

    def check(self, decoded: Decoded, events: pa.RecordBatch, origins: Sequence[Origin]) -> Checked | None:
        """Checks a batch.

        Args:
            decoded: the rows.
            events: their events, with ``origin``.
            origins: by their number.

        Returns:
            None if there is no violation.
        """
        if self._allows_all or decoded.rescued.null_count == len(decoded.rescued):
            return None
        fields, is_kept = np.zeros(events.num_rows, np.int64), np.ones(events.num_rows, np.bool_)
        discarded = []
        for row in np.flatnonzero(to_mask(decoded.rescued.is_valid())).tolist():
            has_level = decoded.rows.column("level")[row].is_valid
            broken = self._broken(str(decoded.rescued[row].as_py()), has_level=has_level)
            if not broken:
                continue
            fields[row] = len(broken)
            source, line = origins[events.column("origin")[row].as_py()].source, events.column("line")[row].as_py()
            for name, value in broken.items():
                self._note(name, value, source, line)
            first = next((name for name in broken if self._mode(name) is Mode.DISCARD_ROW), None)
            if first is not None:
                is_kept[row] = False
                data = events.column("exact")[row].as_py() or events.column("raw")[row].as_py().encode()
                values = {
                    _printable(name): value[:VALUE_CHARACTERS] for name, value in islice(broken.items(), SHOWN_FIELDS)
                }
                discarded.append(UndecodedStretch(source, Fragment(line, -1, data, self._reason(first)), values))
        if not fields.any():
            return None
        kept = pa.array(is_kept)
        return Checked(
            decoded._replace(rows=decoded.rows.filter(kept), rescued=decoded.rescued.filter(kept)),
            is_kept,
            fields,
            discarded,
        )

    def _mode_of(self, name: str) -> Mode:
        column = self._columns.get(name)
        return self._contract.mode(name, column.name if column else "")

    def _broken(self, rescued: str, *, has_level: bool) -> Mapping[str, str]:
        """The JSON texts of an event's violations by field; what is too deep for Python to read counts as one.

        A word for the level is none, such as ``warning`` beside WARN: no table has a column for it until one is seen.
        """
        try:
            values = members(rescued)
        except RecursionError:
            values = {"": rescued}
        spare = self._spare if has_level else {RAW_BASE64}
        return {
            name: text for name, text in values.items() if name not in spare and self._mode(name) is not Mode.EVOLVE
        }

    def _note(self, name: str, value: str, source: str, line: int) -> None:
        known = self._found.get(name)
        if known is not None:
            self._found[name] = replace(known, events=known.events + 1)
        elif len(self._found) < SHOWN_FIELDS:
            column = self._columns.get(name)
            kind = column.type.value if column else ""
            shown = _printable(value[: self._shown_characters])
            self._found[name] = Violation(_printable(name), 1, self._mode(name), kind, source, line, shown)

    def _reason(self, name: str) -> str:
        """The reason of a discarded row: one for each column, and one for all new fields, since these may be many."""
        column = self._columns.get(name)
        return f"breaks the schema: {column.name} does not fit {column.type.value}" if column else _NEW


def _printable(text: str) -> str:
    """Text with escapes for what no terminal or UTF-8 should get: control characters, and halves of surrogate pairs."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


_NEW = "breaks the schema: a field is new"
