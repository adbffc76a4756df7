"""Fixtures: a deployment in memory that commands find, and the folder of a local run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from support.deployments.operated import deploy
from support.gluelocal.fixtures import aws, catalog
from support.worlds.worlds import PAY, World

from athena_duckdb.catalog_file import CATALOG
from gluelocal.kept.keep import JOBS, KEYS, LEDGER, MARKER, RUNS, read_ledger
from loglake.aws.ledger_store import DynamoLedger
from loglake.aws.system_clock import SystemClock
from loglake.core.landing.objects import LandedObject
from loglake.core.ledger.row import LedgerRow
from loglake.core.state_items import PAUSED, StateItem
from loglake.core.units import EpochMs

__all__ = ["aws", "catalog", "deployed", "kept", "world"]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """The only deployment, with the prefix ``lake``."""
    world = World()
    deploy(monkeypatch, world, world.tasks, partitions=world.catalog)
    return world


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Callable[[World], None]:
    """Makes a world the deployment of the prefix ``lake``."""
    return lambda world: deploy(monkeypatch, world, world.tasks, partitions=world.catalog)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Writes the ledger of a kept local run with some windows."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")

    def write(
        *rows: LedgerRow, landed: LandedObject | None = None, jobs: dict[str, dict[str, str]] | None = None
    ) -> str:
        with mock_aws():
            client = boto3.client("dynamodb", region_name="eu-central-1")
            keys: Any = [("pk", "HASH"), ("sk", "RANGE")]
            client.create_table(
                TableName="ledger",
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
                KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            )
            ledger = DynamoLedger(client, "ledger", SystemClock())
            for row in rows:
                ledger.add(row)
            if landed:
                ledger.put_landed_object(landed)
            ledger.save(StateItem(PAUSED, PAY, EpochMs(7)), 0)
            items = read_ledger(client)
        buckets: dict[str, Any] = {f"loglake-{name}-{'1' * 12}-eu-central-1": {} for name in ("control", "raw", "lake")}
        files: list[tuple[str, Any]] = [
            (MARKER, ""),
            (CATALOG, {}),
            (KEYS, buckets),
            (LEDGER, items),
            (JOBS, jobs or {}),
            (RUNS, {}),
        ]
        for name, value in files:
            (tmp_path / name).write_text(json.dumps(value))
        return str(tmp_path)

    return write


@pytest.fixture
def own_session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A new session of boto3, and a configuration with one profile."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    (tmp_path / "config").write_text(
        "[profile production]\nregion = eu-west-3\naws_access_key_id = testing\naws_secret_access_key = testing\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
