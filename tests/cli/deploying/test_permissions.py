"""Each call of the commands has a permission in the table of the docs, and each permission there is used."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.aws.checked_clients import ACCOUNT, REGION, MadeCall
from support.deployments.operated import loglake
from support.deployments.permissions import NEEDED

from loglake_cli.deploy.calls import action_of

if TYPE_CHECKING:
    from support.deployments.aws_account import AwsAccount

pytestmark = pytest.mark.unit

PLACE = f"{REGION}:{ACCOUNT}"


def accesses(made: MadeCall) -> Iterator[tuple[str, str]]:
    """Actions and resources of a call. The resource is empty if the call names none."""
    given: Any = made.parameters
    action = action_of(made.service, made.operation)
    if made.service == "s3":
        bucket = f"arn:aws:s3:::{given['Bucket']}"
        deleted = given.get("Delete", {}).get("Objects", [])
        keys = [given["Key"]] if "Key" in given else [each["Key"] for each in deleted]
        yield from ((action, f"{bucket}/{key}") for key in keys)
        if not keys:
            yield action, bucket
        if any("VersionId" in each for each in deleted):
            yield "s3:DeleteObjectVersion", f"{bucket}/{keys[0]}"
    elif made.service == "cloudformation":
        name = given.get("StackName", "")
        yield action, name if name.startswith("arn:") or not name else f"arn:aws:cloudformation:{PLACE}:stack/{name}/x"
    elif made.service == "dynamodb":
        yield action, f"arn:aws:dynamodb:{PLACE}:table/{given['TableName']}"
    elif made.service == "glue":
        kind, name = ("job", given["JobName"]) if "JobName" in given else ("crawler", given["Name"])
        yield action, f"arn:aws:glue:{PLACE}:{kind}/{name}"
    elif made.service == "logs" and made.operation != "DescribeLogGroups":
        yield action, f"arn:aws:logs:{PLACE}:log-group:{given['logGroupName']}"
    elif made.operation != "GetCallerIdentity":
        yield action, "*"


def check(account: AwsAccount, command: str) -> None:
    """Checks that a command's calls are the permissions listed for it."""
    needed = [(each.action, each.arn("aws", REGION, ACCOUNT, "loglake")) for each in NEEDED if command in each.commands]
    made = [access for call in account.clients.calls for access in accesses(call)]
    for action, resource in made:
        allowed = [arn for of, arn in needed if of == action]
        assert any(not resource or fnmatchcase(resource, arn) for arn in allowed), (action, resource)
    used = {(of, arn) for of, arn in needed for action, on in made if of == action and fnmatchcase(on, arn)}
    unused = set(needed) - used
    assert unused == set()


def test_deploying_takes_what_is_written_down(account: AwsAccount) -> None:
    account.cloudformation.fails["ExportRole"] = "no"
    loglake("deploy", "--yes")  # leaves a stack to delete
    account.cloudformation.fails.clear()
    assert loglake("deploy", "--yes", "--enable-schedule").exit_code == 0
    settings = "parameters: {TableLevel: 2}, shared_log_days: 90, datasets: datasets.yaml"  # changes the crawler
    Path("datasets.yaml").write_text("datasets: [{log_groups: [/live/*], ingest: landing}]")
    account.log_groups["/live/a"] = {"logGroupName": "/live/a", "creationTime": 1}
    Path("loglake.yaml").write_text(f"{{{settings}, stacks: {{streaming: on}}}}")
    del account.cloudformation.stacks["loglake-storage"].resources["Ledger"]  # it is imported again
    assert loglake("deploy", "--yes").exit_code == 0
    Path("loglake.yaml").write_text(f"{{{settings}, stacks: {{streaming: off}}}}")
    assert loglake("deploy", "--yes").exit_code == 0
    assert account.filters == {"/live/a": []}
    check(account, "deploy")


def test_destroying_takes_what_is_written_down(account: AwsAccount) -> None:
    Path("datasets.yaml").write_text("datasets: [{log_groups: [/live/*], ingest: landing}]")
    account.log_groups["/live/a"] = {"logGroupName": "/live/a", "creationTime": 1}
    Path("loglake.yaml").write_text("{datasets: datasets.yaml, stacks: {streaming: on}}")
    assert loglake("deploy", "--yes", "--enable-schedule").exit_code == 0
    account.clients.calls.clear()
    assert loglake("destroy", "--lake", "aws:loglake", "--delete-data", "--confirm", "loglake").exit_code == 0
    check(account, "destroy")


def test_proposing_takes_what_is_written_down(account: AwsAccount) -> None:
    account.log_groups["/app/shop"] = {"logGroupName": "/app/shop"}
    assert loglake("init").exit_code == 0
    check(account, "init")
