"""A deployment in memory that the operator's commands find as ``--lake aws:lake``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from typer.testing import CliRunner, Result

from loglake_cli.cli.app import app
from loglake_cli.cli.shared import deployments
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.jobs import JobSettings

if TYPE_CHECKING:
    import pytest

    from support.fakes.catalogs import MemoryCatalog
    from support.fakes.fakes import FakeExportTasks, ManualClock, MemoryLedger
    from support.fakes.stores import MemoryStore


ASKED = "Lake: the deployment lake\n"
"""What commands on it print first on stderr."""


class Deployed(Protocol):
    """A deployment without its export tasks."""

    @property
    def ledger(self) -> MemoryLedger: ...
    @property
    def control(self) -> MemoryStore: ...
    @property
    def raw(self) -> MemoryStore: ...
    @property
    def lake(self) -> MemoryStore: ...
    @property
    def clock(self) -> ManualClock: ...


def deploy(
    monkeypatch: pytest.MonkeyPatch,
    world: Deployed,
    tasks: FakeExportTasks | None = None,
    catalog: Any = None,
    settings: JobSettings | None = None,
    *,
    partitions: MemoryCatalog | None = None,
) -> None:
    """Makes a world the deployment of the prefix ``lake``, and the only one that there is."""
    kind: type[Deployment] = type("Operated", (Deployment,), {"partitions": partitions}) if partitions else Deployment

    def on_aws(prefix: str, database: str) -> Deployment:
        assert (prefix, database) == ("lake", "lake")
        stores = (world.control, world.raw, world.lake)
        asked = lambda: settings or JobSettings()  # noqa: E731
        return kind(world.ledger, *stores, catalog, database, world.clock, tasks, settings=asked)

    monkeypatch.setattr(deployments, "on_aws", on_aws)


def loglake(*arguments: str, answer: str | None = None) -> Result:
    """Runs a command."""
    return CliRunner().invoke(app, list(arguments), input=answer)


def loglake_on_lake(*arguments: str, answer: str | None = None) -> Result:
    """Runs a command on it; `answer` is what is typed when it asks."""
    return CliRunner().invoke(app, [*arguments, "--lake", "aws:lake"], input=answer)
