"""Whether the crawler makes the tables that it should and deprecates none, and Lake Formation lets the jobs at them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from loglake.core.keys import TABLES
from loglake_cli.operations.doctor.account import Account, Shape
from loglake_cli.operations.doctor.checks.compared import compared
from loglake_cli.operations.doctor.finding import Finding, Look, check, fine, problem, unproven

_ODD = {
    "DEPRECATED_BY_CRAWLER": ("is deprecated since", None),
    "compressionType": ("has the compressionType", "none"),
    "classification": ("has the classification", "parquet"),
}
"""Parameters of a table: what a message says about another value than the one that they should have."""


def _configuration(crawler: Shape) -> Any:
    """The configuration without the table level, which is a parameter: table-locations checks it."""
    given = json.loads(crawler.get("Configuration") or "{}")
    given.get("Grouping", {}).pop("TableLevelConfiguration", None)
    return given


policies = check(
    "crawler-policies",
    "The crawler adds tables and columns, and removes and deprecates none.",
    "With another policy a crawl may deprecate a table, change a column's type, or find no new column.",
)(
    compared(
        "AWS::Glue::Crawler",
        lambda account, _: account.crawler,
        {
            "UpdateBehavior": lambda crawler: crawler["SchemaChangePolicy"].get("UpdateBehavior"),
            "DeleteBehavior": lambda crawler: crawler["SchemaChangePolicy"].get("DeleteBehavior"),
            "RecrawlBehavior": lambda crawler: crawler.get("RecrawlPolicy", {}).get("RecrawlBehavior"),
            "Configuration": _configuration,
            "Path": lambda crawler: [each["Path"] for each in crawler["Targets"].get("S3Targets", [])],
            "DatabaseName": lambda crawler: crawler["DatabaseName"],
        },
    )
)


@check(
    "last-crawl",
    "The last crawl succeeded, or none was needed yet.",
    "A table or a column that the catalog lacks can't be queried.",
)
def last_crawl(account: Account) -> Iterator[Finding]:
    """LastCrawl of GetCrawler."""
    last, name = account.crawler.get("LastCrawl", {}), account.crawler["Name"]
    if last.get("Status") == "FAILED":
        log = f"{last.get('LogGroup', '/aws-glue/crawlers')} --log-stream-names {last.get('LogStream', name)}"
        yield problem(
            name,
            f"The last crawl of {name} is FAILED: {last.get('ErrorMessage', 'Glue gives no reason')}",
            f"aws logs filter-log-events --log-group-name {log}  # names the action, if one is denied",
        )


def _each_table(wrong: Callable[[Account, Shape], Iterable[str]]) -> Look:
    """Makes a check of what is wrong with a table of the database: it is made again from its files."""

    def look(account: Account) -> Iterator[Finding]:
        for table in account.reader.pages("glue", "GetTables", "TableList", DatabaseName=account.names.database):
            delete = f"aws glue delete-table --database-name {account.names.database} --name {table['Name']}"
            for said in wrong(account, table):
                yield problem(
                    table["Name"],
                    f"The table {table['Name']} {said}.",
                    f"{delete}  # the files stay; then: aws glue start-crawler --name {account.crawler['Name']}",
                )

    return look


@check(
    "table-locations",
    "Each table is the folder below tables/ that has its name.",
    "With another table level a crawl makes one table of all folders, or one of each partition.",
)
@_each_table
def locations(account: Account, table: Shape) -> Iterator[str]:
    """The location of a table; with a wrong one, deploy with another TableLevel first."""
    location = table["StorageDescriptor"].get("Location", "").rstrip("/")
    own = f"s3://{account.names.buckets['lake']}/{TABLES}{table['Name']}"
    if location != own:
        yield f"is at {location}, and should be at {own}/ (the parameter TableLevel)"


@check(
    "partition-keys",
    "Each table is partitioned by dt, or by dt and hour, of the type string.",
    "With another type a crawl says that partitions don't fit, and a query can't find them.",
)
@_each_table
def partition_keys(_: Account, table: Shape) -> Iterator[str]:
    """The partition keys of a table."""
    keys = [(key["Name"], key.get("Type")) for key in table.get("PartitionKeys", [])]
    if keys not in ([("dt", "string")], [("dt", "string"), ("hour", "string")]):
        yield f"has the partition keys {', '.join(f'{name} {kind}' for name, kind in keys) or 'none'}"


@check(
    "table-parameters",
    "Each table is Parquet without a compression of its own, and not deprecated.",
    "A crawl deprecates a table whose compressionType or classification it finds changed, and Athena does not read it.",
)
@_each_table
def parameters(_: Account, table: Shape) -> Iterator[str]:
    """``classification``, ``compressionType`` and ``DEPRECATED_BY_CRAWLER`` of a table."""
    given = table.get("Parameters", {})
    yield from (f"{what} {given[key]}" for key, (what, normal) in _ODD.items() if given.get(key, normal) != normal)


CHECKS = (policies, last_crawl, locations, partition_keys, parameters)


_EVERYBODY = "IAM_ALLOWED_PRINCIPALS"
"""The group by which Lake Formation leaves access to IAM (API DataLakePrincipal)."""


@check(
    "lake-formation-grants",
    "Lake Formation leaves the database to IAM, or grants the roles what they need.",
    'Otherwise the crawler and the jobs end with "Insufficient Lake Formation permission(s)".',
)
def grants(account: Account) -> Iterator[Finding]:
    """What the template grants with LakeFormation=on, against ListPermissions."""
    database, catalog = account.names.database, account.names.account
    on_database = _permissions(account, {"Database": {"CatalogId": catalog, "Name": database}})
    on_tables = _permissions(account, {"Table": {"CatalogId": catalog, "DatabaseName": database, "TableWildcard": {}}})
    if "ALL" in _granted(on_database, _EVERYBODY):
        yield fine(database, "Lake Formation leaves the database to IAM.")
        return
    resources = {
        "database": {"Database": {"Name": database}},
        "tables": {"Table": {"DatabaseName": database, "TableWildcard": {}}},
    }
    roles = account.roles()
    for resource in account.expected.of_type("AWS::LakeFormation::PrincipalPermissions"):
        properties = resource.properties
        role = roles.get(properties["Principal"]["DataLakePrincipalIdentifier"].removeprefix("role:"), "")
        what = "tables" if "Table" in properties["Resource"] else "database"
        have = _granted(on_tables if what == "tables" else on_database, role)
        missing = sorted(set(properties["Permissions"]) - have)
        if not role:
            yield unproven(
                database, "Which roles the jobs and the crawler have is not known.", "Fix what glue-there names."
            )
            return
        if missing and "ALL" not in have:
            yield problem(
                role,
                f"The role {role} lacks {', '.join(missing)} on the {what} of {database} in Lake Formation.",
                f"aws lakeformation grant-permissions --principal DataLakePrincipalIdentifier={role} "
                f"--permissions {' '.join(missing)} --resource '{json.dumps(resources[what])}'",
            )


@check(
    "lake-formation-location",
    "The lake's bucket is not registered in Lake Formation, or the crawler may use the location.",
    "The crawler can't make a table in a registered location without DATA_LOCATION_ACCESS.",
)
def location(account: Account) -> Iterator[Finding]:
    """ListResources, and the permissions on what it has of the lake."""
    bucket = f"arn:{account.names.partition}:s3:::{account.names.buckets['lake']}"
    for each in account.reader.pages("lakeformation", "ListResources", "ResourceInfoList"):
        arn = each["ResourceArn"]
        role = account.roles().get("CrawlerRole", "")
        if arn != bucket and not arn.startswith(f"{bucket}/"):
            continue
        on_it = {"DataLocation": {"ResourceArn": arn}}
        granted = _granted(_permissions(account, on_it), role)
        if role and "DATA_LOCATION_ACCESS" not in granted:
            yield problem(
                role,
                f"The role {role} lacks DATA_LOCATION_ACCESS on {arn}.",
                f"aws lakeformation grant-permissions --principal DataLakePrincipalIdentifier={role} "
                f"--permissions DATA_LOCATION_ACCESS --resource '{json.dumps(on_it)}'",
            )


def _permissions(account: Account, resource: Mapping[str, Any]) -> list[Shape]:
    return account.reader.pages("lakeformation", "ListPermissions", "PrincipalResourcePermissions", Resource=resource)


def _granted(given: list[Shape], role: str) -> set[str]:
    mine = (each for each in given if each["Principal"]["DataLakePrincipalIdentifier"] in {role, _EVERYBODY})
    return {permission for each in mine for permission in each.get("Permissions", [])}


LAKE_FORMATION_CHECKS = (grants, location)
