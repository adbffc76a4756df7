"""What a person says about columns: their types, and columns of fields that have none."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from loglake.core.schema.schema import (
    LATER,
    Column,
    ColumnType,
    FieldPath,
    InferredType,
    TableSchema,
    column_name,
    grow,
    retype,
)
from loglake.errors import ConfigError


def set_types(schema: TableSchema, kinds: Mapping[str, ColumnType], *, add: bool = False) -> TableSchema:
    """The next version of a schema, with other types for some columns; the same object if they have these already.

    Args:
        schema: the latest version.
        kinds: types by column, or by field; see `field_path`.
        add: a field without a column gets one, and a table without one of `LATER` that.

    Every name is one of the schema as it is: no name means a column that another one adds.

    Raises:
        ConfigError: see `retype`; there is no room for a column; or two names mean the same one, now or later.
    """
    changed = _with_envelope(schema, [name for name in kinds if column_of(schema, name) is None], add=add)
    kinds = {name: kind for name, kind in kinds.items() if name in schema.later or name not in changed.later}
    names: dict[FieldPath, str] = {}
    new: dict[FieldPath, InferredType] = {}
    for name, kind in kinds.items():
        found = column_of(schema, name)
        path = found.path if found else field_path(name)
        if path in names:
            raise ConfigError(f"{names[path]} and {name} are the same field of {schema.table}: write one of them")
        names[path] = name
        if found is None and add:
            new[path] = InferredType(kind)
        elif found is None or found.type is not kind:
            changed = retype(changed, found.name if found else name, kind)
    changed = _with_columns(changed, new)
    for path, name in names.items():
        later = column_of(changed, name)
        if later and later.path != path:
            raise ConfigError(
                f"{name} would be the column of the field {field_name(later.path)}: for the field of that name, write "
                f"{field_name(path, {name})}"
            )
    return schema if changed is schema else replace(changed, version=schema.version + 1)


def column_of(schema: TableSchema, name: str) -> Column | None:
    """The column of a name, or of the field of that name; None if there is none."""
    by_name = {column.name: column for column in schema.columns}
    return by_name.get(name) or schema.by_path().get(field_path(name))


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


def field_name(path: FieldPath, columns: Collection[str] = ()) -> str:
    """The inverse of `field_path`; a list of keys too if the plain name is one of these columns."""
    dotted = ".".join(path)
    plain = dotted and dotted.split(".") == list(path) and not dotted.startswith("[") and dotted not in columns
    return dotted if plain else json.dumps(list(path), ensure_ascii=False)


def field_names(schema: TableSchema, fields: Mapping[FieldPath, ColumnType]) -> dict[FieldPath, str]:
    """How `set_types` takes fields without a column, alone and all at once: by names that no column can have then."""
    grown = grow(schema, {path: InferredType(kind) for path, kind in fields.items()})
    columns = [*grown.columns, *(Column(column_name(path), path, kind) for path, kind in fields.items())]
    return {path: field_name(path, {each.name for each in columns if each.path != path}) for path in fields}


def _with_envelope(schema: TableSchema, names: Sequence[str], *, add: bool) -> TableSchema:
    """With those of the names that are columns of the envelope; the same object if none is."""
    new = [name for name in LATER if name in names]
    for name in new:
        if name in schema.later:
            raise ConfigError(f"{schema.table} has {name} already, and its type stays")
        if not add:
            raise ConfigError(f"{schema.table} has no {name}: with --add its new rows have it")
    return replace(schema, later=schema.later | set(new)) if new else schema


def _with_columns(schema: TableSchema, new: Mapping[FieldPath, InferredType]) -> TableSchema:
    grown = grow(schema, new)
    left = [path for path in new if path not in grown.by_path()]
    if left:
        raise ConfigError(
            f"{schema.table} can have no column for {field_name(left[0])}: it has too many, the path is long, or the "
            "field is inside a column of JSON text"
        )
    return grown
