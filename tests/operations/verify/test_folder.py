"""Damage in the output of `loglake convert` is reported, and the same command repairs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.deployments.operated import loglake
from support.lakes.export_folders import DAY, World, json_events

from loglake.core.units import MS_PER_DAY

pytestmark = pytest.mark.unit

Change = Callable[[Path], object]
SAME = "run the same `loglake convert INPUT OUTPUT` again"


def flipped(file: Path) -> None:
    body = file.read_bytes()
    file.write_bytes(body[:60] + bytes([body[60] ^ 255]) + body[61:])


CASES: dict[str, tuple[str, Change, str, str]] = {
    "deleted": ("app_shop/dt=2024-02-29/*", Path.unlink, "file-gone", SAME),
    "truncated": ("app_shop/dt=2024-02-29/*", lambda f: f.write_bytes(b""), "file-size", SAME),
    "without a footer": (
        "app_shop/dt=2024-03-01/*",
        lambda f: f.write_bytes(f.read_bytes()[:-4] + b"xxxx"),
        "file-unreadable",
        f"delete it, and {SAME}",
    ),
    "other bytes": ("app_shop/dt=2024-03-01/*", flipped, "file-bytes", f"delete it, and {SAME}"),
    "quarantine deleted": ("_quarantine/app_shop/*", Path.unlink, "file-gone", SAME),
}


@pytest.fixture
def world() -> World:
    """Two days of exports; the last object is truncated."""
    world = World()
    world.export(0, "web-1", json_events(20))
    key = world.export(1, "web-2", json_events(20, DAY + MS_PER_DAY, user={"id": 7}))
    world.raw.put(key, world.raw.get(key)[:-12])
    world.convert()
    return world


def written(world: World, folder: Path) -> Path:
    """The output as a folder."""
    for key, body in world.output.objects.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(body)
    return folder


def read_back(world: World, folder: Path) -> None:
    """The folder as the output."""
    files = (file for file in folder.rglob("*") if file.is_file())
    world.output.objects = {str(file.relative_to(folder)): file.read_bytes() for file in files}


def verified(folder: Path, *options: str) -> list[dict[str, str]]:
    done = loglake("verify", "--lake", str(folder), "--json", *options)
    document = json.loads(done.stdout)
    assert done.exit_code == (1 if document["damage"] else 0)
    damage: list[dict[str, str]] = document["damage"]
    return damage


IN_QUARANTINE = "not in the table, but in quarantine: "
"""Said of a raw object that was cut off before any damage to the output."""


@pytest.mark.parametrize("name", CASES)
def test_a_damage_is_named_alone_and_repaired_by_what_is_said(name: str, world: World, tmp_path: Path) -> None:
    rows, folder = world.rows(), written(world, tmp_path)
    assert verified(folder, "--deep") == []
    pattern, change, kind, fix = CASES[name]
    (file,) = folder.glob(pattern)
    change(file)
    (found,) = verified(folder, *(["--deep"] if kind == "file-bytes" else []))
    assert (found["kind"], found["key"], found["fix"]) == (kind, str(file.relative_to(folder)), fix)
    if fix.startswith("delete it"):
        file.unlink()
    read_back(world, folder)
    report = world.convert()
    assert (report.objects, [said for said in report.problems() if not said.startswith(IN_QUARANTINE)]) == (2, [])
    written(world, folder)
    assert verified(folder, "--deep") == []
    assert world.rows() == rows


def test_foreign_files_and_lost_entries_are_named(world: World, tmp_path: Path) -> None:
    world.export(2, "web-3", json_events(3, DAY + 2 * MS_PER_DAY))
    world.convert()
    folder = written(world, tmp_path)
    (folder / "app_shop" / "x.parquet").write_bytes(b"PAR1")
    assert [(each["kind"], each["key"], each["fix"]) for each in verified(folder)] == [
        ("file-unnamed", "app_shop/x.parquet", "delete it")
    ]
    (folder / "app_shop" / "x.parquet").unlink()
    (folder / "_converted" / "app_shop" / "000002.json").unlink()
    kinds = {(each["kind"], each["key"].split("/")[0]) for each in verified(folder)}
    assert kinds == {("decision-gone", "_converted"), ("file-unnamed", "app_shop"), ("file-unnamed", "_quarantine")}


def test_a_folder_that_no_convert_wrote_is_bad_usage(world: World, tmp_path: Path) -> None:
    done = loglake("verify", "--lake", str(tmp_path))
    assert (done.exit_code, "has nothing of loglake" in done.stderr) == (2, True)
    done = loglake("verify", "other", "--lake", str(written(world, tmp_path)))
    assert (done.exit_code, "there is no table other: take one of app_shop" in done.stderr) == (2, True)
