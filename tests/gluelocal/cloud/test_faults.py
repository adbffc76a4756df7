"""Fault rules of the embedded AWS, as boto3 sees them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from support.faults.fault_names import (
    ACCESS_DENIED,
    DROPPED,
    DROPPED_AFTER,
    EXPIRED_CREDENTIALS,
    LIMIT_EXCEEDED,
    NAMED,
    SERVER_ERROR,
    THROTTLED,
    UNAVAILABLE,
    Fault,
    hanging,
    slow,
)
from support.faults.injection import FaultRule, faults_of

from gluelocal.cloud.callers import CLIENT
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.settable_clock import SettableClock
from gluelocal.units import MS_PER_HOUR

pytestmark = pytest.mark.contract

NOW = 1_795_219_200_000
GROUP = "/app/shop"
ONCE = Config(retries={"total_max_attempts": 1})
CALLS: dict[str, Callable[[Any], Any]] = {
    "logs": lambda client: client.describe_log_groups(),
    "dynamodb": lambda client: client.list_tables(),
    "glue": lambda client: client.get_databases(),
    "cloudwatch": lambda client: client.list_metrics(),
    "s3": lambda client: client.list_objects_v2(Bucket="raw"),
    "sqs": lambda client: client.list_queues(),
    "sts": lambda client: client.get_caller_identity(),
    "scheduler": lambda client: client.list_schedules(),
}


@pytest.fixture(scope="module")
def clock() -> SettableClock:
    return SettableClock(NOW)


@pytest.fixture(scope="module")
def running(clock: SettableClock) -> Iterator[EmbeddedAws]:
    with EmbeddedAws(clock) as embedded:
        embedded.client("s3").create_bucket(Bucket="raw")
        embedded.log_store.load(GROUP, "web", [(NOW - 5, "x")], NOW)
        yield embedded


@pytest.fixture
def aws(running: EmbeddedAws, clock: SettableClock) -> Iterator[EmbeddedAws]:
    """An embedded AWS with an empty bucket and a free export slot, without rules."""
    yield running
    faults_of(running).clear()
    clock.advance(3600)
    s3 = running.client("s3")
    for item in s3.list_objects_v2(Bucket="raw").get("Contents", []):
        s3.delete_object(Bucket="raw", Key=item["Key"])


@pytest.fixture(scope="module")
def client_of(running: EmbeddedAws) -> Iterator[Callable[..., Any]]:
    """Makes clients like the jobs', but without retries."""
    made: dict[tuple[str, Config], Any] = {}
    key = running.keys.of(CLIENT)
    session = boto3.session.Session(key.id, key.secret, region_name="us-east-1")

    def make(service: Any, config: Config = ONCE) -> Any:
        if (service, config) not in made:
            made[service, config] = session.client(service, endpoint_url=running.endpoint, config=config)
        return made[service, config]

    yield make
    for client in made.values():
        client.close()


def export(logs: Any) -> str:
    request = {"logGroupName": GROUP, "from": NOW - 10, "to": NOW, "destination": "raw"}
    return str(logs.create_export_task(**request)["taskId"])


@pytest.mark.parametrize("service", CALLS)
def test_every_service_reports_errors_in_its_own_protocol(
    aws: EmbeddedAws, client_of: Callable[..., Any], service: str
) -> None:
    client = client_of(service)
    codes = {}
    for name, fault in NAMED.items():
        if fault.kind != "error":
            continue
        faults_of(aws).clear()
        faults_of(aws).add(FaultRule(fault, service))
        with pytest.raises(ClientError) as raised:
            CALLS[service](client)
        answer = raised.value.response
        codes[name] = (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"])
        assert answer["Error"]["Message"]
    faults_of(aws).clear()
    CALLS[service](client)

    protocol = {"s3": "rest-xml", "sts": "query"}.get(service, "json")
    assert codes["throttled"] == {
        "s3": (503, "SlowDown"),
        "dynamodb": (400, "ProvisionedThroughputExceededException"),
        "sts": (400, "Throttling"),
    }.get(service, (400, "ThrottlingException"))
    assert (
        codes["expired_credentials"]
        == {
            "rest-xml": (400, "ExpiredToken"),
            "query": (403, "ExpiredToken"),
            "json": (400, "ExpiredTokenException"),
        }[protocol]
    )
    assert (
        codes["access_denied"]
        == {
            "rest-xml": (403, "AccessDenied"),
            "query": (403, "AccessDenied"),
            "json": (400, "AccessDeniedException"),
        }[protocol]
    )
    assert codes["server_error"][0] == 500
    assert codes["unavailable"][0] == 503


def test_clients_raise_the_exceptions_of_their_models(aws: EmbeddedAws, client_of: Callable[..., Any]) -> None:
    logs, dynamodb, glue = client_of("logs"), client_of("dynamodb"), client_of("glue")
    faults_of(aws).add(
        FaultRule(LIMIT_EXCEEDED, "logs", "CreateExportTask"),
        FaultRule(UNAVAILABLE, "logs", "DescribeLogGroups"),
        FaultRule(THROTTLED, "dynamodb", "ListTables", last=1),
        FaultRule(SERVER_ERROR, "dynamodb", "ListTables"),
        FaultRule(ACCESS_DENIED, "glue"),
    )
    with pytest.raises(logs.exceptions.LimitExceededException, match=r"Resource limit exceeded\."):
        export(logs)
    with pytest.raises(logs.exceptions.ServiceUnavailableException):
        logs.describe_log_groups()
    with pytest.raises(dynamodb.exceptions.ProvisionedThroughputExceededException):
        dynamodb.list_tables()
    with pytest.raises(dynamodb.exceptions.InternalServerError):
        dynamodb.list_tables()
    with pytest.raises(glue.exceptions.AccessDeniedException, match="glue:GetDatabases"):
        glue.get_databases()


def test_a_head_request_has_no_words(aws: EmbeddedAws, client_of: Callable[..., Any]) -> None:
    faults_of(aws).add(FaultRule(ACCESS_DENIED, "s3", "HeadObject"))
    with pytest.raises(ClientError) as raised:
        client_of("s3").head_object(Bucket="raw", Key="k")
    assert raised.value.response["Error"]["Code"] == "403"


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("PutObject", lambda s3: s3.put_object(Bucket="raw", Key="a/b c", Body=b"x")),
        ("CopyObject", lambda s3: s3.copy_object(Bucket="raw", Key="c", CopySource={"Bucket": "raw", "Key": "k"})),
        ("GetObject", lambda s3: s3.get_object(Bucket="raw", Key="k")),
        ("DeleteObjects", lambda s3: s3.delete_objects(Bucket="raw", Delete={"Objects": [{"Key": "k"}]})),
        ("ListObjectsV2", lambda s3: s3.list_objects_v2(Bucket="raw")),
        ("CreateMultipartUpload", lambda s3: s3.create_multipart_upload(Bucket="raw", Key="k")),
        ("ListBuckets", lambda s3: s3.list_buckets()),
        ("HeadBucket", lambda s3: s3.head_bucket(Bucket="raw")),
    ],
)
def test_operations_of_s3_are_distinguished(
    aws: EmbeddedAws, client_of: Callable[..., Any], operation: str, call: Callable[[Any], object]
) -> None:
    rule = FaultRule(THROTTLED, "s3", operation)
    faults_of(aws).add(rule)
    with pytest.raises(ClientError):
        call(client_of("s3"))
    assert faults_of(aws).struck(rule) == 1


def test_the_body_of_a_call_is_whole_after_it_was_looked_at(aws: EmbeddedAws, client_of: Callable[..., Any]) -> None:
    faults_of(aws).add(FaultRule(THROTTLED, "*", "*", when=lambda call: call.operation == "" and call.body == b"never"))
    s3 = client_of("s3")
    s3.put_object(Bucket="raw", Key="k", Body=b"text" * 100_000)
    assert s3.get_object(Bucket="raw", Key="k")["Body"].read() == b"text" * 100_000
    assert client_of("sts").get_caller_identity()["Account"] == aws.account_id


def test_a_storm_ends(aws: EmbeddedAws, client_of: Callable[..., Any]) -> None:
    logs = client_of("logs")
    rule = FaultRule(LIMIT_EXCEEDED, "logs", "CreateExportTask", first=2, last=4)
    faults_of(aws).add(rule)
    outcomes = []
    for _ in range(6):
        try:
            aws.client("logs").cancel_export_task(taskId=export(logs))
            outcomes.append("made")
        except logs.exceptions.LimitExceededException:
            outcomes.append("refused")
    assert outcomes == ["made", "refused", "refused", "refused", "made", "made"]
    assert faults_of(aws).struck(rule) == 3


def test_clients_get_over_throttling_by_themselves(aws: EmbeddedAws, client_of: Callable[..., Any]) -> None:
    retrying = client_of("logs", Config(retries={"mode": "standard", "total_max_attempts": 2}))
    faults_of(aws).add(FaultRule(THROTTLED, "logs", last=1))
    assert retrying.describe_log_groups()["ResponseMetadata"]["RetryAttempts"] == 1


def test_a_share_of_the_calls_fails_the_same_ones_each_time(aws: EmbeddedAws, client_of: Callable[..., Any]) -> None:
    s3 = client_of("s3")

    def outcomes(seed: int) -> list[bool]:
        faults_of(aws).clear()
        faults_of(aws).add(FaultRule(THROTTLED, "s3", probability=0.5, seed=seed))
        return [_succeeds(lambda: s3.list_objects_v2(Bucket="raw")) for _ in range(20)]

    assert outcomes(1) == outcomes(1)
    assert outcomes(1) != outcomes(2)
    assert {True, False} == set(outcomes(1))


def test_a_lost_connection_before_and_after_the_call(aws: EmbeddedAws, client_of: Callable[..., Any]) -> None:
    s3 = client_of("s3")
    for fault, key in ((DROPPED, "before"), (DROPPED_AFTER, "after")):
        faults_of(aws).clear()
        faults_of(aws).add(FaultRule(fault, "s3", "PutObject", last=1))
        with pytest.raises(ConnectionClosedError):
            s3.put_object(Bucket="raw", Key=key, Body=b"x")
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="raw")["Contents"]] == ["after"]


@pytest.mark.parametrize(("after", "there"), [(False, []), (True, ["k"])])
def test_a_caller_that_waits_in_vain(
    aws: EmbeddedAws, client_of: Callable[..., Any], after: bool, there: list[str]
) -> None:
    faults_of(aws).add(FaultRule(hanging(60, after=after), "s3", "PutObject"))
    s3 = client_of("s3", ONCE.merge(Config(read_timeout=0.3)))
    with pytest.raises(ReadTimeoutError):
        s3.put_object(Bucket="raw", Key="k", Body=b"x")
    assert [item["Key"] for item in aws.client("s3").list_objects_v2(Bucket="raw").get("Contents", [])] == there


def test_a_slow_call_is_answered(aws: EmbeddedAws, client_of: Callable[..., Any]) -> None:
    rule = FaultRule(slow(0.01), "s3")
    faults_of(aws).add(rule)
    assert client_of("s3").list_objects_v2(Bucket="raw")["KeyCount"] == 0
    assert faults_of(aws).struck(rule) == 1


def test_credentials_expire_at_a_time(aws: EmbeddedAws, client_of: Callable[..., Any], clock: SettableClock) -> None:
    logs = client_of("logs")
    now_ms = clock.now_ms()
    faults_of(aws).add(FaultRule(EXPIRED_CREDENTIALS, from_ms=now_ms + MS_PER_HOUR, until_ms=now_ms + 2 * MS_PER_HOUR))
    logs.describe_log_groups()
    clock.advance(3600)
    with pytest.raises(ClientError, match="ExpiredTokenException"):
        logs.describe_log_groups()
    with pytest.raises(ClientError, match="ExpiredToken"):
        client_of("sts").get_caller_identity()
    clock.advance(3600)
    logs.describe_log_groups()


def test_the_runtimes_own_calls_never_fail(aws: EmbeddedAws) -> None:
    faults_of(aws).add(FaultRule(THROTTLED))
    assert aws.client("s3").list_objects_v2(Bucket="raw")["KeyCount"] == 0
    with pytest.raises(ClientError, match="SlowDown"):
        aws.client_as(aws.keys.of(CLIENT), "s3").list_objects_v2(Bucket="raw")


def test_any_error_can_be_put_in(aws: EmbeddedAws, client_of: Callable[..., Any]) -> None:
    busy = Fault("error", code="OperationAbortedException", message="A <conflicting> operation is in progress.")
    faults_of(aws).add(FaultRule(busy, "logs"), FaultRule(busy, "s3"))
    logs = client_of("logs")
    with pytest.raises(logs.exceptions.OperationAbortedException, match="A <conflicting> operation"):
        logs.describe_log_groups()
    with pytest.raises(ClientError, match="A <conflicting> operation"):
        client_of("s3").list_objects_v2(Bucket="raw")


def test_rules_that_can_not_be(aws: EmbeddedAws) -> None:
    with pytest.raises(ValueError, match="'explode' is not a kind of fault"):
        Fault("explode")
    with pytest.raises(ValueError, match="needs a name or a code"):
        Fault("error")
    with pytest.raises(ValueError, match="counted from 1"):
        FaultRule(THROTTLED, first=3, last=2)
    with pytest.raises(ValueError, match="between 0 and 1"):
        FaultRule(THROTTLED, probability=1.5)


def _succeeds(call: Callable[[], object]) -> bool:
    try:
        call()
    except ClientError:
        return False
    return True
