"""The table of export errors is complete, and each decision follows from its error."""

from __future__ import annotations

from collections.abc import Iterator

import botocore.session
import pytest

from loglake.core.export_errors.common import ANYTHING_ELSE, NO_ANSWER
from loglake.core.export_errors.rule import TASK, Decision, Rule
from loglake.core.export_errors.table import RULES, rule_for
from loglake.errors import ExportSlotBusyError, PermanentError, TransientError

pytestmark = pytest.mark.unit

CREATE = "logs:CreateExportTask"
BUCKET = "call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to perform this"

# What an export run calls, as AWS names it.
CALLED = {
    "logs": (
        "CreateExportTask",
        "DescribeExportTasks",
        "CancelExportTask",
        "DescribeLogGroups",
        "DescribeLogStreams",
        "FilterLogEvents",
    ),
    "dynamodb": ("PutItem", "Query"),
}


def _documented() -> Iterator[tuple[str, str]]:
    for service, operations in CALLED.items():
        model = botocore.session.get_session().get_service_model(service)
        for operation in operations:
            for shape in model.operation_model(operation).error_shapes:
                yield f"{service}:{operation}", shape.name


@pytest.mark.parametrize(("action", "code"), sorted(_documented()))
def test_every_documented_error_of_what_an_export_run_calls_is_in_the_table(action: str, code: str) -> None:
    assert rule_for(action, code, "", 400) not in {NO_ANSWER, ANYTHING_ELSE}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.actions[0]}-{(rule.codes or ('any',))[0]}")
def test_a_decision_is_what_the_error_brings_about(rule: Rule) -> None:
    waits = rule.error is ExportSlotBusyError
    assert waits is (rule.decision is Decision.WAIT)
    if not waits:
        assert issubclass(rule.error, TransientError) is (rule.decision is Decision.RETRY)
    if rule.decision in {Decision.FAIL_WINDOW, Decision.FAIL_RUN} and rule.codes:
        assert issubclass(rule.error, PermanentError)
        assert rule.next or rule.codes[0] == "ResourceNotFoundException", "a person must know what to do"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.actions[0]}-{(rule.codes or ('any',))[0]}")
def test_no_rule_hides_another(rule: Rule) -> None:
    """Each rule is the first that matches its own example."""
    said = rule.said or " ".join(rule.words[:1])
    action = rule.actions[0].replace("*", "Any")
    assert rule_for(action, (rule.codes or ("Unheard",))[-1], said, rule.status) is rule


@pytest.mark.parametrize(
    ("code", "message", "decision"),
    [
        ("LimitExceededException", "Resource limit exceeded.", Decision.WAIT),
        ("InvalidParameterException", f"GetBucketAcl {BUCKET}", Decision.FAIL_RUN),
        ("AccessDeniedException", f"GetBucketAcl {BUCKET}", Decision.FAIL_RUN),
        ("InvalidParameterException", f"PutObject {BUCKET}", Decision.FAIL_RUN),
        (
            "InvalidParameterException",
            "The given bucket does not exist. Please make sure it is valid.",
            Decision.FAIL_RUN,
        ),
        ("AccessDeniedException", "User: x is not authorized to perform: logs:CreateExportTask", Decision.FAIL_RUN),
        ("ExpiredTokenException", "The security token included in the request is expired", Decision.FAIL_RUN),
        ("ThrottlingException", "Rate exceeded", Decision.RETRY),
        ("ServiceUnavailableException", "", Decision.RETRY),
        ("OperationAbortedException", "", Decision.RETRY),
        ("ResourceNotFoundException", "The specified log group does not exist.", Decision.FAIL_WINDOW),
        ("InvalidParameterException", "Time range is invalid.", Decision.FAIL_WINDOW),
        ("InvalidOperationException", "Not supported for this log group class.", Decision.FAIL_WINDOW),
    ],
)
def test_what_is_decided_about_starting_a_task(code: str, message: str, decision: Decision) -> None:
    assert rule_for(CREATE, code, message, 400).decision is decision


def test_the_same_bucket_policy_is_reported_whatever_code_aws_gives() -> None:
    rules = [
        rule_for(CREATE, code, f"PutObject {BUCKET}") for code in ("InvalidParameterException", "AccessDeniedException")
    ]
    assert rules[0] is rules[1]
    assert "s3:GetBucketAcl" in rules[0].next


def test_a_log_group_whose_name_speaks_of_keys_gets_no_advice_about_keys() -> None:
    denied = f"User: x is not authorized to perform: {CREATE} on resource: arn:aws:logs:r:1:log-group:/app/kms-proxy:*"
    assert "Grant" in rule_for(CREATE, "AccessDeniedException", denied).next


def test_a_task_that_ended_badly_is_tried_again() -> None:
    assert {rule_for(TASK, status, "internal error").decision for status in ("FAILED", "CANCELLED")} == {Decision.RETRY}
    assert "key" in rule_for(TASK, "FAILED", "Access Denied").next
    assert "loglake pause" in rule_for(TASK, "CANCELLED").next


def test_the_advice_names_the_call() -> None:
    assert (
        rule_for("s3:GetObject", "AccessDenied")
        .advice("s3:GetObject", "s3://b/k")
        .startswith("Grant s3:GetObject on s3://b/k")
    )
