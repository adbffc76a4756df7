"""The embedded AWS, as clients and job processes see it."""

from __future__ import annotations

import http.client
import logging
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.loaders import JSONFileLoader
from support.gluelocal.signing import UNSIGNED_BODY, signed

from gluelocal.clock import SystemClock
from gluelocal.cloud.callers import CLIENT
from gluelocal.cloud.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.local

CHUNKED = {"Transfer-Encoding": "chunked"}


def test_listens_on_loopback_and_answers_clients(aws: EmbeddedAws) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="some-bucket")
    s3.put_object(Bucket="some-bucket", Key="a/ü b", Body=b"text")

    assert aws.endpoint.startswith("http://127.0.0.1:")
    assert s3.get_object(Bucket="some-bucket", Key="a/ü b")["Body"].read() == b"text"
    assert aws.client("sts").get_caller_identity()["Account"] == aws.account_id
    assert aws.client("s3") is s3


def test_a_second_start_reads_no_model_of_a_service_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    load = JSONFileLoader.load_file

    def note(self: JSONFileLoader, path: str) -> Any:
        read.append(path)
        return load(self, path)

    monkeypatch.setattr(JSONFileLoader, "load_file", note)
    with EmbeddedAws(SystemClock()) as first:
        before = first.client("sqs")
    del read[:]
    with EmbeddedAws(SystemClock()) as second:
        assert second.client("sqs") is not before
    assert read == []


def test_keeps_connections_open(aws: EmbeddedAws) -> None:
    key = aws.keys.of(CLIENT)
    session = boto3.session.Session(key.id, key.secret, region_name=aws.region)
    s3 = session.client("s3", endpoint_url=aws.endpoint)
    answers = [s3.list_buckets() for _ in range(3)]
    s3.close()

    assert all(answer["ResponseMetadata"]["HTTPHeaders"].get("connection") != "close" for answer in answers)


@pytest.mark.parametrize("size", [0, 1, 70_000, 9_000_000])
def test_bodies_of_any_size_go_both_ways(s3: Any, size: int) -> None:
    body = os.urandom(size)
    s3.create_bucket(Bucket="bodies")
    s3.put_object(Bucket="bodies", Key="k", Body=body)

    assert s3.get_object(Bucket="bodies", Key="k")["Body"].read() == body
    assert s3.head_object(Bucket="bodies", Key="k")["ContentLength"] == size


def test_a_client_with_default_checksums_can_put(aws: EmbeddedAws) -> None:
    key = aws.keys.of(CLIENT)
    session = boto3.session.Session(key.id, key.secret, region_name=aws.region)
    s3 = session.client("s3", endpoint_url=aws.endpoint)
    s3.create_bucket(Bucket="checked")
    s3.put_object(Bucket="checked", Key="k", Body=b"x" * 3_000_000)

    assert s3.get_object(Bucket="checked", Key="k")["Body"].read() == b"x" * 3_000_000
    s3.close()


def test_a_body_may_come_in_chunks(aws: EmbeddedAws) -> None:
    aws.client("s3").create_bucket(Bucket="chunked")
    host = aws.endpoint.removeprefix("http://")
    connection = http.client.HTTPConnection(host)
    for number in range(2):  # the connection is fit for another request
        path = f"/chunked/{number}"
        headers = signed(aws.keys.of(CLIENT), "PUT", f"{aws.endpoint}{path}", "s3", headers=UNSIGNED_BODY)
        body = iter([b"a" * 10_000, b"b"])
        connection.request("PUT", path, body, encode_chunked=True, headers={**headers, **CHUNKED})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
    connection.close()

    assert aws.client("s3").get_object(Bucket="chunked", Key="1")["Body"].read() == b"a" * 10_000 + b"b"


def test_conditional_writes_hold(s3: Any) -> None:
    s3.create_bucket(Bucket="conditional")
    s3.put_object(Bucket="conditional", Key="k", Body=b"1", IfNoneMatch="*")

    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="conditional", Key="k", Body=b"2", IfNoneMatch="*")


def test_many_threads_share_a_client(s3: Any) -> None:
    s3.create_bucket(Bucket="threads")

    def put(number: int) -> None:
        s3.put_object(Bucket="threads", Key=f"{number:03d}", Body=b"x")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(200)))

    assert s3.list_objects_v2(Bucket="threads")["KeyCount"] == 200


def test_a_process_with_its_environment_uses_it(aws: EmbeddedAws) -> None:
    aws.client("s3").create_bucket(Bucket="for-the-job")
    script = "import boto3; print([b['Name'] for b in boto3.client('s3').list_buckets()['Buckets']])"
    environment = {"PATH": os.environ["PATH"], **aws.environment()}
    job = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)

    assert job.stdout.strip() == "['for-the-job']"


def test_does_not_read_the_persons_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/no/such/file")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    with EmbeddedAws(SystemClock()) as aws:
        assert aws.client("s3").list_buckets()["Buckets"] == []


def test_starts_empty_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    threads = threading.active_count()
    with EmbeddedAws(SystemClock()) as first:
        first.client("s3").create_bucket(Bucket="of-the-first")
        assert time.timezone == 0
    with EmbeddedAws(SystemClock()) as second:
        assert second.client("s3").list_buckets()["Buckets"] == []
    deadline = time.monotonic() + 5
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.01)

    assert threading.active_count() == threads
    assert os.environ["TZ"] == "Asia/Kathmandu"
    assert time.timezone != 0
    monkeypatch.undo()
    time.tzset()


def test_there_is_one_at_a_time(aws: EmbeddedAws) -> None:
    with pytest.raises(RuntimeError, match=r"stop it first"):
        EmbeddedAws(SystemClock())
    assert aws.client("s3").list_buckets()["Buckets"] == []


def test_stopping_twice_is_harmless() -> None:
    aws = EmbeddedAws(SystemClock())
    aws.stop()
    aws.stop()


def test_what_a_bucket_sends_to_event_bridge_can_be_read_back(s3: Any) -> None:
    """moto stores it, but leaves it out of its response."""
    s3.create_bucket(Bucket="loud")
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket="loud")
    put = s3.put_bucket_notification_configuration
    put(Bucket="loud", NotificationConfiguration={"EventBridgeConfiguration": {}})
    assert s3.get_bucket_notification_configuration(Bucket="loud")["EventBridgeConfiguration"] == {}
    put(Bucket="loud", NotificationConfiguration={})
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket="loud")


def test_requests_are_quiet(aws: EmbeddedAws, capfd: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("werkzeug").setLevel(logging.INFO)
    aws.client("s3").list_buckets()

    assert capfd.readouterr() == ("", "")
