"""Which deployment a command works on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.deployments.operated import loglake, loglake_on_lake

from loglake.errors import NotFoundError

if TYPE_CHECKING:
    from support.worlds.worlds import World

pytestmark = pytest.mark.unit


def ask(*more: str) -> tuple[str, ...]:
    return ("export", "/app/*", "--from", "2020-11-01", "--to", "2020-11-02T12:00Z", *more)


@pytest.mark.parametrize("command", [ask(), ("pause", "/app/shop"), ("resume", "/app/shop")])
def test_what_needs_log_groups_is_for_aws_alone(command: tuple[str, ...]) -> None:
    done = loglake(*command)
    assert done.exit_code == 2
    assert "no loglake.yaml here names one: add --lake aws:PREFIX. A local run keeps no log groups" in done.stderr


def test_a_prefix_that_nothing_was_deployed_with_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_read: object) -> None:
        raise NotFoundError("dynamodb:Query on lake-ledger: ResourceNotFoundException")

    for read in ("load", "load_all"):
        monkeypatch.setattr(world.ledger, read, missing)
    for command in (ask(), ("status",), ("rerun",), ("accept", "/app/shop"), ("pause", "/app/shop")):
        done = loglake_on_lake(*command)
        assert done.exit_code == 2
        assert "there is no loglake with the prefix lake in this account and Region" in done.stderr


def test_a_folder_without_a_run_is_said(tmp_path: Path) -> None:
    for command in ("status", "rerun"):
        done = loglake(command, "--lake", str(tmp_path))
        assert (done.exit_code, "has nothing of loglake: --lake takes" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "typed",
    [
        ("query", "SELECT 1", "--lake", "nope"),
        ("convert", "nope", "out"),
        ("local", "run", "--logs", "nope", "--log-group", "/a"),
        ("local", "run", "--datasets", "nope"),
        ("local", "up", "--landing", "nope", "--log-group", "/a"),
    ],
)
def test_a_path_is_absolute_in_an_error(
    typed: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = loglake(*typed)
    assert done.exit_code == 2
    assert str(tmp_path / "nope") in done.stderr
