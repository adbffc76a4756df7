"""Roles and policies: with --enforce-iam"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.gluelocal.conformance import rule

from athena_duckdb.errors import ConfigError
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.iam.enforcement import AccessDeniedError, Enforcement, Session

pytestmark = pytest.mark.local

IAM = "IAM user guide, "
EVALUATION = "IAM user guide, Policy evaluation logic"
FLOW = "arn:aws:glue:us-east-1:123456789012:workflow/flow"
JOB = "arn:aws:glue:us-east-1:123456789012:job/j"
RULE = "arn:aws:events:us-east-1:123456789012:rule/on"
GROUP = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/default"
ALL_LOGS = "arn:aws:logs:us-east-1:123456789012:log-group:*"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/ledger"


class Account:
    """A bucket, a table, a log group, and roles that are enforced."""

    def __init__(self, aws: EmbeddedAws) -> None:
        self.aws = aws
        self.iam = aws.client("iam")
        aws.client("s3").create_bucket(Bucket="lake")
        aws.client("s3").put_object(Bucket="lake", Key="data/1", Body=b"1")
        aws.log_store.load("/app/shop", "web", [(1, "x")], 1)
        for name in ("ledger", "other"):
            aws.client("dynamodb").create_table(
                TableName=name,
                AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
                BillingMode="PAY_PER_REQUEST",
            )
        self.enforcement = Enforcement(aws)

    def role(
        self,
        *statements: dict[str, Any],
        trust: str = "glue.amazonaws.com",
        condition: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        """Makes the role ``r``."""
        trusted = {"Effect": "Allow", "Principal": {"Service": trust}, "Action": "sts:AssumeRole"}
        if condition:
            trusted["Condition"] = condition
        self.iam.create_role(RoleName="r", AssumeRolePolicyDocument=_document(trusted), **more)
        if statements:
            self.iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=_document(*statements))

    def session(self, service: str = "glue.amazonaws.com", source: str = JOB) -> Session:
        return self.enforcement.take_on("r", service, source)

    def client(self, service: str) -> Any:
        """A client with the role's credentials, as a job has them."""
        return self.aws.client_as(self.session().key, service)


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str, resource: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def refused(call: Any, **request: Any) -> str:
    """The error code of a call that a role is refused; empty if it is allowed."""
    try:
        call(**request)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


@pytest.fixture
def account(aws: EmbeddedAws) -> Account:
    return Account(aws)


@rule("A role may do nothing that no policy allows.", EVALUATION)
def test_nothing_by_default(account: Account) -> None:
    account.role()
    assert refused(account.client("s3").get_object, Bucket="lake", Key="data/1") == "AccessDenied"
    assert refused(account.client("logs").describe_log_groups) == "AccessDeniedException"
    assert refused(account.client("dynamodb").scan, TableName="ledger") == "AccessDeniedException"


@rule("Resource says on what, in every service.", IAM + "IAM JSON policy elements: Resource")
def test_resources(account: Account) -> None:
    account.role(allow("s3:PutObject", "arn:aws:s3:::lake/data/*"), allow("dynamodb:Scan", TABLE))
    s3, dynamodb = account.client("s3"), account.client("dynamodb")
    assert refused(s3.put_object, Bucket="lake", Key="data/2") == ""
    assert refused(s3.put_object, Bucket="lake", Key="other/2") == "AccessDenied"
    assert refused(dynamodb.scan, TableName="ledger") == ""
    assert refused(dynamodb.scan, TableName="other") == "AccessDeniedException"


@rule("An explicit Deny wins over every Allow.", EVALUATION)
def test_deny_wins(account: Account) -> None:
    deny = {**allow("s3:PutObject", "arn:aws:s3:::lake/data/*"), "Effect": "Deny"}
    account.role(deny, allow("s3:*", "*"))
    assert refused(account.client("s3").put_object, Bucket="lake", Key="data/2") == "AccessDenied"
    assert refused(account.client("s3").put_object, Bucket="lake", Key="other/2") == ""


@rule("A Condition must hold.", IAM + "IAM JSON policy elements: Condition")
def test_conditions(account: Account) -> None:
    mine = {"StringEquals": {"cloudwatch:namespace": "mine"}}
    account.role(allow("cloudwatch:PutMetricData", "*", Condition=mine))
    put, data = account.client("cloudwatch").put_metric_data, [{"MetricName": "m", "Value": 1}]
    assert refused(put, Namespace="mine", MetricData=data) == ""
    assert refused(put, Namespace="yours", MetricData=data) == "AccessDeniedException"


@rule("A permissions boundary must allow it, too.", IAM + "Permissions boundaries for IAM entities")
def test_boundaries(account: Account) -> None:
    policy = account.iam.create_policy(PolicyName="b", PolicyDocument=_document(allow("s3:GetObject", "*")))
    account.role(allow("s3:*", "*"), PermissionsBoundary=policy["Policy"]["Arn"])
    assert refused(account.client("s3").get_object, Bucket="lake", Key="data/1") == ""
    assert refused(account.client("s3").put_object, Bucket="lake", Key="data/2") == "AccessDenied"


@rule(
    "iam:PermissionsBoundary is the boundary that a call gives to a role, else the one that the role has.",
    IAM + "Condition keys for IAM; Delegating responsibility to others using permissions boundaries",
)
def test_the_boundary_of_a_role_as_a_condition(account: Account) -> None:
    new: dict[str, Any] = {"AssumeRolePolicyDocument": _document(allow("sts:AssumeRole", "*"))}
    policy = {"PolicyName": "p", "PolicyDocument": _document(allow("s3:*", "*"))}
    ours, theirs = (
        account.iam.create_policy(PolicyName=name, PolicyDocument=policy["PolicyDocument"])["Policy"]["Arn"]
        for name in ("ours", "theirs")
    )
    account.role(allow("iam:*", "*", Condition={"StringEquals": {"iam:PermissionsBoundary": ours}}))
    account.iam.create_role(RoleName="free", **new)
    iam = account.client("iam")
    assert refused(iam.create_role, RoleName="a", **new) == "AccessDenied"
    assert refused(iam.create_role, RoleName="a", **new, PermissionsBoundary=theirs) == "AccessDenied"
    assert refused(iam.create_role, RoleName="a", **new, PermissionsBoundary=ours) == ""
    assert refused(iam.put_role_policy, RoleName="a", **policy) == ""
    assert refused(iam.put_role_policy, RoleName="free", **policy) == "AccessDenied"
    assert refused(iam.put_role_permissions_boundary, RoleName="a", PermissionsBoundary=theirs) == "AccessDenied"
    assert refused(iam.put_role_permissions_boundary, RoleName="free", PermissionsBoundary=ours) == ""


@rule(
    "A service takes on a role that trusts it: jobs and crawlers glue.amazonaws.com, targets of rules "
    "events.amazonaws.com, schedules scheduler.amazonaws.com.",
    "Glue developer guide, Create an IAM role; EventBridge user guide, Targets; EventBridge Scheduler user guide, "
    "Execution role",
)
@pytest.mark.parametrize("service", ["glue", "events", "scheduler"])
def test_trust(account: Account, service: str) -> None:
    account.role(allow("s3:*", "*"), trust=f"{service}.amazonaws.com")
    assert account.session(f"{service}.amazonaws.com").role.name == "r"
    for other in {"glue", "events", "scheduler"} - {service}:
        with pytest.raises(ConfigError, match=f"does not let {other}.amazonaws.com take it on"):
            account.session(f"{other}.amazonaws.com")


@rule(
    "A service takes on a role for a resource of an account (aws:SourceArn, aws:SourceAccount): a rule, the group of a "
    "schedule, which a Condition of the trust policy may ask for.",
    "EventBridge user guide, Cross-service confused deputy prevention; EventBridge Scheduler user guide, Confused "
    "deputy prevention",
)
@pytest.mark.parametrize(("service", "source"), [("events", RULE), ("scheduler", GROUP)])
@pytest.mark.parametrize(
    ("account", "pattern", "may"), [("123456789012", "", True), ("123456789012", "2", False), ("9" * 12, "", False)]
)
def test_trust_for_a_resource(
    account: str, pattern: str, aws: EmbeddedAws, service: str, source: str, *, may: bool
) -> None:
    here = Account(aws)
    only = {"StringEquals": {"aws:SourceAccount": account}, "ArnEquals": {"aws:SourceArn": source + pattern}}
    here.role(trust=f"{service}.amazonaws.com", condition=only)
    if may:
        assert here.session(f"{service}.amazonaws.com", source).role.name == "r"
        return
    with pytest.raises(ConfigError, match="the Condition of its AssumeRolePolicyDocument does not hold"):
        here.session(f"{service}.amazonaws.com", source)


@rule(
    "Glue takes on a role for an account (aws:SourceAccount).",
    "IAM user guide, The confused deputy problem",
    differs="Whether Glue names a resource (aws:SourceArn) is not documented. Here it names the job or the crawler.",
)
@pytest.mark.parametrize(("account", "may"), [("123456789012", True), ("9" * 12, False)])
def test_trust_of_glue(account: str, aws: EmbeddedAws, *, may: bool) -> None:
    here = Account(aws)
    here.role(condition={"StringEquals": {"aws:SourceAccount": account}, "ArnEquals": {"aws:SourceArn": JOB}})
    if may:
        assert here.session().role.name == "r"
        return
    with pytest.raises(ConfigError, match="the Condition of its AssumeRolePolicyDocument does not hold"):
        here.session()


@rule("EventBridge needs glue:notifyEvent on the workflow that it wakes.", "Glue developer guide, Starting a workflow")
@pytest.mark.parametrize(("resource", "may"), [(FLOW, True), (f"{FLOW}2", False)])
def test_notify_event(account: Account, resource: str, may: bool) -> None:
    account.role(allow("glue:notifyEvent", resource), trust="events.amazonaws.com")
    session = account.session("events.amazonaws.com")
    if may:
        account.enforcement.require(session, "glue:notifyEvent", FLOW)
        return
    with pytest.raises(AccessDeniedError, match="the role r may not do glue:notifyEvent on"):
        account.enforcement.require(session, "glue:notifyEvent", FLOW)


@rule(
    "Who calls CreateExportTask must be allowed to put objects into the bucket, too.",
    "CloudWatch Logs API, CreateExportTask",
)
@pytest.mark.parametrize(
    ("puts", "code"), [([], "AccessDeniedException"), ([allow("s3:PutObject", "arn:aws:s3:::lake/p/*")], "")]
)
def test_who_exports(account: Account, puts: list[dict[str, Any]], code: str) -> None:
    account.role(allow("logs:CreateExportTask", ALL_LOGS), *puts)
    task = {"logGroupName": "/app/shop", "fromTime": 0, "to": 9, "destination": "lake", "destinationPrefix": "p"}
    assert refused(account.client("logs").create_export_task, **task) == code


@rule(
    "For a missing object a caller gets AccessDenied if it may not list the bucket, else NoSuchKey.",
    "S3 API, GetObject, Permissions",
)
@pytest.mark.parametrize(
    ("lists", "code"), [(["s3:GetObject"], "AccessDenied"), (["s3:GetObject", "s3:List*"], "NoSuchKey")]
)
def test_what_is_not_there(account: Account, lists: list[str], code: str) -> None:
    account.role(*(allow(action, "*") for action in lists))
    assert refused(account.client("s3").get_object, Bucket="lake", Key="none") == code


@rule(
    "Policies of buckets and of other resources count, too.",
    EVALUATION,
    differs="The policies of roles alone are enforced; that of a bucket where CloudWatch Logs exports to it.",
)
def test_policies_of_resources(account: Account) -> None:
    deny = {**allow("s3:GetObject", "arn:aws:s3:::lake/*"), "Effect": "Deny", "Principal": "*"}
    deny["Condition"] = {"Bool": {"aws:SecureTransport": "true"}}
    account.aws.client("s3").put_bucket_policy(Bucket="lake", Policy=_document(deny))
    account.role(allow("s3:GetObject", "*"))
    assert refused(account.client("s3").get_object, Bucket="lake", Key="data/1") == ""
