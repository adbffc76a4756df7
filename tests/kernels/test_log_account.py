"""Exported rows have the deployment's account, which the text does not name."""

from __future__ import annotations

import pytest
from support.fakes.fakes import MemoryLedger
from support.worlds.planned_bundles import convert_events

from loglake.core.schema.schema import TableSchema

pytestmark = pytest.mark.unit

OWN = "123456789012"


@pytest.mark.parametrize(("account", "said"), [(OWN, OWN), ("", None)])
def test_an_exported_row_is_of_the_deployments_account(account: str, said: str | None) -> None:
    rows, _ = convert_events(["plain", '{"a": 1}'], account=account)
    assert [(row["log_account"], row["log_group"]) for row in rows] == [(said, rows[0]["log_group"])] * 2


def test_a_table_without_the_column_gets_none() -> None:
    ledger = MemoryLedger()
    old = TableSchema("app", version=1, partition_by="day", later=frozenset({"log_time"}))
    assert "has_log_account" not in old.to_json()
    ledger.publish(old)
    rows, _ = convert_events(["plain"], ledger, account=OWN)
    assert "log_account" not in rows[0]
    assert "log_time" in rows[0]
