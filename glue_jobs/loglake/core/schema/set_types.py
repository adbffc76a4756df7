"""What a person says about columns: their types, and columns of fields that have none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from loglake.core.schema.schema import Column, ColumnType, FieldPath, InferredType, TableSchema, grow, retype
from loglake.errors import ConfigError


def set_types(schema: TableSchema, kinds: Mapping[str, ColumnType], *, add: bool = False) -> TableSchema:
    """The next version of a schema, with other types for some columns; the same object if they have these already.

    Args:
        schema: the latest version.
        kinds: types by column, or by field; see `field_path`.
        add: a field without a column gets one.

    Raises:
        ConfigError: see `retype`; or there is no room for a column.
    """
    changed = schema
    for name, kind in kinds.items():
        found = column_of(changed, name)
        if found is None and add:
            changed = _with_column(changed, field_path(name), kind)
        elif found is None or found.type is not kind:
            changed = retype(changed, found.name if found else name, kind)
    return schema if changed is schema else replace(changed, version=schema.version + 1)


def column_of(schema: TableSchema, name: str) -> Column | None:
    """The column of a name, or of the field of that name; None if there is none."""
    named = next((column for column in schema.columns if column.name == name), None)
    return named or schema.by_path().get(field_path(name))


def field_path(name: str) -> FieldPath:
    """The path of a field as people write it: ``user.id``, or ``["user", "a.b"]`` if a key has a dot itself."""
    if name.startswith("["):
        try:
            keys = json.loads(name)
        except ValueError:
            keys = None
        if not keys or not all(isinstance(key, str) for key in keys):
            raise ConfigError(f'{name} is not the path of a field: write user.id, or ["user", "id"]')
        return tuple(keys)
    return tuple(name.split("."))


def field_name(path: FieldPath) -> str:
    """The inverse of `field_path`."""
    dotted = ".".join(path)
    plain = dotted.split(".") == list(path) and not dotted.startswith("[")
    return dotted if plain else json.dumps(list(path), ensure_ascii=False)


def _with_column(schema: TableSchema, path: FieldPath, kind: ColumnType) -> TableSchema:
    grown = grow(schema, {path: InferredType(kind)})
    if grown is schema:
        raise ConfigError(
            f"{schema.table} can have no column for {field_name(path)}: it has too many, or its path is long"
        )
    return grown
