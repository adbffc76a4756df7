"""The condition of a write reaches S3 as a signed header."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from gluelocal.cloud.embedded_aws import EmbeddedAws
from loglake.aws.objects import S3ObjectStore
from loglake.aws.system_clock import SystemClock
from loglake.core.ports.objects import ObjectStore
from loglake.errors import AlreadyExistsError

if TYPE_CHECKING:
    from support.python_shell.shell import PythonShell

pytestmark = pytest.mark.contract

Opened = Callable[[EmbeddedAws], ObjectStore]


@pytest.fixture(params=["here", "in Python shell"])
def opened(request: pytest.FixtureRequest) -> Opened:
    if request.param == "here":
        return lambda aws: S3ObjectStore(aws.client("s3"), "bucket")
    shell: PythonShell = request.getfixturevalue("shell")
    return lambda aws: shell.objects(aws, "bucket")


def test_a_conditional_write_or_copy_is_signed_with_its_condition_and_refused_by_s3(opened: Opened) -> None:
    seen: list[tuple[str, str, bool]] = []

    def observe(environ: dict[str, Any]) -> None:
        if environ["REQUEST_METHOD"] == "PUT":
            (signed,) = re.findall("SignedHeaders=([^,]+)", environ["HTTP_AUTHORIZATION"])
            condition = environ.get("HTTP_IF_NONE_MATCH", "")
            seen.append((environ["PATH_INFO"], condition, "if-none-match" in signed.split(";")))

    with EmbeddedAws(SystemClock()) as aws:
        aws.client("s3").create_bucket(Bucket="bucket")
        store = opened(aws)
        aws.observe = observe
        store.put_new("new", b"first")
        with pytest.raises(AlreadyExistsError):
            store.put_new("new", b"second")
        store.put("any", b"")
        store.copy("new", "copied")
        assert store.get("new") == store.get("copied") == b"first"
    assert seen == [
        ("/bucket/new", "*", True),
        ("/bucket/new", "*", True),
        ("/bucket/any", "", False),
        ("/bucket/copied", "*", True),
    ]


def test_python_shell_is_what_aws_documents(shell: PythonShell) -> None:
    """Developer guide, "Python shell jobs", Supported libraries, of the library set `analytics`."""
    with EmbeddedAws(SystemClock()) as aws:
        versions = shell.adapter(aws, "versions")
    assert (versions.python(), versions.boto3()) == ((3, 9), "1.21.21")
