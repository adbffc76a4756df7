"""AWS::Glue::Database."""

from __future__ import annotations

from moto.lakeformation.models import lakeformation_backends

from gluelocal.templates.resource_types.base import (
    Context,
    Created,
    DeployedResource,
    Properties,
    ResourceType,
    picked,
    resource_type,
)


def _database(context: Context, properties: Properties) -> Created:
    database = dict(properties.get("DatabaseInput", {}))
    database["Name"] = context.name(database, "Name", lower=True)
    context.call("glue", "CreateDatabase", {**properties, "DatabaseInput": database})
    _grant_by_default(context, database["Name"])
    return Created(database["Name"])


def _grant_by_default(context: Context, database: str) -> None:
    """Lake Formation's grants on each new database; by default everything, so that IAM alone decides.

    The service grants it itself, so the caller needs no permission for it.
    """
    service = lakeformation_backends[context.account_id][context.region]
    settings = service.get_data_lake_settings(context.account_id)
    for given in settings.get("CreateDatabaseDefaultPermissions", []):
        service.grant_permissions(
            catalog_id=context.account_id,
            principal=given["Principal"],
            resource={"Database": {"CatalogId": context.account_id, "Name": database}},
            permissions=given["Permissions"],
            permissions_with_grant_options=[],
        )


def _update_database(context: Context, existing: DeployedResource, properties: Properties) -> None:
    database = {"Name": existing.physical_id, **properties.get("DatabaseInput", {})}
    if database["Name"] != existing.physical_id:
        raise context.error(f"a database can't be renamed, from {existing.physical_id} to {database['Name']}")
    parameters = {**picked(properties, "CatalogId"), "Name": existing.physical_id, "DatabaseInput": database}
    context.call("glue", "UpdateDatabase", parameters)


def _delete_database(context: Context, existing: DeployedResource) -> None:
    context.call("glue", "DeleteDatabase", {**picked(existing.properties, "CatalogId"), "Name": existing.physical_id})


def _read_database(context: Context, existing: DeployedResource) -> Properties:
    parameters = {**picked(existing.properties, "CatalogId"), "Name": existing.physical_id}
    return {"DatabaseInput": context.call("glue", "GetDatabase", parameters)["Database"]}


def _adopt_database(context: Context, name: str) -> Created:
    context.call("glue", "GetDatabase", {"Name": name})
    return Created(name)


TYPES: dict[str, ResourceType] = {
    "AWS::Glue::Database": resource_type(
        _database,
        "CatalogId DatabaseInput",
        update=_update_database,
        delete=_delete_database,
        read=_read_database,
        adopt=_adopt_database,
    ),
}
