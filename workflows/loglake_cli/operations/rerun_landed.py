"""Landed windows that go on without what is gone, where a person accepts that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from loglake.core.landing.objects import LandedState
from loglake.errors import DamagedListError, NotFoundError
from loglake.pipelines.object_lists import read_object_list
from loglake.pipelines.reconvert import Convertible

if TYPE_CHECKING:
    from collections.abc import Collection

    from loglake.core.ledger.row import LedgerRow
    from loglake_cli.operations.deployment import Deployment


class WhatIsThere(NamedTuple):
    """A landed window as it can be converted now, and the keys of its raw objects that are gone."""

    window: Convertible
    gone: tuple[str, ...]


def what_is_there(deployment: Deployment, row: LedgerRow) -> WhatIsThere | None:
    """A landed window with those of its raw objects that are there, however many events these have by now.

    None where it was exported too, where its list is gone, or where none of its objects is there: all of its rows would
    be taken away, and none brought.
    """
    if not row.landed or row.holds_exports:
        return None
    try:
        objects = read_object_list(deployment.control, row)
    except (NotFoundError, DamagedListError):
        return None
    there = tuple(replace(each, events=0) for each in objects if deployment.raw.exists(each.key))
    if not there:
        return None
    kept = {each.key for each in there}
    counted = replace(row, objects=len(there), size_bytes=sum(each.size_bytes for each in there))
    return WhatIsThere(Convertible(counted, there), tuple(each.key for each in objects if each.key not in kept))


def look_again(deployment: Deployment, keys: Collection[str]) -> None:
    """Has landed objects looked at again when they come back: windows went on without them."""
    for known in deployment.ledger.landed_objects():
        if known.key in keys:
            deployment.ledger.put_landed_object(replace(known, state=LandedState.ASKED_AGAIN))
