"""Doctor only reads. What it can't read is reported as unproven, with the missing permission."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError
from support.deployments.examined_account import NOW, ExaminedAccount
from support.log_clock import LogClock

from loglake.core.units import to_ms
from loglake.errors import ConfigError
from loglake_cli.deploy.calls import action_of
from loglake_cli.operations.doctor.account import READS, Account, Reader
from loglake_cli.operations.doctor.examination import ACTIONS, CHECKS, examine
from loglake_cli.operations.doctor.finding import Finding, Result, document, lines

pytestmark = pytest.mark.unit


def found(account: ExaminedAccount, said: list[str] | None = None) -> dict[str, list[Finding]]:
    """The findings of each check."""
    say = said.append if said is not None else lambda _: None
    findings = examine(Account("lake", account.client, LogClock(to_ms(NOW))), say=say)
    return {each.id: [finding for finding in findings if finding.check == each.id] for each in CHECKS}


@pytest.mark.parametrize("whole", [False, True])
def test_all_calls_are_calls_that_read(whole: bool) -> None:
    account = ExaminedAccount(whole=whole)
    assert all(found(account).values())
    assert len(account.clients.calls) > 100
    assert [call for call in account.clients.calls if not call[1].startswith(READS)] == []


def test_the_policy_in_the_docs_has_the_actions_of_all_calls_and_no_others() -> None:
    needed: set[str] = set()
    for account in (ExaminedAccount(), ExaminedAccount(whole=True)):
        account.filters["/app/shop"] = [account.subscription]
        found(account)
        needed |= {action_of(*call) for call in account.clients.calls}
    assert needed - {"sts:GetCallerIdentity"} == set(ACTIONS)  # anybody may ask who they are


def test_the_same_is_asked_once() -> None:
    account = ExaminedAccount()
    found(account)
    assert account.clients.calls.count(("logs", "DescribeLogGroups")) == 1


def test_a_call_that_changes_something_is_refused() -> None:
    account = ExaminedAccount()
    with pytest.raises(RuntimeError, match="doctor only reads"):
        Reader(account.client).read("glue", "StartCrawler", Name="lake-crawl-lake")
    assert account.clients.calls == []


def test_who_asks_is_told_what_is_being_looked_at() -> None:
    said: list[str] = []
    found(ExaminedAccount(), said)
    assert said == [f"Checking {each.id}" for each in CHECKS]


@pytest.mark.parametrize(
    ("denied", "action", "check"),
    [
        ("glue:GetTrigger", "glue:GetTrigger", "triggers-fire"),
        ("s3:GetBucketEncryption", "s3:GetEncryptionConfiguration", "bucket-encryption"),
        ("s3:GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock", "bucket-public-access"),
        ("iam:SimulatePrincipalPolicy", "iam:SimulatePrincipalPolicy", "role-actions"),
        ("iam:GetRole", "iam:GetRole", "role-trust"),
        ("logs:DescribeLogGroups", "logs:DescribeLogGroups", "log-classes"),
    ],
)
def test_what_may_not_be_looked_at_is_not_proven_and_names_the_action(denied: str, action: str, check: str) -> None:
    account = ExaminedAccount()
    account.denied.add(denied)
    findings = found(account)
    (finding,) = findings[check]
    assert (finding.result, finding.fix) == (Result.NOT_PROVEN, f"Allow yourself {action}.")
    assert finding.why
    assert all(each.result is not Result.PROBLEM for several in findings.values() for each in several)


def test_nothing_is_wrong_where_nothing_may_be_looked_at() -> None:
    account = ExaminedAccount()
    account.denied.update(f"{service}:{name}" for service, name in account.clients.answers if service != "sts")
    assert {finding.result for several in found(account).values() for finding in several} == {Result.NOT_PROVEN}


def test_what_is_not_answered_is_not_proven() -> None:
    account = ExaminedAccount()
    del account.clients.answers["iam", "SimulatePrincipalPolicy"]
    (finding,) = found(account)["role-actions"]
    assert finding.result is Result.NOT_PROVEN
    assert finding.found.startswith("iam:SimulatePrincipalPolicy on arn:aws:iam::")
    assert "InternalFailure" in finding.found


def test_a_deployment_without_stacks_was_made_by_something_else() -> None:
    account = ExaminedAccount()
    account.stacks.clear()
    findings = found(account)
    assert [finding.result for finding in findings["stacks-complete"]] == [Result.NOT_PROVEN]


def test_an_extra_stack_that_is_not_there_is_not_missed_and_one_that_failed_is() -> None:
    account = ExaminedAccount()
    account.stacks["lake-query"] = {"StackStatus": "CREATE_FAILED", "StackStatusReason": "no permission"}
    (finding,) = found(account)["stacks-complete"]
    assert finding.found == "The stack lake-query is CREATE_FAILED (no permission)."


def test_what_is_gone_is_named_once_and_what_needs_it_is_not_proven() -> None:
    account = ExaminedAccount()
    del account.jobs["lake-convert-logs"]
    findings = found(account)
    wrong = [each for several in findings.values() for each in several if each.result is Result.PROBLEM]
    assert [(each.check, each.subject) for each in wrong] == [("glue-there", "lake-convert-logs")]
    assert findings["job-settings"][0].result is Result.NOT_PROVEN


def test_a_bucket_that_is_gone_is_named_once() -> None:
    account = ExaminedAccount()
    del account.buckets["lake-lake-123456789012-eu-central-1"]
    wrong = [each for several in found(account).values() for each in several if each.result is Result.PROBLEM]
    assert [each.check for each in wrong] == ["buckets-there"]


def test_a_condition_that_can_not_be_known_from_here_is_not_proven() -> None:
    account = ExaminedAccount()
    account.bucket_statements("raw")[-1]["Condition"]["StringEquals"]["aws:SourceOrgID"] = "o-1"
    (finding,) = found(account)["export-policy"]
    assert finding.result is Result.NOT_PROVEN
    assert "depends on a condition of LogsPutExports" in finding.found


def test_an_answer_of_an_unknown_form_stops_no_other_check() -> None:
    account = ExaminedAccount()
    account.schedules["lake-export-schedule"]["Target"]["Input"] = "no JSON"
    account.rules["lake-request-object"]["State"] = "DISABLED"
    findings = found(account)
    assert findings["schedule"][0].result is Result.NOT_PROVEN
    assert "of a form that is not known here: JSONDecodeError" in findings["schedule"][0].found
    assert findings["event-rules"][0].result is Result.PROBLEM
    assert all(findings.values())


def test_a_subnet_with_a_way_out_needs_no_endpoints() -> None:
    account = ExaminedAccount(whole=True)
    account.endpoints.clear()
    account.routes.append({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"})
    (finding,) = found(account)["network-endpoints"]
    assert (finding.result, finding.found) == (Result.OK, "The subnet has a way out to the internet.")


def test_without_credentials_there_is_nothing_to_look_at() -> None:
    account = ExaminedAccount()

    def no_credentials(_: Any) -> Any:
        raise NoCredentialsError

    account.clients.answers["sts", "GetCallerIdentity"] = no_credentials
    with pytest.raises(ConfigError, match="set credentials and a Region"):
        found(account)


def test_a_person_sees_problems_last_and_the_fix_of_each() -> None:
    account = ExaminedAccount()
    account.rules["lake-request-object"]["State"] = "DISABLED"
    account.denied.add("iam:GetRole")
    findings = [each for several in found(account).values() for each in several]
    shown = list(lines(findings))
    assert shown[-1] == f"Something is wrong: 1 problem, 1 not proven, {len(CHECKS) - 2} ok."
    assert shown[-5:-2] == [
        "problem  event-rules: State of the rule lake-request-object is DISABLED, and should be ENABLED.",
        "  Why it matters: A rule that is disabled, or looks for other keys, wakes nothing.",
        "  What to do:     aws events enable-rule --name lake-request-object",
    ]
    made = document(findings)
    assert (made["problems"], made["not_proven"], len(made["findings"])) == (1, 1, len(findings))
