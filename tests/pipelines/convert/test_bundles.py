"""A window's objects are cut into as few bundles as possible, because each is a file in each of its partitions."""

from __future__ import annotations

import pytest
from support.fakes.fakes import START_MS, MemoryLedger
from support.fakes.stores import MemoryStore
from support.worlds.ledger_rows import ledger_row

from loglake.core.ledger.row import WindowState
from loglake.core.schema.bundle import RawObject, objects_digest
from loglake.core.schema.datasets import Datasets
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.convert.bundles import window_bundles
from loglake.pipelines.object_lists import put_next_list

pytestmark = pytest.mark.unit

SHOP = LogGroupName("/app/shop")
DAY = Window(START_MS, EpochMs(START_MS + MS_PER_DAY))
MB = 1024 * 1024


@pytest.mark.parametrize(("objects", "bundles"), [(100, [100]), (300, [128, 128, 44])])
def test_a_days_objects_are_one_bundle_up_to_128_mb(objects: int, bundles: list[int]) -> None:
    control, row = MemoryStore("control"), ledger_row(SHOP, DAY, "app_shop")
    listed = [RawObject(f"{row.keys.export_prefix}/t/web/{n:06d}.gz", MB, "web") for n in range(objects)]
    put_next_list(control, row.keys, listed, "t")
    exported = ledger_row(
        SHOP, DAY, "app_shop", WindowState.EXPORTED,
        generation=row.generation + 1, objects=objects, size_bytes=objects * MB, digest=objects_digest(listed),
        decisions=("d",),
    )  # fmt: skip
    made = window_bundles(exported, [exported], Datasets(()), MemoryLedger(), control)
    assert [len(bundle.objects) for bundle in made] == bundles
