"""Which command takes which kind of lake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.deployments.operated import loglake
from support.worlds.ledger_rows import ledger_row
from support.worlds.worlds import SHOP

from loglake.core.ledger.row import WindowState
from loglake.core.units import EpochMs
from loglake.core.windows import Window
from loglake_cli.cli.shared.lakes import TAKES
from loglake_cli.operations.lakes.lake import Kind

if TYPE_CHECKING:
    from support.worlds.worlds import World

pytestmark = pytest.mark.unit

TYPED = {
    "export": ("export", SHOP, "--from", "-2d", "--to", "-1d"),
    "pause": ("pause", SHOP),
    "resume": ("resume", SHOP),
    "doctor": ("doctor",),
    "destroy": ("destroy", "--dry-run"),
    "query --create": ("query", "--views", "--create"),
    "rerun": ("rerun",),
    "accept": ("accept", SHOP),
    "ignore": ("ignore", SHOP),
    "notebook": ("notebook",),
    "schema set": ("schema", "set", "app_shop", "n=string"),
    "schema suggest": ("schema", "suggest", "app_shop"),
    "schema violations": ("schema", "violations", "app_shop"),
}
"""What is typed for each command that does not take all kinds."""

READING = (("status",), ("verify",), ("quarantine",))
ON_DEPLOYMENT = [
    *READING,
    *(TYPED[name] for name in ("export", "pause", "resume", "rerun", "accept", "ignore", "schema violations")),
]


@pytest.fixture
def converted(tmp_path: Path) -> str:
    """A folder with nothing but a journal."""
    (tmp_path / "lake" / "_converted" / "app").mkdir(parents=True)
    (tmp_path / "lake" / "_converted" / "app" / "000001.json").write_text("{}")
    return str(tmp_path / "lake")


def test_each_restricted_command_is_tried() -> None:
    assert {*TYPED} == {*TAKES}


@pytest.mark.parametrize("name", [name for name, kinds in TAKES.items() if Kind.CONVERTED not in kinds])
def test_what_convert_wrote_is_refused_with_the_kinds_that_are_taken(name: str, converted: str) -> None:
    done = loglake(*TYPED[name], "--lake", converted)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"loglake: `loglake {name}` takes ")
    assert f"by --lake, and not the folder {converted}. What `loglake convert` wrote has no ledger" in done.stderr
    for kind in TAKES[name]:
        assert kind.value in done.stderr


@pytest.mark.parametrize("name", [name for name, kinds in TAKES.items() if Kind.RUN not in kinds])
def test_a_local_run_is_refused_by_what_needs_an_account(name: str, kept: Callable[..., str]) -> None:
    folder = kept(failed())
    done = loglake(*TYPED[name], "--lake", folder)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"takes a deployment (aws:PREFIX) by --lake, and not the local run in {folder}. A local" in done.stderr


@pytest.mark.parametrize("name", [name for name, kinds in TAKES.items() if kinds == (Kind.DEPLOYED,)])
def test_without_a_name_what_needs_an_account_asks_for_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = loglake(*TYPED[name])
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"`loglake {name}` takes a deployment, and no loglake.yaml here names one: add --lake aws:" in done.stderr


@pytest.mark.parametrize("typed", [("status",), ("rerun", "--dry-run"), ("quarantine",), ("verify",)])
def test_a_local_run_is_taken(typed: tuple[str, ...], kept: Callable[..., str]) -> None:
    done = loglake(*typed, "--lake", kept())
    assert done.stderr.startswith("Lake: the local run in ")


@pytest.mark.parametrize("typed", ON_DEPLOYMENT)
def test_a_deployment_is_taken_and_named_first(typed: tuple[str, ...], world: World) -> None:
    world.export()
    world.convert()
    done = loglake(*typed, "--lake", "aws:lake")
    assert (done.exit_code, done.stderr.splitlines()[0]) == (0, "Lake: the deployment lake"), done.stderr


@pytest.mark.parametrize("typed", ON_DEPLOYMENT)
def test_loglake_yaml_names_the_lake_of_each_command(
    typed: tuple[str, ...], world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loglake.yaml").write_text("prefix: lake\naccount: '210987654321'\n")
    done = loglake(*typed)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "loglake.yaml has lake in account 210987654321, and the credentials are of" in done.stderr


def failed() -> object:
    return ledger_row(SHOP, Window(EpochMs(0), EpochMs(1)), "app_shop", WindowState.FAILED, reason="broke")
