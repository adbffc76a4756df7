"""Calls with a role's credentials are refused as AWS refuses them, and reported afterwards."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from athena_duckdb.errors import ConfigError
from gluelocal.cloud.access_keys import AccessKey
from gluelocal.cloud.callers import CLIENT
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.iam.access_report import keep_access
from gluelocal.iam.enforcement import AccessDeniedError, Enforcement, Session

pytestmark = pytest.mark.local

JOB = "stack-Job-1"
GLUE = "glue.amazonaws.com"
SOURCE = "arn:aws:glue:us-east-1:123456789012:job/j"
USER = f"User: arn:aws:sts::123456789012:assumed-role/{JOB}/GlueJobRunnerSession"
DATA = "arn:aws:s3:::box/data/*"
POLICY: list[dict[str, Any]] = [
    {"Sid": "Data", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": DATA},
    {"Sid": "Clean", "Effect": "Allow", "Action": "s3:DeleteObject", "Resource": DATA},
    {
        "Sid": "Measure",
        "Effect": "Allow",
        "Action": "cloudwatch:PutMetricData",
        "Resource": "*",
        "Condition": {"StringEquals": {"cloudwatch:namespace": "mine"}},
    },
    {
        "Sid": "Ours",
        "Effect": "Allow",
        "Action": "glue:GetDatabase",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "x"}},
    },
]
LIST = {"Sid": "List", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::box"}


def trust(service: str) -> str:
    principal = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [principal]})


def put_policy(aws: EmbeddedAws, *statements: dict[str, Any]) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    aws.client("iam").put_role_policy(RoleName=JOB, PolicyName="p", PolicyDocument=document)


@pytest.fixture
def role(aws: EmbeddedAws) -> EmbeddedAws:
    """An embedded AWS with a bucket ``box``, an object in it, and a role."""
    aws.client("iam").create_role(RoleName=JOB, AssumeRolePolicyDocument=trust(GLUE))
    put_policy(aws, *POLICY)
    aws.client("s3").create_bucket(Bucket="box")
    aws.client("s3").put_object(Bucket="box", Key="data/1", Body=b"one")
    return aws


@pytest.fixture
def enforced(role: EmbeddedAws) -> Enforcement:
    return Enforcement(role)


@pytest.fixture
def session(enforced: Enforcement) -> Session:
    return enforced.take_on(f"arn:aws:iam::123456789012:role/path/{JOB}", GLUE, SOURCE)


def client(aws: EmbeddedAws, session: Session, service: str) -> Any:
    return aws.client_as(session.key, service)


def reported(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str, int]:
    answer = error.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_what_is_granted_works_and_all_else_does_not(role: EmbeddedAws, session: Session) -> None:
    s3 = client(role, session, "s3")
    assert s3.get_object(Bucket="box", Key="data/1")["Body"].read() == b"one"
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket="box", Key="other/1", Body=b"x")
    reason = "because no identity-based policy allows the s3:PutObject action"
    message = f'{USER} is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::box/other/1" {reason}'
    assert reported(refused) == ("AccessDenied", message, 403)
    with pytest.raises(ClientError):
        role.client("s3").head_object(Bucket="box", Key="other/1")


def test_services_refuse_in_their_own_words(role: EmbeddedAws, session: Session) -> None:
    with pytest.raises(ClientError) as refused:
        client(role, session, "dynamodb").get_item(TableName="t", Key={"k": {"S": "v"}})
    code, message, status = reported(refused)
    assert (code, status) == ("AccessDeniedException", 400)
    assert "dynamodb:GetItem on resource: arn:aws:dynamodb:us-east-1:123456789012:table/t because" in message
    with pytest.raises(ClientError) as refused:
        client(role, session, "iam").list_roles()
    assert reported(refused)[::2] == ("AccessDenied", 403)


def test_a_job_is_who_it_is(role: EmbeddedAws, session: Session) -> None:
    arn = client(role, session, "sts").get_caller_identity()["Arn"]
    assert f"User: {arn}" == USER
    assert session.key.environment()["AWS_ACCESS_KEY_ID"] == session.key.id


def test_conditions_are_looked_at(role: EmbeddedAws, session: Session) -> None:
    cloudwatch = client(role, session, "cloudwatch")
    cloudwatch.put_metric_data(Namespace="mine", MetricData=[{"MetricName": "m", "Value": 1}])
    with pytest.raises(ClientError, match="cloudwatch:PutMetricData"):
        cloudwatch.put_metric_data(Namespace="theirs", MetricData=[{"MetricName": "m", "Value": 1}])


def test_who_may_not_list_a_bucket_does_not_learn_what_is_not_there(role: EmbeddedAws, session: Session) -> None:
    with pytest.raises(ClientError) as refused:
        client(role, session, "s3").get_object(Bucket="box", Key="data/2")
    assert "s3:ListBucket on resource" in reported(refused)[1]
    with pytest.raises(ClientError) as refused:
        client(role, session, "s3").head_object(Bucket="box", Key="data/2")
    assert reported(refused)[0] == "403"


def test_who_may_list_it_is(role: EmbeddedAws) -> None:
    put_policy(role, *POLICY, LIST)
    session = Enforcement(role).take_on(JOB, GLUE, SOURCE)
    with pytest.raises(ClientError) as missing:
        client(role, session, "s3").get_object(Bucket="box", Key="data/2")
    assert reported(missing)[0] == "NoSuchKey"


@pytest.mark.parametrize("quiet", [True, False])
def test_of_several_keys_those_are_deleted_that_may_be(role: EmbeddedAws, session: Session, *, quiet: bool) -> None:
    role.client("s3").put_object(Bucket="box", Key="kept/<1>", Body=b"x")
    keys = {"Objects": [{"Key": "data/1"}, {"Key": "kept/<1>"}], "Quiet": quiet}
    answer = client(role, session, "s3").delete_objects(Bucket="box", Delete=keys)
    (error,) = answer["Errors"]
    assert (error["Key"], error["Code"]) == ("kept/<1>", "AccessDenied")
    assert "s3:DeleteObject" in error["Message"]
    assert answer.get("Deleted", []) == ([] if quiet else [{"Key": "data/1"}])
    left = role.client("s3").list_objects_v2(Bucket="box")["Contents"]
    assert [each["Key"] for each in left] == ["kept/<1>"]
    client(role, session, "s3").delete_objects(Bucket="box", Delete={"Objects": [{"Key": "data/1"}]})
    refused = client(role, session, "s3").delete_objects(Bucket="box", Delete={"Objects": [{"Key": "kept/<1>"}]})
    assert len(refused["Errors"]) == 1


def test_nobody_gets_in_with_credentials_of_their_own(role: EmbeddedAws, enforced: Enforcement) -> None:
    assert enforced.roles == []
    codes = {}
    for service, operation in (("s3", "list_buckets"), ("dynamodb", "list_tables"), ("iam", "list_roles")):
        with pytest.raises(ClientError) as refused:
            getattr(role.client_as(AccessKey("AKIAEXAMPLE", "s"), service), operation)()
        codes[service] = reported(refused)[0]
    assert codes == {
        "s3": "InvalidAccessKeyId",
        "dynamodb": "UnrecognizedClientException",
        "iam": "InvalidClientTokenId",
    }
    nobody = urllib.request.Request(f"{role.endpoint}/box/data/1")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(nobody, timeout=30)
    role.client_as(role.keys.of(CLIENT), "s3").list_buckets()  # whoever runs this


def test_who_takes_a_role_on_may_do_what_the_role_may(role: EmbeddedAws, enforced: Enforcement) -> None:
    sts = role.client_as(role.keys.of(CLIENT), "sts")
    told_keys = sts.assume_role(RoleArn=f"arn:aws:iam::123456789012:role/{JOB}", RoleSessionName="me")["Credentials"]
    key = AccessKey(told_keys["AccessKeyId"], told_keys["SecretAccessKey"], told_keys["SessionToken"])
    s3 = role.client_as(key, "s3")
    assert s3.get_object(Bucket="box", Key="data/1")["Body"].read() == b"one"
    with pytest.raises(ClientError, match=f"assumed-role/{JOB}/me is not authorized to perform: s3:PutObject"):
        s3.put_object(Bucket="box", Key="other/1", Body=b"x")
    assert [each.name for each in enforced.roles] == [JOB]


def test_keys_that_are_of_no_deployed_role_may_do_nothing(role: EmbeddedAws, enforced: Enforcement) -> None:
    assert enforced.roles == []
    role.client("iam").create_user(UserName="u")
    made = role.client("iam").create_access_key(UserName="u")["AccessKey"]
    missing = "arn:aws:iam::123456789012:role/missing"
    taken = role.client("sts").assume_role(RoleArn=missing, RoleSessionName="me")["Credentials"]
    for key in (
        AccessKey(made["AccessKeyId"], made["SecretAccessKey"]),
        AccessKey(taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"]),
    ):
        with pytest.raises(ClientError) as refused:
            role.client_as(key, "s3").list_buckets()
        assert reported(refused)[0] == "InvalidAccessKeyId"


def test_policies_of_every_kind_count(role: EmbeddedAws) -> None:
    iam = role.client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [LIST]})
    arn = iam.create_policy(PolicyName="lists", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=JOB, PolicyArn=arn)
    iam.create_role(RoleName="bounded", AssumeRolePolicyDocument=trust(GLUE), PermissionsBoundary=arn)
    iam.put_role_policy(
        RoleName="bounded",
        PolicyName="p",
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
        ),
    )
    enforced = Enforcement(role)
    assert client(role, enforced.take_on(JOB, GLUE, SOURCE), "s3").list_objects_v2(Bucket="box")["KeyCount"] == 1
    bounded = client(role, enforced.take_on("bounded", GLUE, SOURCE), "s3")
    assert bounded.list_objects_v2(Bucket="box")["KeyCount"] == 1
    with pytest.raises(ClientError, match="no permissions boundary allows the s3:GetObject action"):
        bounded.get_object(Bucket="box", Key="data/1")


def test_a_role_that_is_not_there_or_trusts_somebody_else(enforced: Enforcement) -> None:
    with pytest.raises(ConfigError, match="the role other is not in the deployed templates"):
        enforced.take_on("other", GLUE, SOURCE)
    with pytest.raises(ConfigError, match=r"does not let events\.amazonaws\.com take it on for .*: .* names glue"):
        enforced.take_on(JOB, "events.amazonaws.com", SOURCE)


def test_what_a_service_does_without_a_call(enforced: Enforcement, session: Session) -> None:
    enforced.require(session, "s3:GetObject", "arn:aws:s3:::box/data/1")
    refused = f"the role {JOB} may not do glue:notifyEvent on arn:aws:glue:r:1:workflow/w, because"
    with pytest.raises(AccessDeniedError, match=refused):
        enforced.require(session, "glue:notifyEvent", "arn:aws:glue:r:1:workflow/w")


def test_the_report(role: EmbeddedAws, enforced: Enforcement, session: Session, tmp_path: Path) -> None:
    s3 = client(role, session, "s3")
    for _ in range(2):
        s3.put_object(Bucket="box", Key="data/3", Body=b"x")
    with pytest.raises(ClientError):
        client(role, session, "glue").get_database(Name="d")
    with pytest.raises(ClientError):
        s3.put_object(Bucket="box", Key="other", Body=b"x")
    report = keep_access(enforced, tmp_path, lambda _, action, __: "never so far" if action == "s3:GetObject" else "")
    refused = "because no identity-based policy allows the s3:PutObject action"
    assert report.problems() == [f"the role {JOB} may not do s3:PutObject on arn:aws:s3:::box/other, {refused}"]
    assert report.notes() == [
        "accesses: 5; roles: 1; permissions that few runs use and this one did not: 1",
        f"never used: s3:DeleteObject on arn:aws:s3:::box/data/* ({JOB}, Clean)",
        f"never used: cloudwatch:PutMetricData on * ({JOB}, Measure)",
        f"taken to hold: the condition of Ours ({JOB})",
    ]
    calls = json.loads((tmp_path / "access.json").read_text())
    assert [(call["action"], call["resource"], call["count"], call["allowed"]) for call in calls] == [
        ("s3:PutObject", "arn:aws:s3:::box/data/3", 2, True),
        ("glue:GetDatabase", "arn:aws:glue:us-east-1:123456789012:catalog", 1, True),
        ("glue:GetDatabase", "arn:aws:glue:us-east-1:123456789012:database/d", 1, True),
        ("s3:PutObject", "arn:aws:s3:::box/other", 1, False),
    ]
