"""Whether the crawler makes the tables that it should, and deprecates none."""

from __future__ import annotations

import json
from collections.abc import Iterator

from loglake.core.keys import TABLES
from loglake_cli.operations.doctor.account import Account, Shape
from loglake_cli.operations.doctor.finding import Finding, check, problem

_ODD = {
    "DEPRECATED_BY_CRAWLER": ("is deprecated since", None),
    "compressionType": ("has the compressionType", "none"),
    "classification": ("has the classification", "parquet"),
}
"""Parameters of a table: what a message says about another value than the one that they should have."""


@check(
    "crawler-policies",
    "The crawler adds tables and columns, and removes and deprecates none.",
    "With another policy a crawl may deprecate a table, change a column's type, or find no new column.",
)
def policies(account: Account) -> Iterator[Finding]:
    """Policies, target and configuration of the crawler, as in the template."""
    crawler, wanted = account.crawler, account.expected.properties("CrawlLake")
    name, configuration = crawler["Name"], json.loads(crawler.get("Configuration") or "{}")
    want_configuration = json.loads(wanted["Configuration"])
    level = configuration.get("Grouping", {}).get("TableLevelConfiguration")
    want_configuration["Grouping"]["TableLevelConfiguration"] = level  # a parameter: table-locations checks it
    pairs = {
        "UpdateBehavior": (crawler["SchemaChangePolicy"].get("UpdateBehavior"), "UPDATE_IN_DATABASE"),
        "DeleteBehavior": (
            crawler["SchemaChangePolicy"].get("DeleteBehavior"),
            wanted["SchemaChangePolicy"]["DeleteBehavior"],
        ),
        "RecrawlBehavior": (
            crawler.get("RecrawlPolicy", {}).get("RecrawlBehavior"),
            wanted["RecrawlPolicy"]["RecrawlBehavior"],
        ),
        "Configuration": (configuration, want_configuration),
        "path": ([each["Path"] for each in crawler["Targets"].get("S3Targets", [])], [_tables(account)]),
        "database": (crawler["DatabaseName"], account.names.database),
    }
    for what, (have, want) in pairs.items():
        if have != want:
            yield problem(
                name,
                f"The {what} of the crawler {name} is {_text(have)}, and should be {_text(want)}.",
                f"{account.redeploy}  # puts back what was changed beside the stack",
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


@check(
    "table-locations",
    "Each table is the folder below tables/ that has its name.",
    "With another table level a crawl makes one table of all folders, or one of each partition.",
)
def locations(account: Account) -> Iterator[Finding]:
    """The location of each table of the database."""
    for table in _all(account):
        name, location = table["Name"], table["StorageDescriptor"].get("Location", "").rstrip("/")
        if location != f"{_tables(account)}{name}":
            yield problem(
                name,
                f"The table {name} is at {location}, and should be at {_tables(account)}{name}/.",
                f"aws glue delete-table --database-name {account.names.database} --name {name}  # the files stay. "
                f"Deploy with another TableLevel, then: aws glue start-crawler --name {account.crawler['Name']}",
            )


@check(
    "partition-keys",
    "Each table is partitioned by dt, or by dt and hour, of the type string.",
    "With another type a crawl says that partitions don't fit, and a query can't find them.",
)
def partition_keys(account: Account) -> Iterator[Finding]:
    """The partition keys of each table of the database."""
    for table in _all(account):
        keys = [(key["Name"], key.get("Type")) for key in table.get("PartitionKeys", [])]
        if keys not in ([("dt", "string")], [("dt", "string"), ("hour", "string")]):
            shown = ", ".join(f"{name} {kind}" for name, kind in keys) or "none"
            yield problem(
                table["Name"],
                f"The partition keys of the table {table['Name']} are: {shown}.",
                f"aws glue delete-table --database-name {account.names.database} --name {table['Name']}  # the files "
                f"stay; then: aws glue start-crawler --name {account.crawler['Name']}",
            )


@check(
    "table-parameters",
    "Each table is Parquet without a compression of its own, and not deprecated.",
    "A crawl deprecates a table whose compressionType or classification it finds changed, and Athena does not read it.",
)
def parameters(account: Account) -> Iterator[Finding]:
    """``classification``, ``compressionType`` and ``DEPRECATED_BY_CRAWLER`` of each table."""
    for table in _all(account):
        name, given = table["Name"], table.get("Parameters", {})
        for key, (what, normal) in _ODD.items():
            if given.get(key, normal) != normal:
                yield problem(
                    name,
                    f"The table {name} {what} {given[key]}.",
                    f"aws glue delete-table --database-name {account.names.database} --name {name}  # the files stay; "
                    f"then: aws glue start-crawler --name {account.crawler['Name']}",
                )


def _all(account: Account) -> list[Shape]:
    return account.reader.pages("glue", "GetTables", "TableList", DatabaseName=account.names.database)


def _tables(account: Account) -> str:
    return f"s3://{account.names.buckets['lake']}/{TABLES}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


CHECKS = (policies, last_crawl, locations, partition_keys, parameters)
