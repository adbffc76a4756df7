"""Commit manifests in the lake bucket: each generation of a window has at most one, and it decides."""

from __future__ import annotations

from dataclasses import replace

from loglake.core.accounting import Accounting
from loglake.core.keys import WindowKeys
from loglake.core.ledger.manifest import Manifest
from loglake.core.ledger.row import TERMINAL, LedgerRow
from loglake.core.ports.objects import ObjectStore
from loglake.core.unreadable import parse
from loglake.errors import AlreadyExistsError, NotFoundError

_REPLACED = "a later generation, or a wider window, replaces it"


def find_manifest(lake: ObjectStore, keys: WindowKeys) -> Manifest | None:
    """The manifest of one generation of a window, if there is a decision.

    Raises:
        UnreadableItemError: it can't be read, so the decision is not known. The same holds below.
    """
    try:
        return _read(lake, keys)
    except NotFoundError:
        return None


def _read(lake: ObjectStore, keys: WindowKeys) -> Manifest:
    body = lake.get(keys.manifest)

    def read() -> Manifest:
        manifest = Manifest.from_bytes(body)
        if (manifest.log_group, manifest.window, manifest.generation) != (keys.log_group, keys.window, keys.generation):
            raise ValueError(f"it is about {manifest.log_group} {manifest.window}, generation {manifest.generation}")
        return manifest

    return parse(keys.manifest, read)


def decide(lake: ObjectStore, manifest: Manifest) -> Manifest:
    """Writes the manifest of a generation that has none; returns the one that counts, whoever wrote it."""
    try:
        lake.put_new(manifest.keys.manifest, manifest.to_bytes())
    except AlreadyExistsError:
        return _read(lake, manifest.keys)
    return manifest


def close(lake: ObjectStore, row: LedgerRow, owner: str, why: str) -> Manifest:
    """Makes sure that a row's generation is decided: without a manifest by now, it never becomes rows.

    A converter that was stopped just before its manifest finds this one instead, and adds no file that nobody would
    remove.
    """
    return _closed(lake, row, row.generation, owner, why)


def newest_commit(lake: ObjectStore, row: LedgerRow) -> Manifest | None:
    """The manifest of a window's rows in the table, present or about to come; None if it never had any.

    Only reads: it skips generations without a decision.
    """
    for generation in range(row.generation, 0, -1):
        manifest = find_manifest(lake, row.keys_at(generation))
        if manifest and not manifest.closed:
            return manifest
    return None


def last_commit(lake: ObjectStore, row: LedgerRow, owner: str) -> Manifest | None:
    """As `newest`, but final: closes generations without a manifest, down to the one that has one.

    Generations before that were closed when it was written. A generation that may still be converted stays as it is.
    """
    top = row.generation if row.state in TERMINAL else row.generation - 1
    for generation in range(top, 0, -1):
        manifest = _closed(lake, row, generation, owner, _REPLACED)
        if not manifest.closed:
            return manifest
    return None


def _closed(lake: ObjectStore, row: LedgerRow, generation: int, owner: str, why: str) -> Manifest:
    keys = row.keys_at(generation)
    closed = Manifest(row.log_group, row.window, generation, row.table, owner, 0, (), Accounting(), closed=why)
    return find_manifest(lake, keys) or decide(lake, replace(closed, key_prefix=keys.prefix))
