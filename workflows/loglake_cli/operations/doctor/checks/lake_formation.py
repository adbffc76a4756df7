"""Whether Lake Formation lets the jobs and the crawler at the tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from loglake_cli.operations.doctor.account import Account, Shape
from loglake_cli.operations.doctor.finding import Finding, check, fine, problem, unproven

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


CHECKS = (grants, location)
