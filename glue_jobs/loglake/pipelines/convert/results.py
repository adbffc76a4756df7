"""Gathers bundle results until a window has all of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from loglake.core.ledger.row import LedgerRow
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import BundleFailure, BundleResult
from loglake.core.windows import WindowName


class WindowResults:
    """Collects bundle results, and says when a window is complete or has failed."""

    def __init__(self, rows: Iterable[LedgerRow], bundles: Iterable[Bundle]) -> None:
        self._rows = {row.name: row for row in rows}
        self._expected = Counter((bundle.log_group, bundle.window) for bundle in bundles)
        self._results: dict[WindowName, list[BundleResult]] = defaultdict(list)
        self._failed: set[WindowName] = set()

    def without_objects(self) -> list[LedgerRow]:
        """Empty windows: there is nothing to wait for."""
        return [row for name, row in self._rows.items() if not self._expected[name]]

    def wants(self, bundle: Bundle) -> bool:
        """Whether a bundle is still worth converting: its window has not failed."""
        return (bundle.log_group, bundle.window) not in self._failed

    def of(self, row: LedgerRow) -> list[BundleResult]:
        """The results of a window so far."""
        return self._results[row.name]

    def add(self, result: BundleResult | BundleFailure) -> LedgerRow | None:
        """Takes a result or a failure.

        Returns:
            The window's row, once: with its last result, or with its first failure. Else None.
        """
        name = (result.log_group, result.window)
        if name in self._failed:
            return None
        if isinstance(result, BundleFailure):
            self._failed.add(name)
            return self._rows[name]
        self._results[name].append(result)
        return self._rows[name] if len(self._results[name]) == self._expected[name] else None
