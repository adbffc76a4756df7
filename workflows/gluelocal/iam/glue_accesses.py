"""The resources of Glue's API.

Sources: developer guide, "Specifying AWS Glue resource ARNs": an item of the Data Catalog also needs the permission on
its ancestors. Operations that retrieve several items, such as GetJobs, have no resource. "Encrypting your Data
Catalog": who reads an entry has to be let decrypt with the catalog's key, and who writes one to encrypt, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from moto.glue.models import glue_backends

from gluelocal.iam.deployer_accesses import Members, passed_roles

_TABLE_NAME = frozenset({"CreateTable", "GetTable", "UpdateTable", "DeleteTable", "GetUnfilteredTableMetadata"})
"""Operations with a table's name as ``Name``."""

_KINDS = (
    (re.compile("Workflow"), "workflow", ("Name",)),
    (re.compile("Crawl"), "crawler", ("CrawlerName", "Name")),
    (re.compile("Trigger"), "trigger", ("Name",)),
    (re.compile("Job"), "job", ("JobName", "Name")),
)
_WRITE_ENCRYPTED = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")
_SEVERAL = re.compile("(Get|List|BatchGet)(Workflows|Crawlers|CrawlerMetrics|Triggers|Jobs)")


def glue_resources(operation: str, members: Members, place: str) -> Iterator[tuple[str, str]]:
    """The action with each ARN that it needs; `place` is ``Region:account``."""
    for resource in _resources(operation, members):
        yield operation, f"arn:aws:glue:{place}:{resource}" if resource not in {"*", ""} else resource
    key = _catalog_key(place)
    if key and _in_catalog(operation, members):
        reads = operation.startswith(("Get", "BatchGet"))
        yield from ((action, key) for action in (("kms:Decrypt",) if reads else _WRITE_ENCRYPTED))
    yield from passed_roles([members.get("Role"), members.get("JobUpdate", {}).get("Role")], place)


def _catalog_key(place: str) -> str:
    """The key of an encrypted Data Catalog with which the caller itself must be let work; empty if there is none."""
    region, _, account = place.partition(":")
    settings = glue_backends[account][region].get_data_catalog_encryption_settings(account)
    at_rest = settings["DataCatalogEncryptionSettings"]["EncryptionAtRest"]
    return str(at_rest.get("SseAwsKmsKeyId", "")) if at_rest["CatalogEncryptionMode"] == "SSE-KMS" else ""


def _resources(operation: str, members: Members) -> list[str]:
    if _SEVERAL.fullmatch(operation):
        return ["*"]
    catalog = _in_catalog(operation, members)
    if catalog:
        return catalog
    for kind, name, keys in _KINDS:
        if kind.search(operation):
            values = [members[key] for key in keys if key in members]
            return [f"{name}/{values[0]}"] if values else [""]
    return [""]


def _in_catalog(operation: str, members: Members) -> list[str]:
    if operation == "GetDatabases":
        return ["catalog", "database/*"]
    if operation in {"GetDatabase", "UpdateDatabase", "DeleteDatabase"}:
        return ["catalog", f"database/{members.get('Name', '')}"]
    if operation == "CreateDatabase":
        return ["catalog", f"database/{members.get('DatabaseInput', {}).get('Name', '')}"]
    if "DatabaseName" not in members or "Crawler" in operation:
        return []
    database = members["DatabaseName"]
    tables = [f"table/{database}/{name}" for name in _table_names(operation, members)]
    return ["catalog", f"database/{database}", *tables]


def _table_names(operation: str, members: Members) -> list[str]:
    if operation == "BatchDeleteTable":
        return list(members.get("TablesToDelete", []))
    if operation == "GetTables":
        return ["*"]
    name = members.get("Name") if operation in _TABLE_NAME else members.get("TableName")
    return [str(name or members.get("TableInput", {}).get("Name", ""))]
