"""A crawler's settings: the properties of AWS::Glue::Crawler that the local crawler supports, checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from athena_duckdb.buckets import split_s3_uri
from athena_duckdb.errors import ConfigError

_UPDATE_BEHAVIORS = ("UPDATE_IN_DATABASE", "LOG")
_DELETE_BEHAVIORS = ("DEPRECATE_IN_DATABASE", "DELETE_FROM_DATABASE", "LOG")
_NEW_FOLDERS_ONLY = "CRAWL_NEW_FOLDERS_ONLY"
_KNOWN_CONFIGURATION = {
    "Version": None,
    "Grouping": {"TableGroupingPolicy": None, "TableLevelConfiguration": None},
    "CrawlerOutput": {
        "Partitions": {"AddOrUpdateBehavior": None},
        "Tables": {"AddOrUpdateBehavior": None},
    },
    "CreatePartitionIndex": None,
}


@dataclass(frozen=True)
class S3Target:
    """An include path, its exclusion globs (relative to it), and how many files to sample in each folder."""

    bucket: str
    prefix: str
    exclusions: tuple[str, ...] = ()
    sample_size: int | None = None


@dataclass(frozen=True)
class CrawlSettings:
    """A crawler's properties.

    Attributes:
        name: of the crawler.
        database: the database of its tables.
        targets: the targets to crawl.
        table_prefix: the prefix of every table's name.
        update_behavior: UPDATE_IN_DATABASE or LOG.
        delete_behavior: DEPRECATE_IN_DATABASE, DELETE_FROM_DATABASE or LOG.
        combine: whether TableGroupingPolicy is CombineCompatibleSchemas.
        table_level: the folder level that is a table, the bucket being level 1; None: found by similarity.
        merge_new_columns: columns are only added, never removed or retyped.
        inherit_from_table: partitions take columns and formats from their table.
        partition_index: the table allows partition filtering.
    """

    name: str
    database: str
    targets: tuple[S3Target, ...]
    table_prefix: str = ""
    update_behavior: str = "UPDATE_IN_DATABASE"
    delete_behavior: str = "DEPRECATE_IN_DATABASE"
    combine: bool = False
    table_level: int | None = None
    merge_new_columns: bool = False
    inherit_from_table: bool = False
    partition_index: bool = False


def read_settings(properties: Mapping[str, Any]) -> CrawlSettings:
    """Reads the settings from a crawler's CloudFormation properties, all intrinsics resolved.

    Raises:
        ConfigError: a property is missing or wrong, or needs something that the local crawler doesn't support.
    """
    name = properties.get("Name", "")
    configuration = _configuration(name, properties.get("Configuration"))
    grouping = configuration.get("Grouping", {})
    output = configuration.get("CrawlerOutput", {})
    policy = properties.get("SchemaChangePolicy", {})
    recrawl = properties.get("RecrawlPolicy", {}).get("RecrawlBehavior", "CRAWL_EVERYTHING")
    _one_of(name, "RecrawlPolicy.RecrawlBehavior", recrawl, ("CRAWL_EVERYTHING", _NEW_FOLDERS_ONLY))
    if recrawl == _NEW_FOLDERS_ONLY:  # overrides the policy (developer guide, "Incremental crawls")
        policy = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
    return CrawlSettings(
        name=name,
        database=properties.get("DatabaseName") or _refuse(name, "DatabaseName is missing"),
        targets=_targets(name, properties.get("Targets", {})),
        table_prefix=properties.get("TablePrefix", ""),
        update_behavior=_one_of(
            name, "UpdateBehavior", policy.get("UpdateBehavior", _UPDATE_BEHAVIORS[0]), _UPDATE_BEHAVIORS
        ),
        delete_behavior=_one_of(
            name, "DeleteBehavior", policy.get("DeleteBehavior", _DELETE_BEHAVIORS[0]), _DELETE_BEHAVIORS
        ),
        combine=_flag(name, grouping, "TableGroupingPolicy", "CombineCompatibleSchemas"),
        table_level=_level(name, grouping.get("TableLevelConfiguration")),
        merge_new_columns=_flag(name, output.get("Tables", {}), "AddOrUpdateBehavior", "MergeNewColumns"),
        inherit_from_table=_flag(name, output.get("Partitions", {}), "AddOrUpdateBehavior", "InheritFromTable"),
        partition_index=bool(configuration.get("CreatePartitionIndex", False)),
    )


def _configuration(name: str, text: str | None) -> dict[str, Any]:
    try:
        configuration = json.loads(text or "{}")
    except (TypeError, ValueError) as error:
        raise ConfigError(f"crawler {name!r}: Configuration must be a JSON string ({error})") from error
    _check_members(name, "Configuration", configuration, _KNOWN_CONFIGURATION)
    return dict(configuration)


def _check_members(name: str, path: str, value: Any, known: Mapping[str, Any]) -> None:
    if not isinstance(value, Mapping):
        _refuse(name, f"{path} must be a JSON object")
    for member, inner in value.items():
        if member not in known:
            _refuse(name, f"{path}.{member} is not supported by the local crawler")
        if known[member] is not None:
            _check_members(name, f"{path}.{member}", inner, known[member])


def _targets(name: str, targets: Mapping[str, Any]) -> tuple[S3Target, ...]:
    others = sorted(kind for kind, given in targets.items() if kind != "S3Targets" and given)
    if others:
        _refuse(name, f"Targets.{others[0]} is not supported by the local crawler, only S3Targets")
    found = []
    for target in targets.get("S3Targets", []):
        bucket, prefix = split_s3_uri(target.get("Path") or _refuse(name, "an S3 target has no Path"))
        found.append(S3Target(bucket, prefix, tuple(target.get("Exclusions", ())), target.get("SampleSize")))
    return tuple(found) or _refuse(name, "Targets.S3Targets is missing or empty")


def _level(name: str, level: Any) -> int | None:
    if level is None:
        return None
    if isinstance(level, bool) or not isinstance(level, int) or level < 1:
        _refuse(name, f"TableLevelConfiguration must be a positive number, not {level!r}")
    return int(level)


def _flag(name: str, section: Mapping[str, Any], member: str, value: str) -> bool:
    return member in section and bool(_one_of(name, member, section[member], (value,)))


def _one_of(name: str, field: str, value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        _refuse(name, f"{field} must be {' or '.join(allowed)}, not {value!r}")
    return str(value)


def _refuse(name: str, problem: str) -> Any:
    raise ConfigError(f"crawler {name!r}: {problem}")
