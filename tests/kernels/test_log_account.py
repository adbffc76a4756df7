"""Exported rows have the deployment's account, which the text does not name."""

from __future__ import annotations

import pytest
from support.fakes.fakes import MemoryLedger
from support.worlds.planned_bundles import convert_events

from loglake.core.keys import landed_account
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


@pytest.mark.parametrize(
    ("key", "account"),
    [
        (f"landing/AWSLogs/{OWN}/elasticloadbalancing/x.log.gz", OWN),
        (f"landing/trail/AWSLogs/o-abcd1234/{OWN}/CloudTrail/x.json.gz", OWN),
        (f"landing/log_group=%2Falb/AWSLogs/{OWN}/x.log.gz", OWN),
        ("landing/2026/11/21/firehose-1", ""),
        ("landing/AWSLogs/12345/x", ""),
        (f"exports/AWSLogs/{OWN}/x", ""),
    ],
)
def test_services_name_the_account_in_the_key(key: str, account: str) -> None:
    assert landed_account(key) == account
