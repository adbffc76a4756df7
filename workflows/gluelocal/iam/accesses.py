"""The permissions that an AWS call needs: actions on resources, built from its parameters.

Source: Service Authorization Reference (the resource types of each action); for CloudWatch Logs, the ARNs in its own
refusals. For a service that is not listed here, only the action is known, not the resource.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Callable
from urllib.parse import parse_qsl, unquote

from moto.glue.models import glue_backends

from gluelocal.cloud.wire.calls import Call, read_form
from gluelocal.iam.conditions import Context
from gluelocal.iam.deployer_accesses import (
    Members,
    athena_resources,
    budgets_resources,
    cloudformation_resources,
    cloudwatch_resources,
    events_resources,
    firehose_resources,
    iam_resources,
    passed_roles,
    scheduler_resources,
    sns_resources,
    subscription_roles,
)
from gluelocal.iam.policies import UNKNOWN, Access
from gluelocal.iam.s3_accesses import object_arn, s3_accesses

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
    """The action of Glue's API with each ARN that it needs; `place` is ``Region:account``.

    Sources: developer guide, "Specifying AWS Glue resource ARNs": an item of the Data Catalog also needs the permission
    on its ancestors. Operations that retrieve several items, such as GetJobs, have no resource. "Encrypting your Data
    Catalog": who reads an entry has to be let decrypt with the catalog's key, and who writes one to encrypt, too.
    """
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


_Resources = Callable[[str, Members, str], Iterator[tuple[str, str]]]
"""Takes an operation, its input and ``Region:account``; returns actions, without the service, and ARNs."""

_NEEDS_NOTHING = frozenset({("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")})


def accesses(call: Call, account_id: str, context: Context) -> list[Access]:
    """Everything that a call needs; all of it must be allowed. None for a call that anybody may make.

    Args:
        call: the call.
        account_id: the owner of the resources.
        context: the condition keys that every request has.
    """
    if (call.service, call.operation) in _NEEDS_NOTHING:
        return []
    needed = s3_accesses(call) if call.service == "s3" else _accesses(call, account_id)
    return [replace(access, context={**context, **access.context}) for access in needed]


def _accesses(call: Call, account_id: str) -> Iterator[Access]:
    if call.service not in _SERVICES or not call.operation:  # members of unknown calls can't be read
        yield Access(f"{call.service}:{call.operation}", UNKNOWN)
        return
    members = _members(call)
    own = _context(call, members)
    for action, resource in _SERVICES[call.service](call.operation, members, f"{call.region}:{account_id}"):
        yield Access(action if ":" in action else f"{call.service}:{action}", resource, own)


def _members(call: Call) -> Members:
    if call.protocol == "query":
        return read_form(call)
    try:
        members = json.loads(call.body or b"{}")
    except ValueError:  # the service refuses the call
        return {}
    named = _in_path(call) if call.service == "scheduler" else {}
    return {**named, **members} if isinstance(members, dict) else named


def _in_path(call: Call) -> dict[str, str]:
    """The members that Scheduler's calls have in their path and query (``/schedules/{Name}?groupName=…``)."""
    name = unquote(call.path.rstrip("/").rpartition("/")[2])
    return {"Name": name, **dict(parse_qsl(str(call.environ.get("QUERY_STRING", ""))))}


def _context(call: Call, members: Members) -> dict[str, tuple[str, ...]]:
    if (call.service, call.operation) == ("cloudwatch", "PutMetricData"):
        return {"cloudwatch:namespace": (str(members.get("Namespace", "")),)}
    return {}


_ITEM_ACTIONS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "Get": "GetItem"}
_TABLES_BY_NAME = frozenset({"BatchGetItem", "BatchWriteItem"})
_STATEMENTS = frozenset({"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"})


def _dynamodb(operation: str, members: Members, place: str) -> Iterator[tuple[str, str]]:
    def table(name: Any) -> str:
        return str(name) if str(name).startswith("arn:") else f"arn:aws:dynamodb:{place}:table/{name}"

    if operation in _TABLES_BY_NAME:
        for name in members.get("RequestItems", {}):
            yield operation, table(name)
    elif operation in {"TransactWriteItems", "TransactGetItems"}:
        for item in members.get("TransactItems", []):
            for kind, of in item.items():
                yield _ITEM_ACTIONS.get(kind, f"{kind}Item"), table(of.get("TableName", ""))
    elif operation == "ListTables":
        yield operation, "*"
    elif operation in _STATEMENTS or "TableName" not in members:  # PartiQL's actions depend on its text
        yield operation, UNKNOWN
    else:
        index = members.get("IndexName")
        yield operation, table(members["TableName"]) + (f"/index/{index}" if index else "")


_NO_LOG_GROUP = frozenset(
    {
        "DescribeExportTasks",
        "CancelExportTask",
        "DescribeDestinations",
        "DescribeQueries",
        "PutAccountPolicy",
        "DescribeAccountPolicies",
        "DeleteAccountPolicy",
    }
)


def _logs(operation: str, members: Members, place: str) -> Iterator[tuple[str, str]]:
    """CreateExportTask's caller must be allowed to write to the destination too (API reference)."""
    yield from subscription_roles(operation, members, place)
    if operation in _NO_LOG_GROUP:
        yield operation, "*"
        return
    name, stream = members.get("logGroupName", ""), members.get("logStreamName", "")
    named = members.get("logGroupIdentifier") or members.get("resourceArn")
    if named:
        yield operation, str(named) if str(named).startswith("arn:") else _log_group(place, str(named), stream)
        return
    yield operation, _log_group(place, name, stream if operation in _OF_A_STREAM else "")
    if operation == "CreateExportTask":
        prefix = members.get("destinationPrefix", "exportedlogs")
        yield "s3:PutObject", object_arn(members.get("destination", ""), f"{prefix}/aws-logs-write-test")


_OF_A_STREAM = frozenset({"PutLogEvents", "GetLogEvents", "DeleteLogStream"})


def _log_group(place: str, name: str, stream: str) -> str:
    return f"arn:aws:logs:{place}:log-group:{name}:log-stream:{stream}"


_SQS_ACTIONS = {
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
}


def _sqs(operation: str, members: Members, place: str) -> Iterator[tuple[str, str]]:
    url = str(members.get("QueueUrl") or members.get("QueueName") or "")
    resource = f"arn:aws:sqs:{place}:{url.rpartition('/')[2]}" if url else "*"
    yield _SQS_ACTIONS.get(operation, operation), resource


def _secretsmanager(operation: str, members: Members, place: str) -> Iterator[tuple[str, str]]:
    name = str(members.get("SecretId") or members.get("Name") or "*")
    # A secret's ARN ends with six characters more than its name: any six, as far as a policy is concerned.
    yield operation, name if name.startswith("arn:") else f"arn:aws:secretsmanager:{place}:secret:{name}-Ab1Cd2"


def _ssm(operation: str, members: Members, place: str) -> Iterator[tuple[str, str]]:
    name = str(members.get("Name") or "*")
    yield operation, name if name.startswith("arn:") else f"arn:aws:ssm:{place}:parameter/{name.lstrip('/')}"


def _sts(operation: str, members: Members, _place: str) -> Iterator[tuple[str, str]]:
    yield operation, str(members.get("RoleArn") or UNKNOWN)


_SERVICES: Mapping[str, _Resources] = {
    "cloudformation": cloudformation_resources,
    "dynamodb": _dynamodb,
    "events": events_resources,
    "iam": iam_resources,
    "scheduler": scheduler_resources,
    "logs": _logs,
    "cloudwatch": cloudwatch_resources,
    "athena": athena_resources,
    "budgets": budgets_resources,
    "firehose": firehose_resources,
    "sns": sns_resources,
    "glue": glue_resources,
    "secretsmanager": _secretsmanager,
    "sqs": _sqs,
    "ssm": _ssm,
    "sts": _sts,
}
"""The services with known resources; S3 is handled separately."""
