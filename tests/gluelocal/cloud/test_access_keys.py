"""Only valid access keys with their secrets are accepted."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from support.gluelocal.signing import signed

from gluelocal.clock import SystemClock
from gluelocal.cloud.access_keys import AccessKey
from gluelocal.cloud.callers import CLIENT
from gluelocal.cloud.embedded_aws import EmbeddedAws

pytestmark = pytest.mark.local

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
ODD = "a b/ü+%25/x=1&y?~.gz"
Make = Callable[..., Any]


@pytest.fixture
def make(aws: EmbeddedAws) -> Iterator[Make]:
    """Makes clients for somebody who knows the endpoint and a key."""
    made: list[Any] = []

    def client(service: Any, key: AccessKey, host: str = "127.0.0.1", **config: Any) -> Any:
        session = boto3.Session(key.id, key.secret, key.token or None, region_name=aws.region)
        endpoint = aws.endpoint.replace("127.0.0.1", host)
        made.append(session.client(service, endpoint_url=endpoint, config=Config(**config)))
        return made[-1]

    yield client
    for each in made:
        each.close()


def own(aws: EmbeddedAws) -> AccessKey:
    return aws.keys.of(CLIENT)


def code(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**request)
    return str(refused.value.response["Error"]["Code"])


def fetch(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, body, given, method=method)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_each_start_has_keys_of_its_own() -> None:
    seen = []
    for _ in range(2):
        with EmbeddedAws(SystemClock()) as aws:
            seen.append(own(aws))
            assert own(aws) is seen[-1]
    assert all(re.fullmatch("AKIA[A-Z2-7]{16}", key.id) and len(key.secret) == 40 for key in seen)
    assert len({key.id for key in seen} | {key.secret for key in seen}) == 4


def test_the_environment_has_a_key_that_counts(aws: EmbeddedAws, make: Make) -> None:
    given = aws.environment()
    key = AccessKey(given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"])
    assert make("s3", key).list_buckets()["Buckets"] == []


@pytest.mark.parametrize(
    ("service", "call", "expected"),
    [
        ("s3", "list_buckets", "SignatureDoesNotMatch"),
        ("sts", "get_caller_identity", "SignatureDoesNotMatch"),
        ("glue", "get_jobs", "InvalidSignatureException"),
        ("dynamodb", "list_tables", "InvalidSignatureException"),
    ],
)
def test_the_id_alone_is_not_enough(aws: EmbeddedAws, make: Make, service: str, call: str, expected: str) -> None:
    guessed = AccessKey(own(aws).id, "guessed")
    assert code(getattr(make(service, guessed, retries={"max_attempts": 0}), call)) == expected


def test_what_is_signed_can_not_be_changed(aws: EmbeddedAws) -> None:
    given = {"X-Amz-Target": "AWSGlue.GetJobs", "Content-Type": "application/x-amz-json-1.1"}
    sent = signed(own(aws), "POST", f"{aws.endpoint}/", "glue", b"{}", headers=given)
    assert fetch(f"{aws.endpoint}/", "POST", b"{}", **sent)[0] == 200
    assert fetch(f"{aws.endpoint}/", "POST", b'{"a":1}', **sent)[0] == 400
    assert fetch(f"{aws.endpoint}/", "POST", b"{}", **{**sent, "X-Amz-Target": "AWSGlue.GetCrawlers"})[0] == 400
    assert fetch(f"{aws.endpoint}/x", "POST", b"{}", **sent)[0] == 400


@pytest.mark.parametrize("version", ["s3v4", "s3"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_odd_keys_metadata_and_pages_are_signed_as_clients_sign(
    aws: EmbeddedAws, make: Make, version: str, host: str
) -> None:
    s3 = make("s3", own(aws), host, signature_version=version, s3={"addressing_style": "path"})
    s3.create_bucket(Bucket="box")
    s3.put_object(Bucket="box", Key=ODD, Body=b"x" * 100_000, Metadata={"a_b": "c  d", "e": " f "}, ContentType="a/b")
    assert s3.get_object(Bucket="box", Key=ODD, Range="bytes=0-9")["Body"].read() == b"x" * 10
    assert s3.list_objects_v2(Bucket="box", Prefix="a b/ü+", Delimiter="/", MaxKeys=1)["KeyCount"] == 1
    s3.copy_object(Bucket="box", Key="other", CopySource={"Bucket": "box", "Key": ODD})
    s3.delete_objects(Bucket="box", Delete={"Objects": [{"Key": ODD}, {"Key": "other"}]})
    assert s3.list_objects_v2(Bucket="box")["KeyCount"] == 0


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_bucket_can_be_a_part_of_the_host(aws: EmbeddedAws, version: str) -> None:
    """Clients with the endpoint http://localhost send this form; the stored data is the same."""
    aws.client("s3").create_bucket(Bucket="some.box")
    session = boto3.Session(own(aws).id, own(aws).secret, region_name=aws.region)
    config = Config(signature_version=version, s3={"addressing_style": "virtual"})
    s3 = session.client("s3", endpoint_url=aws.endpoint.replace("127.0.0.1", "localhost"), config=config)
    url = s3.generate_presigned_url("put_object", {"Bucket": "some.box", "Key": "a/k"})
    host = url.removeprefix("http://").partition("/")[0]
    assert host.startswith("some.box.localhost:")
    here = url.replace("some.box.localhost", "127.0.0.1")  # not every machine finds names below localhost
    assert fetch(here, "PUT", b"text", Host=host, Content_Type="")[0] == 200
    assert aws.client("s3").get_object(Bucket="some.box", Key="a/k")["Body"].read() == b"text"
    s3.close()


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_presigned_urls_work_and_say_nothing_of_the_rest(aws: EmbeddedAws, make: Make, version: str) -> None:
    s3 = make("s3", own(aws), signature_version=version)
    s3.create_bucket(Bucket="box")
    put = s3.generate_presigned_url("put_object", {"Bucket": "box", "Key": ODD})
    assert fetch(put, "PUT", b"text", Content_Type="")[0] == 200
    url = s3.generate_presigned_url("get_object", {"Bucket": "box", "Key": ODD, "ResponseContentType": "a/b"})
    assert fetch(url) == (200, b"text")
    assert fetch(url, Sec_Fetch_Site="none") == (200, b"text")  # a person opens it in a browser
    assert fetch(url, Sec_Fetch_Site="cross-site")[0] == 403  # a page does
    for changed in (url.replace("box/a", "box/b"), url.replace("response-", "x-"), put):
        assert fetch(changed)[0] == 403
    status, body = fetch(url.replace("Signature=", "Signature=0"))
    assert (status, b"<Code>SignatureDoesNotMatch</Code>" in body) == (403, True)


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_presigned_urls_expire(aws: EmbeddedAws, make: Make, version: str) -> None:
    s3 = make("s3", own(aws), signature_version=version)
    s3.create_bucket(Bucket="box")
    url = s3.generate_presigned_url("list_objects_v2", {"Bucket": "box"}, ExpiresIn=-1)
    status, body = fetch(url)
    assert (status, b"Request has expired" in body) == (403, True)
    for name in ("X-Amz-Expires=-1", "X-Amz-Date=2", "Expires="):
        assert fetch(url.replace(name, name + "x"))[0] == 403


def test_sessions_of_roles_count(aws: EmbeddedAws, make: Make) -> None:
    role = aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    reported = make("sts", own(aws)).assume_role(RoleArn=role, RoleSessionName="mine")["Credentials"]
    key = AccessKey(reported["AccessKeyId"], reported["SecretAccessKey"], reported["SessionToken"])
    assert make("sts", key).get_caller_identity()["Arn"].endswith(":assumed-role/r/mine")
    for version in ("s3v4", "s3"):
        s3 = make("s3", key, signature_version=version)
        s3.create_bucket(Bucket="box")
        s3.put_object(Bucket="box", Key="k", Body=b"text")
        assert fetch(s3.generate_presigned_url("get_object", {"Bucket": "box", "Key": "k"})) == (200, b"text")
        s3.delete_object(Bucket="box", Key="k")
        s3.delete_bucket(Bucket="box")
    assert code(make("glue", AccessKey(key.id, "guessed", key.token)).get_jobs) == "InvalidSignatureException"


def test_keys_of_users_count_until_they_are_gone(aws: EmbeddedAws, make: Make) -> None:
    iam = aws.client("iam")
    iam.create_user(UserName="u")
    reported = iam.create_access_key(UserName="u")["AccessKey"]
    key = AccessKey(reported["AccessKeyId"], reported["SecretAccessKey"])
    glue = make("glue", key)
    assert glue.get_jobs()["Jobs"] == []
    iam.update_access_key(UserName="u", AccessKeyId=key.id, Status="Inactive")
    assert code(glue.get_jobs) == "UnrecognizedClientException"
    iam.update_access_key(UserName="u", AccessKeyId=key.id, Status="Active")
    assert glue.get_jobs()["Jobs"] == []
    iam.delete_access_key(UserName="u", AccessKeyId=key.id)
    assert code(glue.get_jobs) == "UnrecognizedClientException"
