"""Existing buckets and tables without a stack, such as those of an earlier deployment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from loglake.errors import AccessDeniedError, NotFoundError
from loglake_cli.deploy.calls import Clients, call
from loglake_cli.deploy.change_sets.changes import DATA_TYPES
from loglake_cli.deploy.change_sets.cloudformation import CloudFormation, ToImport
from loglake_cli.deploy.errors import DecisionError


def existing_data(
    clients: Clients, cloudformation: CloudFormation, wanted: Iterable[ToImport], stack_name: str
) -> Iterator[ToImport]:
    """The wanted resources that exist and can be imported.

    Raises:
        DecisionError: one belongs to another stack or account.
    """
    for each in wanted:
        (name,) = each.identifier.values()
        if not _is_there(clients, each.type, name):
            continue
        owner = cloudformation.owner_of(name)
        if owner and owner != stack_name:
            kind = DATA_TYPES[each.type][1]
            raise DecisionError(
                f"the {kind} {name} belongs to the stack {owner}, so {stack_name} can't have it: choose another "
                "--prefix, or take it out of that stack. Nothing was changed."
            )
        if not owner:
            yield each


def _is_there(clients: Clients, kind: str, name: str) -> bool:
    look: dict[str, tuple[str, str, dict[str, Any]]] = {
        "AWS::S3::Bucket": ("s3", "head_bucket", {"Bucket": name}),
        "AWS::DynamoDB::Table": ("dynamodb", "describe_table", {"TableName": name}),
    }
    service, operation, parameters = look[kind]
    try:
        call(clients(service), operation, name, **parameters)
    except AccessDeniedError as error:
        if kind == "AWS::S3::Bucket":
            raise DecisionError(
                f"the bucket {name} is there and can't be looked at: it is somebody else's, or s3:ListBucket on it is "
                "not granted. Nothing was changed."
            ) from error
        raise
    except NotFoundError:
        return False
    return True
