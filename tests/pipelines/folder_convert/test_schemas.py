from __future__ import annotations

import pytest
from support.fakes.stores import MemoryStore

from loglake.core.schema.schema import Column, ColumnType, TableSchema
from loglake.errors import ConfigError, LedgerConflictError
from loglake.pipelines.folder_convert.schemas import StoredSchemas

pytestmark = pytest.mark.unit

FIRST = TableSchema("shop", 1, (Column("n", ("n",), ColumnType.BIGINT),))
SECOND = TableSchema("shop", 2, (*FIRST.columns, Column("user_id", ("user", "id"), ColumnType.STRING, json=True)))


def test_versions_are_kept_and_each_is_published_once() -> None:
    store = MemoryStore("output")
    schemas = StoredSchemas(store)
    assert (schemas.latest("shop"), schemas.history("shop")) == (TableSchema("shop"), [])
    for schema in (FIRST, SECOND, TableSchema("shop_b", 1)):
        schemas.publish(schema)
        assert schemas.latest(schema.table) == schema
    assert schemas.history("shop") == [FIRST, SECOND]
    with pytest.raises(LedgerConflictError, match="version 2"):
        schemas.publish(TableSchema("shop", 2))
    store.put("_schema/shop/.half-written", b"")
    assert schemas.latest("shop") == SECOND


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b'{"table": "shop", "version": 1, "columns": [{}]}'])
def test_a_damaged_version_is_named(body: bytes) -> None:
    store = MemoryStore("output")
    store.put("_schema/shop/000001.json", body)
    with pytest.raises(ConfigError, match=r"_schema/shop/000001\.json is damaged"):
        StoredSchemas(store).latest("shop")
