"""Our `getResolvedOptions` and the official one give the same results and errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluelocal.glue_libs.awsglue import utils as ours

pytestmark = pytest.mark.contract

Resolver = Callable[[Sequence[str], "list[str]"], dict[str, Any]]

DEFAULTS = {
    "job_bookmark_option": "job-bookmark-disable",
    **dict.fromkeys(("job_bookmark_from", "job_bookmark_to", "JOB_ID", "JOB_RUN_ID", "SECURITY_CONFIGURATION")),
    **dict.fromkeys(("encryption_type", "enable_data_lineage", "RedshiftTempDir", "TempDir")),
}
A = ("--a", "1")
PAUSED = ("--job-bookmark-option", "job-bookmark-pause")
GIVEN: dict[tuple[str, ...], dict[str, str]] = {
    A: {},
    ("--a=1", "--b", "2"): {},
    ("--a", "2", "--a", "1"): {},
    ("first", *A): {},
    (*A, "--", "x"): {},
    (*A, "--JOB_NAME", "j", "--JOB_ID", "i", "--JOB_RUN_ID", "r"): {"JOB_ID": "i", "JOB_RUN_ID": "r"},
    (*A, "--TempDir", "t"): {"TempDir": "t", "RedshiftTempDir": "t"},
    (*A, "--RedshiftTempDir", "t"): {"TempDir": "t", "RedshiftTempDir": "t"},
    (*A, "--TempDir", "t", "--RedshiftTempDir", "u"): {"TempDir": "t", "RedshiftTempDir": "t"},
    (*A, *PAUSED): {"job_bookmark_option": "job-bookmark-pause"},
    (*A, "--continuation-option", "continuation-readonly"): {"job_bookmark_option": "job-bookmark-pause"},
    (*A, "--continuation-option", "continuation-ignore"): {"job_bookmark_option": "job-bookmark-disable"},
    (*A, "--continuation-option", "continuation-enabled"): {"job_bookmark_option": "job-bookmark-enable"},
    (*A, *PAUSED, "--job-bookmark-from", "1", "--job-bookmark-to", "2"): {
        "job_bookmark_option": "job-bookmark-pause",
        "job_bookmark_from": "1",
        "job_bookmark_to": "2",
    },
    (*A, "--encryption-type", "sse-s3"): {"encryption_type": "sse-s3"},
    (*A, "--enable-metrics", "--extra-py-files", "s3://b/x.whl"): {},
}
REFUSED: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[str, str]] = {
    ((), ("a",)): ("GlueArgumentError", "the following arguments are required: --a"),
    (("--a",), ("a",)): ("GlueArgumentError", "argument --a: expected one argument"),
    (("--a", "--b", "x"), ("a",)): ("GlueArgumentError", "argument --a: expected one argument"),
    (("--long", "1"), ("longer",)): ("GlueArgumentError", "the following arguments are required: --longer"),
    (("--a_b", "1"), ("a-b",)): ("GlueArgumentError", "the following arguments are required: --a-b"),
    (A, ("a", "JOB_NAME")): ("GlueArgumentError", "the following arguments are required: --JOB_NAME"),
    (A, ("a", "job-bookmark-option")): ("RuntimeError", "Using reserved arguments job-bookmark-option"),
    (A, ("a", "JOB_RUN_ID")): ("ArgumentError", "argument --JOB_RUN_ID: conflicting option string: --JOB_RUN_ID"),
    (A, ("a", "help")): ("ArgumentError", "argument --help: conflicting option string: --help"),
    ((*A, *PAUSED, "--job-bookmark-from", "1"), ("a",)): (
        "RuntimeError",
        "Missing option or value for --job-bookmark-to",
    ),
    ((*A, *PAUSED, "--job-bookmark-to", "1"), ("a",)): (
        "RuntimeError",
        "Missing option or value for --job-bookmark-from",
    ),
}


@pytest.fixture(params=["official", "ours"])
def resolve(request: pytest.FixtureRequest) -> Resolver:
    if request.param == "ours":
        return ours.getResolvedOptions
    if find_spec("awsglue") is None:
        pytest.skip("no official awsglue to compare with: AWS publishes it for Python 3.11 and 3.13 alone")
    from awsglue.utils import getResolvedOptions  # noqa: PLC0415

    official: Resolver = getResolvedOptions
    return official


@pytest.mark.parametrize(("arguments", "expected"), GIVEN.items())
def test_options_are_read(arguments: tuple[str, ...], expected: dict[str, str], resolve: Resolver) -> None:
    assert resolve(["script.py", *arguments], ["a"]) == {**DEFAULTS, "a": "1", **expected}


@pytest.mark.parametrize("asked", ["TempDir", "RedshiftTempDir"])
def test_a_script_may_ask_for_the_temporary_folder(asked: str, resolve: Resolver) -> None:
    assert resolve(["script.py"], [asked])["TempDir"] is None


def test_a_dash_becomes_an_underscore(resolve: Resolver) -> None:
    assert resolve(["script.py", "--a-b", "-1"], ["a-b"])["a_b"] == "-1"


@pytest.mark.parametrize(("call", "error"), REFUSED.items())
def test_wrong_options_are_refused(
    call: tuple[tuple[str, ...], tuple[str, ...]], error: tuple[str, str], resolve: Resolver
) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - each package has a class of its own, by one name
        resolve(["script.py", *call[0]], list(call[1]))
    assert (type(raised.value).__name__, str(raised.value)) == error


@pytest.mark.skipif(
    find_spec("awsglue") is None,
    reason="no official awsglue to compare with: AWS publishes it for Python 3.11 and 3.13 alone",
)
@given(
    st.lists(
        st.sampled_from(["--a", "--ab", "--b", "--TempDir", "--JOB_ID", *PAUSED, "--job-bookmark-to", "1", "-", "x=y"])
    ),
    st.sets(st.sampled_from(["a", "ab", "b", "TempDir"])),
)
def test_any_arguments_give_the_same(arguments: list[str], asked: set[str]) -> None:
    from awsglue.utils import getResolvedOptions  # noqa: PLC0415

    def outcome(resolve: Resolver) -> object:
        try:
            return resolve(["script.py", *arguments], sorted(asked))
        except Exception as error:
            return type(error).__name__, str(error)

    assert outcome(ours.getResolvedOptions) == outcome(getResolvedOptions)
