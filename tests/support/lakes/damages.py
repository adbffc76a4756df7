"""Kinds of damage to a whole lake, one at a time, with the expected findings."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq

from loglake.core.compaction.keys import is_compacted
from loglake.core.keys import QUARANTINE, TABLES
from loglake.core.units import LogGroupName
from support.lakes.decisions import decision_of
from support.lakes.verified import WEB_A, keys, row
from support.worlds.worlds import PAY, SHOP, World

Named = tuple[str, str]
"""Kind and key, as the document of `loglake verify` has them."""

PLACE = "dt=2026-11-21"
DECIDED = "commits/_compacted/web/dt=2026-11-21/c000001.json"
COMPACTED = f"{TABLES}web/{PLACE}/compacted.c000001.0000.parquet"


@dataclass(frozen=True)
class Case:
    """A damage.

    Attributes:
        make: does the damage, and returns what a verification has to name.
        deep: the damage is found only if every byte is read.
    """

    name: str
    make: Callable[[World], list[Named]]
    deep: bool = False


def shop_file(world: World, day: str = PLACE) -> str:
    """The file of a day of the shop."""
    (key,) = keys(world, f"{TABLES}app_shop/{day}/")
    return key


def manifest(world: World, group: LogGroupName = SHOP) -> str:
    """The decision about a log group's first window."""
    return decision_of(row(world, group))


def deleted(key: Callable[[World], str], kind: str) -> Callable[[World], list[Named]]:
    def make(world: World) -> list[Named]:
        gone = key(world)
        world.lake.delete([gone])
        return [(kind, gone)]

    return make


def rewritten(
    key: Callable[[World], str], change: Callable[[bytes], bytes], kind: str
) -> Callable[[World], list[Named]]:
    def make(world: World) -> list[Named]:
        where = key(world)
        world.lake.put(where, change(world.lake.get(where)))
        return [(kind, where)]

    return make


def added(key: str, body: bytes, kind: str) -> Callable[[World], list[Named]]:
    def make(world: World) -> list[Named]:
        world.lake.put(key, body)
        return [(kind, key)]

    return make


def swapped(world: World) -> list[Named]:
    one, other = shop_file(world), shop_file(world, "dt=2026-11-22")
    first, second = world.lake.get(one), world.lake.get(other)
    world.lake.put(one, second)
    world.lake.put(other, first)
    return [("file-size", one), ("file-size", other)]


def fewer_rows(world: World) -> list[Named]:
    """A Parquet file with fewer rows, padded to the same size."""
    key = shop_file(world)
    rows = pq.read_table(io.BytesIO(world.lake.get(key)), columns=["raw"]).slice(0, 2)
    world.lake.put(key, padded(rows, len(world.lake.get(key))))
    return [("file-rows", key)]


def padded(rows: pa.Table, size: int) -> bytes:
    """A file of rows with a given size: anything may come before the footer, because the footer locates the rows."""
    sink = io.BytesIO()
    pq.write_table(rows, sink)
    body = sink.getvalue()
    footer = len(body) - 8 - int.from_bytes(body[-8:-4], "little")
    return body[:footer] + bytes(size - len(body)) + body[footer:]


def broken_decision(world: World) -> list[Named]:
    data = json.loads(world.lake.get(manifest(world)))
    data["windows"][0]["files"][0]["rows"] -= 1
    world.lake.put(manifest(world), json.dumps(data).encode())
    return [("decision-other", manifest(world))]


def changed_alike(world: World) -> list[Named]:
    """A file has other rows, and its decision says so."""
    key, body = shop_file(world), io.BytesIO()
    rows = pq.read_table(io.BytesIO(world.lake.get(key)))
    pq.write_table(rows.set_column(rows.column_names.index("message"), "message", [["forged"] * len(rows)]), body)
    world.lake.put(key, body.getvalue())
    data = json.loads(world.lake.get(manifest(world)))
    data["windows"][0]["files"][0] |= {
        "size_bytes": len(body.getvalue()),
        "sha256": sha256(body.getvalue()).hexdigest(),
    }
    world.lake.put(manifest(world), json.dumps(data, indent=1).encode())
    return [("decision-other", manifest(world))]


def decision_of_another(world: World) -> list[Named]:
    world.lake.put(manifest(world), world.lake.get(manifest(world, PAY)))
    return [("decision-unreadable", manifest(world))]


def edited_list(world: World) -> list[Named]:
    key = row(world, SHOP).keys.object_list
    data = json.loads(world.control.get(key))
    data["objects"][0]["size_bytes"] += 1
    world.control.put(key, json.dumps(data).encode())
    return [("object-list-other", key)]


def lost_list(world: World) -> list[Named]:
    key = row(world, SHOP).keys.object_list
    world.control.delete([key])
    return [("object-list-gone", key)]


def lost_row(world: World) -> list[Named]:
    gone = row(world, SHOP)
    del world.ledger.stored[gone.log_group, gone.window]
    return [("ledger-row-gone", decision_of(gone))]


def lost_row_of_compacted(world: World) -> list[Named]:
    gone = row(world, WEB_A)
    del world.ledger.stored[gone.log_group, gone.window]
    return [("ledger-row-gone", decision_of(gone))]


def twice(world: World) -> list[Named]:
    """A compacted file is back."""
    (part, *_) = json.loads(world.lake.get(DECIDED))["files"][0]["parts"]
    world.lake.put(part[0], world.lake.get(COMPACTED))
    return [("file-twice", part[0])]


def stale_part(world: World) -> list[Named]:
    """A compaction's decision names rows of a version that the window does not have."""
    data = json.loads(world.lake.get(DECIDED))
    (part, *_) = data["files"][0]["parts"]
    lost = part[0]
    part[0] = lost.replace(".g1.", ".g9.")
    world.lake.put(DECIDED, json.dumps(data).encode())
    return [("file-stale", COMPACTED), ("file-gone", lost)]


def earlier_version(world: World) -> list[Named]:
    """A file of a version that was never committed."""
    key = shop_file(world).replace(".g1.", ".g7.")
    world.lake.put(key, world.lake.get(shop_file(world)))
    return [("file-unnamed", key)]


def left_in_staging(world: World) -> list[Named]:
    key = row(world, SHOP).keys.staged("jr_dead", shop_file(world))
    world.lake.put(key, b"PAR1")
    return [("staging-left", key)]


def quarantine_file(world: World) -> str:
    (key,) = keys(world, f"{QUARANTINE}app_pay/")
    return key


def landed_quarantine(world: World) -> str:
    (key,) = keys(world, f"{QUARANTINE}_landing/")
    return key


def compacted(world: World) -> str:
    (key,) = (key for key in keys(world, TABLES) if is_compacted(key))
    return key


def flipped(at: float) -> Callable[[bytes], bytes]:
    """Changes a byte at a part of the content: the size stays."""

    def change(body: bytes) -> bytes:
        place = int(len(body) * at)
        return body[:place] + bytes([body[place] ^ 255]) + body[place + 1 :]

    return change


def cases() -> Iterator[Case]:
    """All cases."""
    yield Case("deleted", deleted(shop_file, "file-gone"))
    yield Case("truncated to nothing", rewritten(shop_file, lambda body: b"", "file-size"))
    yield Case("truncated", rewritten(shop_file, lambda body: body[: len(body) // 2], "file-size"))
    yield Case("swapped", swapped)
    yield Case("same size with other bytes", rewritten(shop_file, flipped(0.1), "file-bytes"), deep=True)
    yield Case("same size without a footer", rewritten(shop_file, lambda b: b[:-4] + b"xxxx", "file-unreadable"))
    yield Case("same size with other rows", fewer_rows)
    yield Case("foreign file in a partition", added(f"{TABLES}app_shop/{PLACE}/mine.parquet", b"PAR1", "file-unnamed"))
    yield Case("foreign file beside the partitions", added(f"{TABLES}app_shop/read.me", b"hello", "file-unnamed"))
    yield Case("foreign table", added(f"{TABLES}other/{PLACE}/x.parquet", b"PAR1", "file-unnamed"))
    yield Case("file of another version", earlier_version)
    yield Case("decision deleted", deleted(manifest, "decision-gone"))
    yield Case("decision that is not JSON", rewritten(manifest, lambda body: body[:50], "decision-unreadable"))
    yield Case("decision with other numbers", broken_decision)
    yield Case("decision of another window", decision_of_another)
    yield Case("file and decision changed alike", changed_alike)
    yield Case("object list edited", edited_list)
    yield Case("object list deleted", lost_list)
    yield Case("ledger row deleted", lost_row)
    yield Case("ledger row of a compacted window deleted", lost_row_of_compacted)
    yield Case("compacted file deleted", deleted(compacted, "file-gone"))
    yield Case("compacted file truncated", rewritten(compacted, lambda body: body[:99], "file-size"))
    yield Case("compacted file with other bytes", rewritten(compacted, flipped(0.1), "file-bytes"), deep=True)
    yield Case("compacted rows there twice", twice)
    yield Case("compaction's decision of other rows", stale_part)
    yield Case("compaction's decision deleted", deleted(lambda _: DECIDED, "decision-gone"))
    yield Case(
        "compaction's decision unreadable", rewritten(lambda _: DECIDED, lambda body: b"{", "decision-unreadable")
    )
    yield Case("quarantine deleted", deleted(quarantine_file, "file-gone"))
    yield Case("quarantine truncated", rewritten(quarantine_file, lambda body: body[:9], "file-size"))
    yield Case("quarantine with other bytes", rewritten(quarantine_file, flipped(0.5), "file-bytes"), deep=True)
    yield Case("quarantine of a landed object deleted", deleted(landed_quarantine, "file-gone"))
    yield Case("quarantine of a landed object emptied", rewritten(landed_quarantine, lambda body: b"", "file-gone"))
    yield Case(
        "quarantine of a landed object that is junk",
        rewritten(landed_quarantine, lambda _: b"junk", "file-rows"),
        deep=True,
    )
    yield Case(
        "quarantine of a landed object with more entries",
        rewritten(landed_quarantine, lambda body: gzip.compress(2 * gzip.decompress(body)), "file-rows"),
        deep=True,
    )
    yield Case(
        "quarantine of a landed object that is another's",
        rewritten(
            landed_quarantine,
            lambda body: gzip.compress(gzip.decompress(body).replace(b"landing/pay/1", b"landing/pay/2")),
            "file-rows",
        ),
        deep=True,
    )
    yield Case("foreign file in quarantine", added(f"{QUARANTINE}app_pay/{PLACE}/x.gz", b"x", "file-unnamed"))
    yield Case("left in staging", left_in_staging)
