"""Unreadable objects are reported until they can be read; the rest of their bundle is converted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from support.fakes.stores import MemoryStore
from support.lakes.export_folders import DAY, TASKS, World, json_events
from support.worlds.worlds import PAY
from support.worlds.worlds import World as Account

from loglake.core.cloud_types import ObjectInfo
from loglake.core.ledger.row import WindowState
from loglake.core.run.outcome import Outcome
from loglake.core.units import MS_PER_DAY
from loglake.errors import AccessDeniedError, ConfigError, NotFoundError, PermanentError, UnreadableError

pytestmark = pytest.mark.unit

WEB_1, WEB_2, WEB_3 = (f"exports/{TASKS[0]}/web-{number}/000000.gz" for number in (1, 2, 3))
FIFO = "/logs/web-2/000000.gz is a FIFO, not a file."


class RefusingStore(MemoryStore):
    """A bucket with some unreadable objects: from the start on, or from the second chunk on.

    Attributes:
        refused: what is raised, by the objects' keys.
        listed: what a listing says of objects already.
    """

    def __init__(self, bucket: str) -> None:
        super().__init__(bucket)
        self.refused: dict[str, PermanentError] = {}
        self.listed: dict[str, str] = {}
        self.begins = False
        self.opened: list[str] = []

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        for item in super().list(prefix):
            yield replace(item, problem=self.listed.get(item.key, ""))

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        self.opened.append(key)
        refused = self.refused.get(key)
        if refused and self.begins:
            yield self.get(key)[:40]
        if refused:
            raise refused
        yield from super().read(key, chunk_bytes)


@pytest.fixture
def raw() -> RefusingStore:
    return RefusingStore("raw")


@pytest.fixture
def world(raw: RefusingStore) -> World:
    made = World()
    made.raw = raw
    for number in (1, 2, 3):
        made.export(0, f"web-{number}", json_events(20, DAY + number * MS_PER_DAY))
    return made


@pytest.mark.parametrize("begins", [False, True], ids=["at once", "in the middle"])
@pytest.mark.parametrize(
    "refused",
    [
        AccessDeniedError("s3:GetObject on web-2: AccessDenied."),
        NotFoundError("web-2 does not exist"),
        UnreadableError("web-2 can't be read (Input/output error)."),
        ConfigError("s3:GetObject on web-2: InvalidObjectState. Restore it first."),
    ],
    ids=["denied", "gone", "broken", "archived"],
)
def test_the_other_objects_of_a_bundle_are_converted(
    world: World, raw: RefusingStore, refused: PermanentError, begins: bool
) -> None:
    raw.refused, raw.begins = {WEB_2: refused}, begins
    report = world.convert()
    assert (report.objects, report.outcome) == (2, Outcome.PARTIAL)
    assert report.problems() == [f"not converted: {refused}"]
    assert world.rows() == world.expected(WEB_1, WEB_3)
    assert world.keys("_staging/") == []
    assert world.convert().problems() == [f"not converted: {refused}"]
    raw.refused = {}
    report = world.convert()
    assert (report.objects, report.done, report.problems()) == (1, 2, [])
    assert world.rows() == world.expected()


def test_a_bundle_is_read_twice_whatever_the_number_of_its_unreadable_objects(world: World, raw: RefusingStore) -> None:
    keys = [world.export(1, f"app-{number:02d}", json_events(1)) for number in range(20)]
    raw.refused = {key: NotFoundError(f"{key} is gone") for key in keys[::2]}
    report = world.convert()
    assert (report.objects, len(report.failed)) == (13, 10)
    assert raw.opened.count(WEB_1) == 3  # the sample, and twice
    assert world.rows() == world.expected(*(key for key in world.events if key not in raw.refused))


def test_nothing_can_be_read(world: World, raw: RefusingStore) -> None:
    raw.refused = {key: NotFoundError(f"{key} is gone") for key in world.events}
    report = world.convert()
    assert (report.objects, report.failed) == (0, tuple(f"{key} is gone" for key in sorted(world.events)))
    assert world.keys("app_shop/") == []
    raw.refused = {}
    assert world.convert().objects == 3
    assert world.rows() == world.expected()


def test_what_the_listing_knows_to_be_unreadable_is_not_opened(world: World, raw: RefusingStore) -> None:
    raw.listed = {WEB_2: FIFO}
    report = world.convert()
    assert (report.objects, report.problems()) == (2, [f"not converted: {FIFO}"])
    assert WEB_2 not in raw.opened
    report = world.convert()
    assert (report.objects, report.done, report.problems()) == (0, 2, [f"not converted: {FIFO}"])
    raw.listed = {}
    assert world.convert().objects == 1
    assert world.rows() == world.expected()


def test_what_was_converted_before_it_became_unreadable_is_done(world: World, raw: RefusingStore) -> None:
    world.convert()
    raw.listed = {WEB_2: FIFO}
    report = world.convert()
    assert (report.objects, report.done, report.problems()) == (0, 3, [])


@pytest.mark.parametrize("known", [False, True], ids=["when it is read", "when it is listed"])
def test_rows_are_not_replaced_without_those_of_an_unreadable_object(
    world: World, raw: RefusingStore, known: bool
) -> None:
    world.convert()
    before = world.rows()
    world.export(0, "web-1", json_events(25, DAY + MS_PER_DAY))
    if known:
        raw.listed = {WEB_2: FIFO}
    else:
        raw.refused = {WEB_2: UnreadableError(FIFO)}
    report = world.convert()
    assert report.problems() == [
        f"not converted: {FIFO} So the 3 objects that were converted together are not converted again, and their rows "
        "stay as they were."
    ]
    assert (report.objects, report.done, world.rows()) == (0, 0, before)
    raw.listed, raw.refused = {}, {}
    assert world.convert().objects == 3
    assert world.rows() == world.expected()


def test_of_copies_the_one_is_taken_that_can_be_read(world: World, raw: RefusingStore) -> None:
    copy = f"attic/{WEB_2}"
    raw.put(copy, raw.get(WEB_2))
    for bad in (copy, WEB_2):
        raw.listed = {bad: FIFO}
        world.output = MemoryStore("output")
        report = world.convert("")
        assert (report.objects, report.copies, report.problems()) == (3, 1, [])
        assert world.rows() == world.expected()


def test_a_window_with_an_unreadable_object_fails_alone_and_names_it() -> None:
    """A window is committed whole or not at all, so it waits until its object can be read."""
    account = Account()
    account.raw = raw = RefusingStore("raw")
    account.tasks.raw = raw
    account.export()
    (row,) = [row for row in account.ledger.rows(PAY) if row.newest.objects]
    (key,) = [item.key for item in raw.list("exports/app-pay") if item.key.endswith(".gz")]
    raw.refused = {key: AccessDeniedError(f"s3:GetObject on {key}: AccessDenied.")}
    report = account.convert()
    assert (len(report.failed), account.rows("app_shop").num_rows) == (1, 48)
    (row,) = [each for each in account.ledger.rows(PAY) if each.window == row.window]
    assert row.state is WindowState.FAILED
    assert row.reason == f"s3:GetObject on {key}: AccessDenied."
