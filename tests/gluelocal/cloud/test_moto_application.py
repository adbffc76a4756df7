"""moto's application gives moto's responses with less work per request."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from moto import backends
from moto.core import serialize, utils

from gluelocal.cloud.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.local

ITEM: dict[str, Any] = {
    "pk": {"S": "a"},
    "text": {"S": "ü\n"},
    "number": {"N": "12345678901234567890"},
    "bytes": {"B": b"\x00\xff"},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2"]},
    "many_bytes": {"BS": [b"\x00", b"\xff"]},
    "map": {"M": {"S": {"S": "x"}, "NULL": {"NULL": True}, "empty": {"M": {}}}},
    "list": {"L": [{"N": "1"}, {"BOOL": False}, {"L": []}, {"B": b"\x01"}]},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "blank": {"S": ""},
}


@pytest.fixture
def items(aws: EmbeddedAws) -> Any:
    """A client of DynamoDB with a table that has one item."""
    client = aws.client("dynamodb")
    client.create_table(
        TableName="t",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    client.put_item(TableName="t", Item=ITEM)
    return client


def test_attributes_of_each_type_come_as_they_were_put(items: Any) -> None:
    assert items.get_item(TableName="t", Key={"pk": {"S": "a"}})["Item"] == ITEM
    assert items.scan(TableName="t")["Items"] == [ITEM]


def test_an_attribute_is_looked_for_by_the_name_that_it_has(items: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    really = serialize.get_value

    def get_value(value: Any, key: Any, default: Any = None) -> Any:
        names.append(key)
        return really(value, key, default)

    monkeypatch.setattr(serialize, "get_value", get_value)
    items.get_item(TableName="t", Key={"pk": {"S": "a"}})
    assert "Item" in names
    assert not {"S", "ss"} & set(names)


def test_the_service_of_a_host_is_looked_for_once(items: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(backends, "list_of_moto_modules")
    for _ in range(3):
        assert items.get_item(TableName="t", Key={"pk": {"S": "a"}})["Item"]


def test_all_services_share_what_reads_their_models(aws: EmbeddedAws) -> None:
    assert aws.endpoint
    assert utils.create_loader() is utils.create_loader()


def test_a_small_answer_comes_in_one_piece(aws: EmbeddedAws) -> None:
    with socket.create_connection(("127.0.0.1", int(aws.endpoint.rpartition(":")[2]))) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        head, _, body = connection.recv(1 << 16).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 403")
    assert f"Content-Length: {len(body)}".encode() in head
    assert body
