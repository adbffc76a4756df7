"""The ledger's real adapter on a table in memory, whose items a test may damage and put back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto import mock_aws

from gluelocal.cloud.moto_application import quicken_moto
from loglake.aws.ledger_rows import plain_item, serialize
from loglake.aws.ledger_store import DynamoLedger
from loglake.core.ports.clock import Clock
from support.fakes.fakes import ManualClock

Item = dict[str, Any]
TABLE = "ledger"


class ItemLedger(DynamoLedger):
    """A ledger, and its items as plain values."""

    def items(self, pk: str) -> list[Item]:
        """All items under partition keys with this prefix, in order."""
        found = [plain_item(item) for item in self._client.scan(TableName=TABLE)["Items"]]
        return sorted((item for item in found if item["pk"].startswith(pk)), key=lambda item: (item["pk"], item["sk"]))

    def put(self, item: Item) -> None:
        """Writes an item unconditionally."""
        self._client.put_item(TableName=TABLE, Item=serialize(item))

    def damage(self, item: Item, how: Callable[[Item], Item]) -> None:
        """Writes a damaged item under the same key."""
        self.put({**how(dict(item)), "pk": item["pk"], "sk": item["sk"]})

    def again(self) -> ItemLedger:
        """The ledger, opened again as by another process."""
        return ItemLedger(self._client, TABLE, self._clock)


@contextmanager
def item_ledger(clock: Clock | None = None) -> Iterator[ItemLedger]:
    """A ledger without items."""
    quicken_moto()
    with mock_aws():
        client = boto3.client("dynamodb", "eu-central-1", aws_access_key_id="testing", aws_secret_access_key="testing")
        names = ("pk", "sk", "pending_state")
        client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "pending",
                    "KeySchema": [
                        {"AttributeName": "pending_state", "KeyType": "HASH"},
                        {"AttributeName": "sk", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )
        yield ItemLedger(client, TABLE, clock or ManualClock())


def without(name: str) -> Callable[[Item], Item]:
    """Removes a field."""
    return lambda item: {key: value for key, value in item.items() if key != name}


def having(**values: Any) -> Callable[[Item], Item]:
    """Gives fields other values."""
    return lambda item: {**item, **values}


def emptied(item: Item) -> Item:
    """Keeps only the key, and the fields that the index of pending rows needs."""
    return {name: value for name, value in item.items() if name == "pending_state"}
