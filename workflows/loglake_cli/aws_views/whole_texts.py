"""Tables of datasets with ``raw: omit`` as a person reads them: ``raw`` has the text of every event."""

from __future__ import annotations

from typing import Any

from athena_duckdb.catalog_file import Catalog
from athena_duckdb.query.table_views import IF_NULL


def with_whole_texts(catalog: Catalog) -> dict[str, list[Any]]:
    """A catalog whose tables have ``message`` in place of a ``raw`` that was left out."""
    return {**catalog, "tables": [_whole(table) for table in catalog["tables"]]}


def _whole(table: Any) -> Any:
    storage = table.get("StorageDescriptor", {})
    columns = storage.get("Columns", [])
    texts = {each["Name"] for each in columns if each["Name"] in {"raw", "message"} and each.get("Type") == "string"}
    if len(texts) < 2:
        return table
    whole = [{**each, "Parameters": {IF_NULL: "message"}} if each["Name"] == "raw" else each for each in columns]
    return {**table, "StorageDescriptor": {**storage, "Columns": whole}}
