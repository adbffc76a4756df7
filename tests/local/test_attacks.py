"""A running stack serves its own clients only: no web page, and no other user of the machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from support.gluelocal.signing import signed
from support.page.address import authorization
from support.page.attacks import Attack, attacks, attempt, signed_by, state

from gluelocal.cloud.callers import CLIENT
from loglake.aws.system_clock import SystemClock
from loglake.core.schema.datasets import Datasets
from loglake.core.units import LogGroupName
from loglake_cli.local.stack import LocalStack, StackSettings
from loglake_cli.ui.app import HEADERS, serving

pytestmark = pytest.mark.local

SHOP = LogGroupName("/app/shop")
EVIL = "http://evil.example"
BROWSERS = {
    "a fetch": {"Origin": EVIL, "Sec_Fetch_Site": "cross-site"},
    "a sandboxed frame": {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
    "a page of another port": {"Origin": "http://localhost:3000", "Sec_Fetch_Site": "same-site"},
    "an image": {"Sec_Fetch_Site": "cross-site"},
    "an old browser": {"Origin": EVIL},
    "a rebound name": {"Host": "evil.example", "Sec_Fetch_Site": "same-origin"},
    "an old browser, rebound": {"Host": "evil.example"},
    "no browser": {},
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    logs = tmp_path_factory.mktemp("attacked") / "logs"
    with LocalStack(Datasets.for_groups([SHOP]), StackSettings(logs), SystemClock()) as up:
        yield up


@pytest.fixture(scope="module")
def page(stack: LocalStack) -> Iterator[str]:
    with serving(stack, SystemClock()) as address:
        yield address


@pytest.mark.parametrize("headers", BROWSERS.values(), ids=BROWSERS)
def test_nothing_is_read_and_nothing_changes(stack: LocalStack, headers: dict[str, str]) -> None:
    before = state(stack)
    own = stack.aws.keys.of(CLIENT).id  # it is a part of every presigned URL, so somebody may have seen it
    for attack in (*attacks(stack), *attacks(stack, own)):
        status, answered, body = attempt(stack.aws.endpoint, attack, **headers)
        assert status in {400, 403}, attack
        assert stack.outputs["ControlBucket"] not in body or stack.outputs["ControlBucket"] in attack.path, attack
        assert not [name for name in answered if name.lower().startswith("access-control-")], attack
    stack.runtime.poll(0.01)
    assert state(stack) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL},
        {"Origin": "http://127.0.0.1"},
        {"Sec_Fetch_Site": "same-origin"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_not_even_who_has_the_key_may_ask_from_a_page(stack: LocalStack, headers: dict[str, str]) -> None:
    sent = signed(stack.aws.keys.of(CLIENT), "GET", f"{stack.aws.endpoint}/", "s3")
    attack = Attack("list buckets", "GET", "/", headers=sent)
    assert attempt(stack.aws.endpoint, attack)[0] == 200
    status, answered, body = attempt(stack.aws.endpoint, attack, **headers)
    assert (status, answered["Content-Type"]) == (403, "application/xml")
    assert "<Code>AccessDenied</Code><Message>Web pages get no answer here.</Message>" in body


def test_a_preflight_gets_no_permission(stack: LocalStack) -> None:
    asked = {"Origin": EVIL, "Access_Control_Request_Method": "PUT", "Access_Control_Request_Headers": "authorization"}
    status, answered, _ = attempt(stack.aws.endpoint, Attack("preflight", "OPTIONS", "/a/b"), **asked)
    assert status == 403
    assert not [name for name in answered if name.lower().startswith("access-control-")]


def test_an_answer_to_a_client_lets_no_page_read_it(stack: LocalStack) -> None:
    for service, operation in (("s3", "list_buckets"), ("sts", "get_caller_identity"), ("glue", "get_jobs")):
        client = stack.aws.client_as(stack.aws.keys.of(CLIENT), service)
        reported = getattr(client, operation)()["ResponseMetadata"]["HTTPHeaders"]
        assert not [name for name in reported if name.startswith("access-control-")]


def test_the_interface_of_moto_is_for_nobody(stack: LocalStack) -> None:
    for path in ("/moto-api/reset", "/moto-api", "/moto-api/data.json"):
        sent = signed(stack.aws.keys.of(CLIENT), "POST", f"{stack.aws.endpoint}{path}", "s3")
        assert attempt(stack.aws.endpoint, Attack("reset", "POST", path, headers=sent))[0] == 403
    assert stack.client("s3").list_buckets()["Buckets"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "0.0.0.0", ""])
def test_no_other_name_will_do(stack: LocalStack, host: str) -> None:
    sent = signed(stack.aws.keys.of(CLIENT), "GET", f"http://{host or 'localhost'}/", "s3", headers={"Host": host})
    status, _, body = attempt(stack.aws.endpoint, Attack("list", "GET", "/", headers=sent))
    assert (status, "This is for this machine alone" in body) == (403, True)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
def test_every_name_of_this_machine_will_do(stack: LocalStack, host: str) -> None:
    named = stack.aws.endpoint.replace("127.0.0.1", host)
    sent = signed(stack.aws.keys.of(CLIENT), "GET", f"{named}/", "s3", headers={"Host": named.removeprefix("http://")})
    status, _, body = attempt(stack.aws.endpoint, Attack("list", "GET", "/", headers=sent))
    assert (status, "ListAllMyBucketsResult" in body) == (200, True)


def test_a_key_of_another_start_is_unknown_and_boto3_says_so(stack: LocalStack) -> None:
    old = Config(retries={"max_attempts": 0})
    codes = {}
    for service, operation in (("s3", "list_buckets"), ("glue", "get_jobs"), ("sts", "get_caller_identity")):
        session = boto3.Session("AKIAOLDOLDOLDOLDOLD0", "s", region_name="us-east-1")
        client = session.client(service, endpoint_url=stack.aws.endpoint, config=old)  # type: ignore[call-overload]
        with pytest.raises(ClientError) as refused:
            getattr(client, operation)()
        codes[service] = refused.value.response["Error"]["Code"]
        client.close()
    assert codes == {
        "s3": "InvalidAccessKeyId",
        "glue": "UnrecognizedClientException",
        "sts": "InvalidClientTokenId",
    }


def test_no_key_is_in_a_command_line_or_a_file_of_the_stack(stack: LocalStack) -> None:
    key = stack.aws.keys.of(CLIENT)
    shown = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert key.id not in shown
    assert key.secret not in shown
    assert key.secret not in repr(key)
    job = "import os; print(os.environ['AWS_ACCESS_KEY_ID'])"
    environment = {"PATH": os.environ["PATH"], **stack.jobs.environment}
    done = subprocess.run([sys.executable, "-c", job], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == key.id


def test_a_request_that_no_client_sends_is_answered_in_words(stack: LocalStack, tmp_path: Path) -> None:
    for service in ("nothing", "../s3", "email", ""):
        status, _, body = attempt(stack.aws.endpoint, Attack("odd", "GET", "/", headers=signed_by(service)))
        assert (status, "<Error><Code>" in body) == (403, True), service
    for header in ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=", "AWS a", "AWS :", "Basic YTpi", "Bearer x"):
        assert attempt(stack.aws.endpoint, Attack("odd", "GET", "/", headers={"Authorization": header}))[0] == 403
    assert not list(tmp_path.iterdir())


def unsent(page: str, path: str, *headers: str) -> tuple[int, str]:
    """Status and whole response of a POST without its body."""
    address = urlsplit(page)
    asked = "\r\n".join([f"POST {path} HTTP/1.1", f"Host: {address.netloc}", *headers, "", ""])
    with socket.create_connection(("127.0.0.1", address.port or 0), timeout=30) as connection:
        connection.sendall(asked.encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return int(answer.split()[1]), answer.decode()


@pytest.mark.parametrize("path", ["/answer", "/answer.csv", "/api/query"])
def test_the_page_refuses_another_site_before_it_reads(page: str, path: str) -> None:
    for said in (f"Origin: {EVIL}", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"):
        status, answer = unsent(page, path, said, "Content-Length: 1500000000")
        assert (status, "Another site can't post here." in answer) == (403, True)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Content-Length: bad", 400),
        ("Content-Length: -1", 400),
        ("Content-Length: 65537", 413),
        ("Content-Length: 1500000000", 413),
        ("Transfer-Encoding: chunked", 411),
        ("Accept: */*", 411),
    ],
)
def test_the_page_answers_a_body_that_it_does_not_take(page: str, header: str, status: int) -> None:
    answered, answer = unsent(
        page, "/answer", header, *(f"{name}: {value}" for name, value in authorization(page).items())
    )
    assert answered == status
    assert all(f"{name}: {value}\r\n" in answer for name, value in HEADERS.items())


def test_the_page_goes_on_for_its_own_origin(page: str) -> None:
    form = Attack(
        "query", "POST", "/answer", "sql=SELECT+1+AS+one", {"Content-Type": "application/x-www-form-urlencoded"}
    )
    status, _, body = attempt(
        page, form, Origin=urljoin(page, "/")[:-1], Sec_Fetch_Site="same-origin", **authorization(page)
    )
    assert (status, "one" in body) == (200, True)
