"""Creating, changing, importing and fixing stacks. botocore's models check each request and response."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from support.deployments.small_stacks import ACCESS, CONTROL, DATA, NAMES, SmallStacks
from support.gluelocal.change_sets import Stack

from loglake.errors import AccessDeniedError
from loglake_cli.deploy.calls import DecisionError, StackError
from loglake_cli.deploy.change_sets.changes import StackState, Standing
from loglake_cli.deploy.job_logs import SHARED_LOG_GROUPS
from loglake_cli.operations.deploying.plan import details

pytestmark = pytest.mark.unit

CREATED = {"storage": "created", "access": "created", "log-lake": "created"}
UNCHANGED = dict.fromkeys(CREATED, "unchanged")


def by_hand(name: str, kind: str, cause: str) -> dict[str, Any]:
    details = [{"Target": {"Attribute": "Properties", "Name": cause}}]
    named = {"LogicalResourceId": name, "ResourceType": kind}
    return {**named, "Action": "Modify", "ResourceDriftStatus": "MODIFIED", "Details": details}


@pytest.fixture
def stacks(tmp_path: Path) -> SmallStacks:
    return SmallStacks(tmp_path)


def test_stacks_are_created_in_their_order_with_the_outputs_of_those_before(stacks: SmallStacks) -> None:
    assert stacks.apply() == CREATED
    assert stacks.states() == dict.fromkeys(NAMES, "CREATE_COMPLETE")
    found = stacks.account.cloudformation.stacks
    assert found["lake-access"].parameters == {"Prefix": "lake", "RawBucket": CONTROL}
    assert found["lake-log-lake"].parameters["RoleArn"].startswith("arn:aws:")
    assert {stack.tags["loglake"] for stack in found.values()} == {"lake"}
    assert stacks.account.objects[CONTROL] == {"artifacts/1/x.whl": 5, "config/datasets-1.json": 2}
    assert "lake-storage: Raw (S3 Bucket) created" in stacks.said


def test_files_are_uploaded_before_the_stacks_that_run_them(stacks: SmallStacks) -> None:
    stacks.apply()
    order = [
        call.parameters.get("StackName", call.operation)
        for call in stacks.account.clients.calls
        if call.operation in {"CreateChangeSet", "PutObject"}
    ]
    assert order == ["lake-storage", "PutObject", "PutObject", "lake-access", "lake-log-lake"]


def test_log_groups_of_all_jobs_get_a_retention_only_if_the_settings_ask_for_it(stacks: SmallStacks) -> None:
    stacks.account.log_groups = {
        name: {"logGroupName": name} for name in ("/aws-glue/crawlers", "/aws-glue/jobs/error")
    }
    before = deepcopy(stacks.account.log_groups)
    stacks.apply()
    assert stacks.account.log_groups == before
    stacks.shared_log_days = 30
    stacks.apply()
    limited = {name: {"logGroupName": name, "retentionInDays": 30} for name in SHARED_LOG_GROUPS}
    assert stacks.account.log_groups == {**before, **limited}


def test_a_second_time_changes_nothing_and_uploads_nothing(stacks: SmallStacks) -> None:
    stacks.apply()
    stacks.account.clients.calls.clear()
    assert stacks.apply() == UNCHANGED
    assert stacks.account.called("ExecuteChangeSet", "PutObject", "DeleteStack") == []
    assert stacks.account.cloudformation.change_sets == {}


def test_a_changed_parameter_changes_its_stack_alone(stacks: SmallStacks) -> None:
    stacks.apply()
    stacks.given["Minutes"] = "90"
    assert stacks.apply() == {**UNCHANGED, "log-lake": "changed"}
    assert stacks.account.cloudformation.stacks["lake-log-lake"].parameters["Minutes"] == "90"


def test_a_changed_tag_changes_all(stacks: SmallStacks) -> None:
    stacks.apply()
    stacks.tags["team"] = "data"
    assert set(stacks.apply().values()) == {"changed"}


def test_a_missing_file_is_uploaded_again(stacks: SmallStacks) -> None:
    stacks.apply()
    del stacks.account.objects[CONTROL]["artifacts/1/x.whl"]
    stacks.account.clients.calls.clear()
    assert stacks.apply() == UNCHANGED
    assert [call.parameters["Key"] for call in stacks.account.clients.calls if call.operation == "PutObject"] == [
        "artifacts/1/x.whl"
    ]


def test_no_bucket_is_replaced_unless_somebody_says_so(stacks: SmallStacks) -> None:
    stacks.apply()
    stacks.texts["storage"] = DATA.replace("-control-", "-other-")
    with pytest.raises(DecisionError, match=rf"the bucket {CONTROL} would be replaced \(BucketName\).* --replace-data"):
        stacks.apply()
    assert stacks.account.cloudformation.change_sets == {}
    assert stacks.states()["lake-storage"] == "CREATE_COMPLETE"
    stacks.options["replace_data"] = True
    assert stacks.apply()["storage"] == "changed"
    assert stacks.states()["lake-storage"] == "UPDATE_COMPLETE"


def test_no_ledger_leaves_its_stack_unless_somebody_says_so(stacks: SmallStacks) -> None:
    stacks.apply()
    stacks.texts["storage"] = DATA[: DATA.index("  Ledger:")] + DATA[DATA.index("  Policy:") :]
    with pytest.raises(DecisionError, match="the table lake-ledger would be removed"):
        stacks.apply()


def test_a_failure_is_told_by_its_first_cause(stacks: SmallStacks) -> None:
    stacks.account.cloudformation.fails["Role"] = (
        "User: arn:aws:iam::123456789012:user/anna is not authorized to perform: iam:CreateRole on resource: "
        "arn:aws:iam::123456789012:role/lake-access-Role because no identity-based policy allows it"
    )
    with pytest.raises(StackError) as error:
        stacks.apply()
    assert str(error.value) == (
        "lake-access is ROLLBACK_COMPLETE: Role (IAM Role) failed: iam:CreateRole on "
        "arn:aws:iam::123456789012:role/lake-access-Role is not allowed for these credentials. Grant it to them: "
        "infra/deployer.yaml has the role that may deploy."
    )


def test_a_key_that_a_service_may_not_use_says_where_its_policy_is_written_down(stacks: SmallStacks) -> None:
    stacks.account.cloudformation.fails["Job"] = (
        "The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:x'"
    )
    with pytest.raises(StackError, match="policy of KmsKeyArn needs the statements of docs"):
        stacks.apply()


def test_a_cancelled_resource_is_no_cause(stacks: SmallStacks) -> None:
    stacks.account.cloudformation.fails["Policy"] = "Access Denied"
    with pytest.raises(StackError, match=r"lake-storage is ROLLBACK_COMPLETE: Policy \(S3 BucketPolicy\) failed: Acc"):
        stacks.apply()
    assert not any("cancelled" in line for line in stacks.said)


def test_a_stack_whose_creation_failed_is_deleted_and_made_again(stacks: SmallStacks) -> None:
    stacks.account.cloudformation.fails["Role"] = "Role with name x already exists."
    with pytest.raises(StackError, match=r"already exists\. It is there and belongs to no stack"):
        stacks.apply()
    assert stacks.plan().stacks[1].note.startswith("It is ROLLBACK_COMPLETE: Role (IAM Role) failed: Role with name x")
    stacks.account.cloudformation.fails.clear()
    assert stacks.apply() == {**CREATED, "storage": "unchanged"}
    assert "Deleting lake-access, which is ROLLBACK_COMPLETE" in stacks.said


def test_an_update_that_failed_leaves_the_stack_as_it_was_and_can_be_repeated(stacks: SmallStacks) -> None:
    stacks.apply()
    stacks.given["Minutes"] = "90"
    stacks.account.cloudformation.fails["Job"] = "Rate exceeded (Service: Glue, Status Code: 400)"
    with pytest.raises(StackError, match=r"UPDATE_ROLLBACK_COMPLETE: Job .*Rate exceeded.*Run the same command again"):
        stacks.apply()
    assert stacks.account.cloudformation.stacks["lake-log-lake"].parameters["Minutes"] == "60"
    stacks.account.cloudformation.fails.clear()
    assert stacks.apply()["log-lake"] == "changed"


def test_a_rollback_that_failed_is_explained(stacks: SmallStacks) -> None:
    stacks.apply()
    stacks.given["Minutes"] = "90"
    stacks.account.cloudformation.fails["Job"] = "Concurrent modification"
    stacks.account.cloudformation.stuck = True
    with pytest.raises(StackError, match="UPDATE_ROLLBACK_FAILED"):
        stacks.apply()
    with pytest.raises(
        StackError,
        match=r"Concurrent modification.* `aws cloudformation continue-update-rollback --stack-name lake-",
    ):
        stacks.plan()


def test_what_an_earlier_deployment_left_is_imported_and_the_rest_made(stacks: SmallStacks) -> None:
    stacks.apply()
    cloudformation = stacks.cloudformation
    for name in reversed(NAMES):
        state = cloudformation.stack(name)
        assert state
        cloudformation.delete(state)
    assert stacks.account.cloudformation.account == {CONTROL, "lake-ledger"}
    effects = {change.logical_id: change.effect for change in stacks.plan().stacks[0].changes}
    assert effects == {"Raw": "imported", "Ledger": "imported", "Policy": "created"}
    assert stacks.account.cloudformation.stacks == {}
    stacks.account.clients.calls.clear()
    stacks.account.cloudformation.drifted.append(by_hand("Raw", "AWS::S3::Bucket", "LifecycleConfiguration"))
    assert stacks.apply() == CREATED
    asked = [call.parameters for call in stacks.account.clients.calls if call.operation == "CreateChangeSet"]
    kinds = [(each["ChangeSetType"], each.get("DeploymentMode", "")) for each in asked]
    assert kinds == [("IMPORT", ""), ("UPDATE", ""), ("UPDATE", "REVERT_DRIFT"), ("CREATE", ""), ("CREATE", "")]
    assert (
        "lake-storage: Raw, which was imported, is not as the settings say (LifecycleConfiguration). That stays; "
        "loglake deploy --revert-drift changes it"
    ) in stacks.said
    assert "Tags" not in asked[0]
    assert set(stacks.account.cloudformation.stacks["lake-storage"].resources) == {"Raw", "Ledger", "Policy"}
    assert [stacks.account.cloudformation.stacks[name].tags for name in NAMES] == [{"loglake": "lake"}] * 3


def test_a_bucket_that_lost_its_stack_is_imported_into_the_stack_that_is_there(stacks: SmallStacks) -> None:
    stacks.apply()
    del stacks.account.cloudformation.stacks["lake-storage"].resources["Ledger"]
    assert [change.effect for change in stacks.plan().stacks[0].changes] == ["imported"]
    assert stacks.apply()["storage"] == "changed"
    assert "Ledger" in stacks.account.cloudformation.stacks["lake-storage"].resources


def test_an_import_changes_nothing_else_of_its_stack_and_the_update_after_it_does(stacks: SmallStacks) -> None:
    """Tags, a parameter's default, a resource and an output change at the same time."""
    stacks.apply()
    stack = stacks.account.cloudformation.stacks["lake-storage"]
    del stack.resources["Ledger"]
    ledger = DATA[DATA.index("  Ledger:") : DATA.index("  Policy:")]
    stack.template = DATA.replace(ledger, "")
    stacks.tags["team"] = "data"
    changed = DATA.replace("PolicyDocument: {}", "PolicyDocument: {Version: !Ref Version}")
    changed = changed.replace("Resources:", "  Version: {Type: String, Default: '2012'}\nResources:", 1)
    stacks.texts["storage"] = changed.replace("RawBucket:", "OtherName:")
    stacks.texts["access"] = ACCESS.replace("RawBucket", "OtherName")
    assert stacks.apply()["storage"] == "changed"
    assert set(stack.resources) == {"Raw", "Ledger", "Policy"}
    assert (set(stack.outputs), stack.tags["team"]) == ({"OtherName"}, "data")
    assert stack.resources["Policy"]["properties"]["PolicyDocument"] == {"Version": "2012"}


def test_a_bucket_of_another_stack_or_of_somebody_else_is_left_alone(stacks: SmallStacks) -> None:
    other = Stack("other", "arn:aws:cloudformation:eu-central-1:123456789012:stack/other/1", "CREATE_COMPLETE")
    other.resources["Bucket"] = {"type": "AWS::S3::Bucket", "id": CONTROL, "properties": {}}
    stacks.account.cloudformation.stacks["other"] = other
    stacks.account.cloudformation.account.add(CONTROL)
    with pytest.raises(DecisionError, match=f"the bucket {CONTROL} belongs to the stack other"):
        stacks.plan()
    stacks.account.foreign.add(CONTROL)
    with pytest.raises(DecisionError, match=f"the bucket {CONTROL} is there and can't be looked at"):
        stacks.plan()


def test_what_was_changed_by_hand_is_shown_and_stays(stacks: SmallStacks) -> None:
    stacks.apply()
    stacks.account.cloudformation.drifted.append(by_hand("Policy", "AWS::S3::BucketPolicy", "PolicyDocument"))
    plan = stacks.plan()
    assert plan.empty
    assert [line for line in details(plan) if "Policy" in line] == [
        "lake-storage: Policy (S3 BucketPolicy) was changed without CloudFormation (PolicyDocument). That stays; "
        "--revert-drift undoes it."
    ]
    assert stacks.apply() == UNCHANGED


def test_what_was_changed_by_hand_is_not_overwritten_unless_somebody_says_so(stacks: SmallStacks) -> None:
    stacks.apply()
    stacks.account.cloudformation.drifted.append(by_hand("Job", "AWS::Glue::Job", "Timeout"))
    stacks.given["Minutes"] = "90"
    with pytest.raises(DecisionError, match=r"Job was changed without CloudFormation \(Timeout\), .* --revert-drift"):
        stacks.apply()
    assert (stacks.account.cloudformation.change_sets, stacks.states()["lake-log-lake"]) == ({}, "CREATE_COMPLETE")
    stacks.revert_drift = True
    assert stacks.apply()["log-lake"] == "changed"


CRAWLER = """
  Crawl:
    Type: AWS::Glue::Crawler
    Properties: {Name: !Sub "${Prefix}-crawl-lake", Role: !Ref RoleArn, Description: !Sub "${Minutes}"}
"""


def test_nobody_waits_for_jobs(stacks: SmallStacks) -> None:
    """Their code lies under keys of its content, so what runs keeps its own."""
    stacks.apply()
    stacks.given["Minutes"] = "90"
    stacks.account.runs["lake-export-logs"] = [["RUNNING"]]
    stacks.account.crawler = "RUNNING"
    assert stacks.apply()["log-lake"] == "changed"
    assert stacks.account.called("GetJobRuns", "GetCrawler") == []


def test_a_crawler_is_changed_after_its_crawl(stacks: SmallStacks) -> None:
    stacks.texts["log-lake"] += CRAWLER
    stacks.apply()
    stacks.given["Minutes"] = "90"
    stacks.account.crawler = "RUNNING"

    def end_the_crawl(text: str) -> None:
        if text.startswith("Waiting"):
            stacks.account.crawler = "READY"

    stacks.on_say = end_the_crawl
    assert stacks.apply()["log-lake"] == "changed"
    assert "Waiting, 30 minutes at most, since the crawler lake-crawl-lake is RUNNING" in stacks.said


def test_a_crawl_without_an_end_ends_the_deployment_and_leaves_no_change_set(stacks: SmallStacks) -> None:
    stacks.texts["log-lake"] += CRAWLER
    stacks.apply()
    stacks.given["Minutes"] = "90"
    stacks.account.crawler = "RUNNING"
    with pytest.raises(StackError, match=r"took more than 30 minutes\. Run the same command again"):
        stacks.apply()
    assert (stacks.account.cloudformation.change_sets, stacks.states()["lake-log-lake"]) == ({}, "CREATE_COMPLETE")


def test_a_stack_that_changes_without_an_end_is_not_waited_for_forever(
    stacks: SmallStacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stacks.account.cloudformation, "_finish", lambda *_: None)
    with pytest.raises(StackError, match="The change of lake-storage took more than 60 minutes"):
        stacks.apply()


def test_a_stack_that_is_turned_off_is_taken_out(stacks: SmallStacks) -> None:
    stacks.apply()
    stacks.removed = ("log-lake",)
    plan = stacks.plan().stacks[-1]
    assert (plan.kind, [change.effect for change in plan.changes]) == ("remove", ["removed"])
    assert stacks.apply()["log-lake"] == "removed"
    assert set(stacks.states()) == {"lake-storage", "lake-access"}


@pytest.mark.parametrize(
    ("operation", "said", "message"),
    [
        ("CreateChangeSet", "Access Denied", "cloudformation:CreateChangeSet on lake-storage is not allowed"),
        ("ExecuteChangeSet", "Access Denied", "cloudformation:ExecuteChangeSet on lake-storage is not allowed"),
        ("HeadBucket", "Forbidden", ""),
        ("PutObject", "Access Denied", f"s3:PutObject on s3://{CONTROL}/artifacts/1/x.whl is not allowed"),
        (
            "CreateLogGroup",
            "User: x is not authorized to perform: logs:CreateLogGroup on resource: "
            "arn:aws:logs:eu-central-1:123456789012:log-group:/aws-glue/crawlers:* because no policy allows it",
            "logs:CreateLogGroup on arn:aws:logs:eu-central-1:123456789012:log-group:/aws-glue/crawlers:* is not",
        ),
        ("DescribeTable", "Access Denied", "dynamodb:DescribeTable on lake-ledger is not allowed"),
    ],
)
def test_a_refused_call_names_the_action_and_the_resource(
    stacks: SmallStacks, operation: str, said: str, message: str
) -> None:
    stacks.account.clients.denied[operation] = said
    stacks.shared_log_days = 90
    if not message:
        with pytest.raises(DecisionError, match="can't be looked at"):
            stacks.apply()
        return
    with pytest.raises(AccessDeniedError) as error:
        stacks.apply()
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        ("REVIEW_IN_PROGRESS", Standing.EMPTY),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Standing.BUSY),
        ("DELETE_IN_PROGRESS", Standing.BUSY),
        ("IMPORT_ROLLBACK_FAILED", Standing.STUCK),
        ("DELETE_FAILED", Standing.BROKEN),
        ("UPDATE_ROLLBACK_COMPLETE", Standing.READY),
    ],
)
def test_what_can_be_done_with_a_stack_follows_from_its_status(status: str, standing: Standing) -> None:
    assert StackState("x", "arn", status).standing is standing
