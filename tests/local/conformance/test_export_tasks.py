"""Export tasks of CloudWatch Logs"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.gluelocal.conformance import rule
from support.gluelocal.glue_accounts import NOON_MS

from gluelocal.settable_clock import SettableClock
from loglake_cli.local.exports.export_writing import Durations, ExportSettings
from loglake_cli.local.exports.exporting_aws import ExportingAws, with_permissions

pytestmark = pytest.mark.local

API = "CloudWatch Logs API, "
GUIDE = "CloudWatch Logs user guide, "
SEEN = "Seen in real exports"
T0 = NOON_MS - 3_600_123
GROUP = "/app/orders"


class Account:
    """Log groups, a bucket, and a clock that is moved by hand: a task takes two minutes."""

    def __init__(self, aws: ExportingAws, clock: SettableClock) -> None:
        self.aws, self.clock = aws, clock
        self.logs, self.s3 = aws.client("logs"), aws.client("s3")
        self.s3.create_bucket(Bucket="raw")

    def load(self, *events: tuple[int, str], stream: str = "web/1", group: str = GROUP) -> None:
        self.aws.log_store.load(group, stream, list(events), T0)

    def create(self, **changes: Any) -> str:
        request = {"logGroupName": GROUP, "from": T0, "to": T0 + 999, "destination": "raw", "destinationPrefix": "p"}
        return str(self.logs.create_export_task(**{**request, **changes})["taskId"])

    def task(self, task_id: str) -> Any:
        return self.logs.describe_export_tasks(taskId=task_id)["exportTasks"][0]

    def in_frankfurt(self, bucket: str) -> Any:
        """A client of CloudWatch Logs in another Region; a bucket is made there."""
        region = {"LocationConstraint": "eu-central-1"}
        self.aws.client_in("eu-central-1", "s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=region)
        return self.aws.client_in("eu-central-1", "logs")

    def finish(self, task_id: str) -> Any:
        self.clock.advance(120)
        return self.task(task_id)

    def objects(self, prefix: str) -> dict[str, bytes]:
        """The bodies below a prefix, by the rest of the key; gunzipped if they are gzip."""
        keys = [item["Key"] for item in self.s3.list_objects_v2(Bucket="raw", Prefix=prefix).get("Contents", [])]
        bodies = {key[len(prefix) :]: self.s3.get_object(Bucket="raw", Key=key)["Body"].read() for key in keys}
        return {key: gzip.decompress(body) if key.endswith(".gz") else body for key, body in bodies.items()}

    def exported(self, **changes: Any) -> dict[str, bytes]:
        task_id = self.create(**changes)
        assert self.finish(task_id)["status"]["code"] == "COMPLETED"
        return self.objects(f"p/{task_id}/")


@pytest.fixture
def account() -> Iterator[Account]:
    clock = SettableClock(NOON_MS)
    settings = ExportSettings(durations=lambda _request: Durations(60, 60, 60), events_per_object=2)
    with ExportingAws(clock, settings) as aws:
        yield Account(aws, clock)


def code_of(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return str(caught.value.response["Error"]["Code"])


@rule("One task at a time is PENDING or RUNNING; a second one gets LimitExceededException.", API + "CreateExportTask")
def test_one_at_a_time(account: Account) -> None:
    account.load((T0, "x"))
    first = account.create()
    for _ in range(2):
        with pytest.raises(ClientError) as caught:
            account.create()
        assert code_of(caught) == "LimitExceededException"
        account.clock.advance(61)
    assert account.task(first)["status"]["code"] == "COMPLETED"
    account.create()


@rule("Somebody else's task in the account counts, too.", GUIDE + "Exporting log data to Amazon S3")
def test_tasks_of_others_count(account: Account) -> None:
    account.load((T0, "x"))
    account.aws.exports.start_other(600)
    with pytest.raises(ClientError) as caught:
        account.create()
    assert code_of(caught) == "LimitExceededException"


@rule("One task in each Region: what runs in another one takes no slot.", GUIDE + "Exporting log data to Amazon S3")
def test_one_in_each_region(account: Account) -> None:
    account.load((T0, "x"))
    account.create()
    elsewhere = account.in_frankfurt("near")
    elsewhere.create_log_group(logGroupName=GROUP)
    request = {"logGroupName": GROUP, "fromTime": NOON_MS, "to": NOON_MS + 1, "destination": "near"}
    elsewhere.create_export_task(**request)
    with pytest.raises(elsewhere.exceptions.LimitExceededException):
        elsewhere.create_export_task(**request)
    assert [task["destination"] for task in elsewhere.describe_export_tasks()["exportTasks"]] == ["near"]


@rule("The bucket is in the Region of the log group.", API + "CreateExportTask, destination")
def test_a_bucket_in_another_region(account: Account) -> None:
    account.load((T0, "x"))
    account.in_frankfurt("far")
    with pytest.raises(ClientError) as caught:
        account.create(destination="far")
    assert code_of(caught) == "InvalidParameterException"
    assert account.logs.describe_export_tasks()["exportTasks"] == []


@rule("A task is PENDING, RUNNING, then COMPLETED; executionInfo has its times.", API + "ExportTask")
def test_states(account: Account) -> None:
    account.load((T0, "x"))
    task_id = account.create()
    seen = [account.task(task_id)["status"]["code"]]
    for _ in range(2):
        account.clock.advance(60)
        seen.append(account.task(task_id)["status"]["code"])
    assert seen == ["PENDING", "RUNNING", "COMPLETED"]
    times = account.task(task_id)["executionInfo"]
    assert (times["creationTime"], times["completionTime"]) == (NOON_MS, NOON_MS + 120_000)


@rule("A task that can't write ends FAILED, with a message.", API + "ExportTask; ExportTaskStatus")
def test_failed(account: Account) -> None:
    account.load((T0, "x"))
    task_id = account.create()
    account.s3.delete_object(Bucket="raw", Key="p/aws-logs-write-test")
    account.s3.delete_bucket(Bucket="raw")
    task = account.finish(task_id)
    assert (task["status"]["code"], task["executionInfo"]["completionTime"]) == ("FAILED", NOON_MS + 120_000)
    assert "NoSuchBucket" in task["status"]["message"]


@rule("Events can take up to 12 hours until a task finds them.", API + "CreateExportTask")
def test_late_events(account: Account) -> None:
    late_ms = NOON_MS + 12 * 3_600_000
    account.load((T0, "at once"))
    account.aws.log_store.load(GROUP, "web/1", [(T0 + 1, "late")], T0, exportable_at_ms=late_ms)
    account.clock.advance(12 * 3600 - 61)
    assert b"late" not in account.exported()["web-1/000000.gz"]
    assert account.exported()["web-1/000000.gz"].count(b"late") == 1


@rule("Both from and to are exported; events before and after aren't.", API + "CreateExportTask, from, to")
def test_inclusive(account: Account) -> None:
    account.load((T0 - 1, "before"), (T0, "first"), (T0 + 999, "last"), (T0 + 1000, "after"))
    text = b"".join(account.exported().values())
    assert [line.split(b" ", 1)[1] for line in text.splitlines()] == [b"first", b"last"]


@rule("Objects are <prefix>/<task id>/<stream>/000000.gz, 000001.gz, …", SEEN)
def test_layout(account: Account) -> None:
    account.load(*((T0 + number, "x") for number in range(3)), stream="s")
    assert sorted(account.exported()) == ["s/000000.gz", "s/000001.gz"]


@rule("All objects of a task are below its id, those of all streams; a stream without events has none.", SEEN)
def test_streams(account: Account) -> None:
    account.load((T0, "x"), stream="a")
    account.load((T0, "y"), stream="b")
    account.load((T0 - 5_000, "before"), stream="c")
    account.logs.create_log_stream(logGroupName=GROUP, logStreamName="d")
    assert account.exported() == {
        "a/000000.gz": b"2026-11-24T10:59:59.877Z x\n",
        "b/000000.gz": b"2026-11-24T10:59:59.877Z y\n",
    }


@rule("A stream is exported whole, however many events it has.", API + "CreateExportTask")
def test_large_streams(account: Account) -> None:
    account.load(*((T0 + number % 1000, str(number)) for number in range(201)), stream="s")
    reported = b"".join(body for _, body in sorted(account.exported().items()))
    assert sorted(int(line.split()[1]) for line in reported.splitlines()) == list(range(201))


@rule(
    "The events of an object need not be in the order of their times.",
    API + "CreateExportTask",
    differs="They are: by time, ties as they came in. What relies on it works here, and not on AWS.",
)
def test_order(account: Account) -> None:
    account.load((T0 + 2, "second"), (T0, "first"), stream="s")
    assert [line.split()[1] for line in account.exported()["s/000000.gz"].splitlines()] == [b"first", b"second"]


@rule("A / in a stream's name becomes - in the key.", SEEN)
def test_stream_names(account: Account) -> None:
    account.load((T0, "x"), stream="web/1/a")
    assert list(account.exported()) == ["web-1-a/000000.gz"]


@rule(
    "A key of S3 has at most 1,024 bytes; what an export task does if a key would be longer is not documented.",
    "S3 user guide, Naming Amazon S3 objects",
    differs="It ends FAILED, with KeyTooLongError in its message.",
)
def test_long_keys(account: Account) -> None:
    longest = 1024 - len("/") - 36 - len("/s/000000.gz")
    account.load((T0, "x"), stream="s")
    for length, code in ((longest, "COMPLETED"), (longest + 1, "FAILED")):
        task = account.finish(account.create(destinationPrefix="p" * length))
        assert task["status"]["code"] == code
    assert "KeyTooLongError" in task["status"]["message"]


@rule("An object aws-logs-write-test is written at the prefix.", SEEN)
def test_write_test(account: Account) -> None:
    account.load((T0, "x"))
    account.create()
    assert account.objects("p/") == {"aws-logs-write-test": b"Permission Check Successful"}


@rule("The prefix is exportedlogs where none is given.", API + "CreateExportTask, destinationPrefix")
def test_default_prefix(account: Account) -> None:
    account.load((T0, "x"))
    account.logs.create_export_task(logGroupName=GROUP, **{"from": T0, "to": T0 + 1}, destination="raw")
    assert list(account.objects("exportedlogs/")) == ["aws-logs-write-test"]


@rule(
    "A line is the time in UTC with milliseconds, a space, and the message; more lines of it follow as they are.",
    SEEN,
)
def test_lines(account: Account) -> None:
    account.load((T0, "one\n  two"))
    assert account.exported()["web-1/000000.gz"] == b"2026-11-24T10:59:59.877Z one\n  two\n"


@rule("logStreamNamePrefix limits the streams.", API + "CreateExportTask, logStreamNamePrefix")
def test_stream_prefix(account: Account) -> None:
    account.load((T0, "x"), stream="web")
    account.load((T0, "x"), stream="worker")
    assert list(account.exported(logStreamNamePrefix="wo")) == ["worker/000000.gz"]


@rule("A bucket that isn't there is InvalidParameterException.", SEEN)
def test_no_bucket(account: Account) -> None:
    account.load((T0, "x"))
    with pytest.raises(ClientError, match=r"The given bucket does not exist\. Please make sure") as caught:
        account.create(destination="nowhere")
    assert code_of(caught) == "InvalidParameterException"


@rule("A group that isn't there is ResourceNotFoundException.", SEEN)
def test_no_group(account: Account) -> None:
    with pytest.raises(ClientError, match="The specified log group does not exist") as caught:
        account.create(logGroupName="/nowhere")
    assert code_of(caught) == "ResourceNotFoundException"


@rule("A range that ends before the group was created is refused.", API + "CreateExportTask, to")
def test_before_the_group(account: Account) -> None:
    account.load((T0, "x"))
    with pytest.raises(ClientError) as caught:
        account.create(**{"from": 0, "to": 1})
    assert code_of(caught) == "InvalidParameterException"


@rule("A task that has ended can't be cancelled: InvalidOperationException.", API + "CancelExportTask")
@pytest.mark.parametrize("ends", ["COMPLETED", "CANCELLED"])
def test_cancelling_what_has_ended(account: Account, ends: str) -> None:
    account.load((T0, "x"))
    task_id = account.create()
    if ends == "CANCELLED":
        account.logs.cancel_export_task(taskId=task_id)
    assert account.finish(task_id)["status"]["code"] == ends
    with pytest.raises(ClientError) as caught:
        account.logs.cancel_export_task(taskId=task_id)
    assert code_of(caught) == "InvalidOperationException"


@rule("A task that is cancelled is PENDING_CANCEL, then CANCELLED, and takes the slot until then.", API + "ExportTask")
def test_cancel(account: Account) -> None:
    account.load((T0, "x"))
    task_id = account.create()
    account.logs.cancel_export_task(taskId=task_id)
    assert account.task(task_id)["status"]["code"] == "PENDING_CANCEL"
    with pytest.raises(account.logs.exceptions.LimitExceededException):
        account.create()
    assert account.finish(task_id)["status"]["code"] == "CANCELLED"
    assert account.objects(f"p/{task_id}/") == {}
    account.create()


@rule("DescribeExportTasks is in pages, the newest first.", API + "DescribeExportTasks")
def test_pages(account: Account) -> None:
    account.load((T0, "x"))
    ids = []
    for _ in range(3):
        ids.append(account.create())
        account.finish(ids[-1])
    page = account.logs.describe_export_tasks(limit=2)
    rest = account.logs.describe_export_tasks(limit=2, nextToken=page["nextToken"])
    assert [task["taskId"] for task in [*page["exportTasks"], *rest["exportTasks"]]] == ids[::-1]
    assert "nextToken" not in rest


@rule("DescribeExportTasks tells the tasks of one state alone where it is asked so.", API + "DescribeExportTasks")
def test_tasks_of_a_state(account: Account) -> None:
    account.load((T0, "x"))
    ended = account.create()
    account.finish(ended)
    waiting = account.create()
    for code, expected in (("COMPLETED", [ended]), ("PENDING", [waiting]), ("FAILED", [])):
        reported = account.logs.describe_export_tasks(statusCode=code)["exportTasks"]
        assert [task["taskId"] for task in reported] == expected


@rule(
    "Only log groups of the STANDARD class are exported.",
    "Believed, not verified",
    differs="Refused with InvalidParameterException; AWS's own words for it aren't known.",
)
def test_log_class(account: Account) -> None:
    account.logs.create_log_group(logGroupName="/rare", logGroupClass="INFREQUENT_ACCESS")
    with pytest.raises(ClientError) as caught:
        account.create(logGroupName="/rare", **{"from": NOON_MS, "to": NOON_MS + 1})
    assert code_of(caught) == "InvalidParameterException"


TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": False}},
}
LOGS = {"Service": "logs.us-east-1.amazonaws.com"}
ACCOUNT = {"aws:SourceAccount": "123456789012"}
GROUPS = {"aws:SourceArn": "arn:aws:logs:us-east-1:123456789012:log-group:*"}
READ_ACL = {
    "Effect": "Allow",
    "Principal": LOGS,
    "Action": "s3:GetBucketAcl",
    "Resource": "arn:aws:s3:::lake",
    "Condition": {"StringEquals": ACCOUNT, "ArnLike": GROUPS},
}
PUT = {
    "Effect": "Allow",
    "Principal": LOGS,
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::lake/*",
    "Condition": {"StringEquals": {**ACCOUNT, "s3:x-amz-acl": "bucket-owner-full-control"}, "ArnLike": GROUPS},
}


def exported(aws: ExportingAws, *statements: dict[str, Any]) -> str:
    """CreateExportTask's error if the bucket policy has these statements; empty if it accepts the task."""
    with_permissions(aws)
    s3, logs = aws.client("s3"), aws.client("logs")
    s3.create_bucket(Bucket="lake")
    aws.log_store.load("/app/shop", "web", [(1, "x")], 1)
    if statements:
        s3.put_bucket_policy(Bucket="lake", Policy=json.dumps({"Statement": statements}))
    task = {"logGroupName": "/app/shop", "fromTime": 0, "to": 9, "destination": "lake"}
    try:
        logs.create_export_task(**task)
    except logs.exceptions.InvalidParameterException as error:
        return str(error.response["Error"]["Message"]).partition(".")[0]
    return ""


def changed(statement: dict[str, Any], operator: str, **values: str) -> dict[str, Any]:
    """A statement with other values in its condition."""
    conditions = statement["Condition"]
    given = {key.replace("_", ":"): value for key, value in values.items()}
    return {**statement, "Condition": {**conditions, operator: {**conditions[operator], **given}}}


@rule(
    "A bucket's policy must let CloudWatch Logs read the ACL and put objects, where its conditions hold.",
    "CloudWatch Logs user guide, Export log data to Amazon S3 using the console, Set permissions",
)
@pytest.mark.parametrize(
    ("statements", "failed"),
    [
        ([TLS, READ_ACL, PUT], ""),
        ([], "GetBucketAcl"),
        ([TLS, PUT], "GetBucketAcl"),
        ([READ_ACL], "PutObject"),
        ([READ_ACL, changed(PUT, "StringEquals", aws_SourceAccount="999999999999")], "PutObject"),
        ([READ_ACL, changed(PUT, "ArnLike", aws_SourceArn="arn:aws:logs:*:*:log-group:/other/*")], "PutObject"),
        ([READ_ACL, changed(PUT, "ArnLike", aws_SourceArn="arn:aws:logs:*:*:log-group:/app/*")], ""),
        ([READ_ACL, {**PUT, "Condition": {"StringEquals": {"s3:x-amz-acl": "private"}}}], "PutObject"),
        ([READ_ACL, {**PUT, "Resource": "arn:aws:s3:::lake/elsewhere/*"}], "PutObject"),
        ([READ_ACL, PUT, {**PUT, "Effect": "Deny"}], "PutObject"),
    ],
)
def test_conditional_policies(account: Account, statements: list[dict[str, Any]], failed: str) -> None:
    said = exported(account.aws, *statements)
    assert said == (f"{failed} call on the given bucket failed" if failed else "")
    if statements:
        reported = account.s3.get_bucket_policy(Bucket="lake")["Policy"]
        assert json.loads(reported) == {"Statement": statements}
