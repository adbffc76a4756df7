"""Rules for the templates that cfn-lint does not check."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support.deployments.templates import PSEUDO, Stack, all_deployed_stacks, deployed_stacks, one_deployed_stack

from athena_duckdb.errors import ConfigError
from gluelocal.executor.jobs.arguments import spark_submit_arguments
from loglake.config import CONVERT_SETTINGS, EXPORT_SETTINGS, Setting
from loglake.core.ledger.versions import FINAL_AFTER_MS
from loglake.core.units import MS_PER_DAY
from loglake_cli.deploy.packaged_files import GLUE_PYTHONS
from loglake_cli.deploy.stacks import database_name
from loglake_cli.project_files import DEPLOYER_TEMPLATE

pytestmark = pytest.mark.infra

ROOT = Path(__file__).parents[2]
KEPT = ("RetainExceptOnCreate", "Retain")
"""Names are fixed: what a failed creation left behind would stop the next one."""

JOBS = (("ExportLogs", EXPORT_SETTINGS), ("ConvertLogs", CONVERT_SETTINGS))


@pytest.fixture(scope="module")
def stacks() -> dict[str, Stack]:
    return deployed_stacks()


@pytest.mark.parametrize("bucket", ["Control", "Raw", "Lake"])
def test_buckets_are_closed_encrypted_and_outlive_the_stack(stacks: dict[str, Stack], bucket: str) -> None:
    resource = stacks["storage"].resources[bucket]
    properties = resource["Properties"]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == KEPT
    assert properties["BucketName"] == f"loglake-{bucket.lower()}-123456789012-eu-west-1"
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert properties["BucketEncryption"]
    events = properties.get("NotificationConfiguration") == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    assert events is (bucket != "Lake")


def raw_rules(**given: str) -> dict[str, dict[str, Any]]:
    properties = deployed_stacks(**given)["storage"].resources["Raw"]["Properties"]
    return {rule["Id"]: rule for rule in properties["LifecycleConfiguration"]["Rules"]}


def test_raw_objects_stay_as_they_are_unless_a_parameter_says_otherwise() -> None:
    assert set(raw_rules()) == {"abandoned-uploads"}


def test_raw_objects_move_to_storage_that_is_read_at_once() -> None:
    rules = raw_rules(RawTransitionDays="30", RawTransitionClass="GLACIER_IR")
    assert set(rules) == {"abandoned-uploads", "exports-to-cheaper-storage", "landing-to-cheaper-storage"}
    for prefix in ("exports", "landing"):
        rule = rules[f"{prefix}-to-cheaper-storage"]
        assert (rule["Prefix"], rule["Status"]) == (f"{prefix}/", "Enabled")
        assert rule["Transitions"] == [{"StorageClass": "GLACIER_IR", "TransitionInDays": "30"}]


def test_raw_objects_expire_after_the_days_that_are_asked_for() -> None:
    rules = raw_rules(RawExpiryDays="60")
    assert set(rules) == {"abandoned-uploads", "exports-expire", "landing-expire"}
    assert [rules[f"{prefix}-expire"]["ExpirationInDays"] for prefix in ("exports", "landing")] == ["60", "60"]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("RawTransitionDays", "29"),
        ("RawTransitionClass", "GLACIER"),
        ("RawTransitionClass", "DEEP_ARCHIVE"),
        ("RawExpiryDays", "0"),
        ("RawExpiryDays", "59"),
    ],
)
def test_no_raw_object_is_out_of_reach_while_a_pass_may_need_it(parameter: str, value: str) -> None:
    longest_pass = FINAL_AFTER_MS + 14 * MS_PER_DAY  # landed hours settle after 14 days at the latest
    assert longest_pass <= 30 * MS_PER_DAY
    with pytest.raises(ConfigError, match=parameter):
        deployed_stacks(**{parameter: value})


@pytest.mark.parametrize("bucket", ["Control", "Raw", "Lake"])
def test_buckets_refuse_what_does_not_come_over_tls(stacks: dict[str, Stack], bucket: str) -> None:
    policy = stacks["storage"].resources[f"{bucket}Policy"]["Properties"]
    (deny,) = [item for item in policy["PolicyDocument"]["Statement"] if item["Effect"] == "Deny"]
    arn = f"arn:aws:s3:::loglake-{bucket.lower()}-123456789012-eu-west-1"
    assert policy["Bucket"] == arn.rsplit(":", 1)[1]
    assert deny["Resource"] == [arn, f"{arn}/*"]
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_only_this_accounts_log_groups_may_be_exported_to_the_raw_bucket(stacks: dict[str, Stack]) -> None:
    statements = stacks["storage"].resources["RawPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    allowed = {item["Action"]: item for item in statements if item["Effect"] == "Allow"}
    source = {"aws:SourceArn": "arn:aws:logs:eu-west-1:123456789012:log-group:*"}
    assert set(allowed) == {"s3:GetBucketAcl", "s3:PutObject"}
    for item in allowed.values():
        assert item["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
        assert item["Condition"]["ArnLike"] == source
        assert item["Condition"]["StringEquals"]["aws:SourceAccount"] == "123456789012"
    assert allowed["s3:PutObject"]["Condition"]["StringEquals"]["s3:x-amz-acl"] == "bucket-owner-full-control"
    assert allowed["s3:PutObject"]["Resource"] == "arn:aws:s3:::loglake-raw-123456789012-eu-west-1/exports/*"


def test_the_ledger_has_the_keys_and_the_index_that_the_adapter_asks_for(stacks: dict[str, Stack]) -> None:
    resource = stacks["storage"].resources["Ledger"]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == KEPT
    table = resource["Properties"]
    assert [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]] == [("pk", "HASH"), ("sk", "RANGE")]
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "pending"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["pending_state", "sk"]
    assert index["Projection"] == {"ProjectionType": "ALL"}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


@pytest.mark.parametrize(("job", "settings"), JOBS)
def test_jobs_get_every_setting_that_has_no_default(
    stacks: dict[str, Stack], job: str, settings: tuple[Setting, ...]
) -> None:
    arguments = stacks["log_lake"].resources[job]["Properties"]["DefaultArguments"]
    assert {f"--{setting.name}" for setting in settings if setting.default is None} <= set(arguments)
    own = {name.removeprefix("--") for name in arguments if "_" in name}
    assert own <= {setting.name for setting in settings}, "the job would never read these"
    assert all(isinstance(value, str) and value for value in arguments.values())


@pytest.mark.parametrize(("job", "settings"), JOBS)
def test_a_parameters_default_is_the_one_that_the_job_has(
    stacks: dict[str, Stack], job: str, settings: tuple[Setting, ...]
) -> None:
    arguments = stacks["log_lake"].resources[job]["Properties"]["DefaultArguments"]
    given = {setting.name: arguments.get(f"--{setting.name}") for setting in settings if setting.default}
    assert given["settle_after_hours"]
    wrong = [setting.name for setting in settings if given.get(setting.name) not in {None, setting.default}]
    assert wrong == []


@pytest.mark.parametrize(("job", "settings"), JOBS)
def test_jobs_stop_before_glue_stops_them(stacks: dict[str, Stack], job: str, settings: tuple[Setting, ...]) -> None:
    """Work that begins before the deadline needs some minutes to end."""
    properties = stacks["log_lake"].resources[job]["Properties"]
    (default,) = [setting.default for setting in settings if setting.name == "deadline_seconds"]
    deadline_s = float(properties["DefaultArguments"].get("--deadline_seconds", default))
    assert deadline_s + 10 * 60 <= 60 * int(properties["Timeout"])


def test_the_export_job_is_a_python_shell_job_that_runs_alone(stacks: dict[str, Stack]) -> None:
    job = stacks["log_lake"].resources["ExportLogs"]["Properties"]
    assert (job["Command"]["Name"], job["Command"]["PythonVersion"], float(job["MaxCapacity"])) == (
        "pythonshell",
        "3.9",
        0.0625,
    )
    assert job["GlueVersion"] == "3.0"  # the one that the release notes name for Python shell 3.9
    assert job["ExecutionProperty"] == {"MaxConcurrentRuns": 1}
    assert job["DefaultArguments"]["--extra-py-files"].endswith(".whl")
    assert "--additional-python-modules" not in job["DefaultArguments"]  # they would come from the internet
    assert job["DefaultArguments"]["--library-set"] == "analytics"  # the set that has boto3


def test_the_convert_job_is_a_spark_job_that_two_workflows_can_share(stacks: dict[str, Stack]) -> None:
    job = stacks["log_lake"].resources["ConvertLogs"]["Properties"]
    assert (job["Command"]["Name"], job["GlueVersion"], job["WorkerType"]) == ("glueetl", "6.0", "G.1X")
    assert job["ExecutionProperty"]["MaxConcurrentRuns"] >= 2
    assert job["DefaultArguments"]["--additional-python-modules"].endswith(".gluewheels.zip")
    assert job["DefaultArguments"]["--python-modules-installer-option"] == "--no-index"


def test_a_small_run_has_two_workers_and_a_larger_one_gets_more(stacks: dict[str, Stack]) -> None:
    job = stacks["log_lake"].resources["ConvertLogs"]["Properties"]
    arguments = job["DefaultArguments"]
    assert arguments["--enable-auto-scaling"] == "true"
    assert int(job["NumberOfWorkers"]) == int(arguments["--workers"]) > 2
    submitted = spark_submit_arguments(arguments).split()  # nothing but settings of Spark: another option would be lost
    assert submitted[::2] == ["--conf"] * (len(submitted) // 2) + ["pyspark-shell"]
    asks = dict(each.removeprefix("spark.dynamicAllocation.").split("=") for each in submitted[1::2])
    assert {name: int(value.removesuffix("s")) for name, value in asks.items()} == {
        "schedulerBacklogTimeout": 20,
        "sustainedSchedulerBacklogTimeout": 5,
    }


@pytest.mark.parametrize("job", ["ExportLogs", "ConvertLogs"])
def test_nothing_comes_from_the_internet_when_a_job_starts(stacks: dict[str, Stack], job: str) -> None:
    arguments = stacks["log_lake"].resources[job]["Properties"]["DefaultArguments"]
    for name in ("--additional-python-modules", "--extra-py-files", "--extra-files", "--extra-jars"):
        assert all(item.startswith("s3://") for item in arguments.get(name, "").split(",") if item), name


def test_jobs_queue_their_runs_and_flex_ones_do_not(stacks: dict[str, Stack]) -> None:
    """Glue queues runs of STANDARD jobs without retries only; any other is FAILED over MaxConcurrentRuns."""

    def queues(of: dict[str, Stack]) -> dict[str, bool]:
        jobs = of["log_lake"].of_type("AWS::Glue::Job")
        assert {job["MaxRetries"] for job in jobs.values()} == {0}
        return {name: job["JobRunQueuingEnabled"] for name, job in jobs.items()}

    assert queues(stacks) == {"ExportLogs": True, "LookLanding": True, "ConvertLogs": True}
    flexible = deployed_stacks(ExecutionClass="FLEX")
    assert queues(flexible) == {"ExportLogs": True, "LookLanding": True, "ConvertLogs": False}
    assert flexible["log_lake"].resources["ConvertLogs"]["Properties"]["ExecutionClass"] == "FLEX"


def test_the_convert_job_runs_on_a_glue_that_the_project_is_tested_on(stacks: dict[str, Stack]) -> None:
    parameter = stacks["log_lake"].template["Parameters"]["GlueVersion"]
    assert (parameter["Default"], parameter["AllowedValues"]) == ("6.0", list(GLUE_PYTHONS))
    older = deployed_stacks(GlueVersion="5.1")["log_lake"].resources
    assert older["ConvertLogs"]["Properties"]["GlueVersion"] == "5.1"
    assert older["ExportLogs"]["Properties"]["GlueVersion"] == "3.0"


@pytest.mark.parametrize("prefix", ["loglake", "team-a-logs"])
def test_the_database_is_called_like_the_prefix(prefix: str) -> None:
    stacks = deployed_stacks(Prefix=prefix)
    name = database_name(prefix)
    assert re.fullmatch(r"[a-z0-9_]+", name)  # Athena takes it unquoted
    assert stacks["storage"].outputs["DatabaseName"] == name
    lake = stacks["log_lake"].resources
    assert lake["Database"]["Properties"]["DatabaseInput"]["Name"] == name
    assert lake["CrawlLake"]["Properties"]["DatabaseName"] == name
    assert lake["ConvertLogs"]["Properties"]["DefaultArguments"]["--database"] == name
    databases = set(re.findall(r":glue:[^\"]*:(?:database|table)/([^/\"]+)", json.dumps(stacks["access"].resources)))
    assert databases == {name}


PARTITIONS = [
    ("aws-us-gov", "us-gov-west-1", "amazonaws.com"),
    ("aws-cn", "cn-north-1", "amazonaws.com.cn"),
]


@pytest.mark.parametrize(("partition", "region", "suffix"), PARTITIONS)
def test_arns_and_principals_are_those_of_the_partition(partition: str, region: str, suffix: str) -> None:
    every = {"LogGroups": "/app/live", "QueryTable": "app_shop", "MonthlyBudgetUSD": "1", "AlarmEmail": "a@b.example"}
    pseudo = {**PSEUDO, "AWS::Partition": partition, "AWS::Region": region, "AWS::URLSuffix": suffix}
    stacks = all_deployed_stacks(pseudo, **every)
    stacks["deployer"] = one_deployed_stack(DEPLOYER_TEMPLATE, pseudo, GitHubRepository="shop/logs")
    said = json.dumps([[stack.resources, stack.outputs] for stack in stacks.values()])
    assert set(re.findall(r"arn:([^:]*):", said)) == {partition}
    statements = stacks["storage"].resources["RawPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    principals = {item["Principal"]["Service"] for item in statements if item["Effect"] == "Allow"}
    assert principals == {f"logs.{region}.{suffix}"}


def test_the_convert_job_knows_how_many_workers_it_may_get() -> None:
    job = deployed_stacks(ConvertWorkers="9")["log_lake"].resources["ConvertLogs"]["Properties"]
    assert (job["WorkerType"], job["NumberOfWorkers"], job["DefaultArguments"]["--workers"]) == ("G.1X", "9", "9")


EXPORT_STEPS = {"event within 60 s": "loglake-export-logs", "loglake-export-logs": "loglake-convert-logs"}
CRAWL_AFTERWARDS = {"loglake-convert-logs": "loglake-crawl-lake"}
OTHER_STEPS = {
    "loglake-log-landing": {"event within 900 s": "loglake-convert-logs"},
    "loglake-log-look": {"event": "loglake-look-landing"},
    "loglake-log-catalog": {"event within 60 s": "loglake-crawl-lake"},
}


@pytest.mark.parametrize(("mode", "crawl"), [("WhenNeeded", {}), ("EveryRun", CRAWL_AFTERWARDS)])
def test_a_workflow_goes_on_whatever_way_a_node_ends(mode: str, crawl: dict[str, str]) -> None:
    steps: dict[str, dict[str, str]] = {}
    for trigger in deployed_stacks(CrawlMode=mode)["log_lake"].of_type("AWS::Glue::Trigger").values():
        (action,) = trigger["Actions"]
        started = action.get("JobName") or action.get("CrawlerName")
        steps.setdefault(trigger["WorkflowName"], {})[_watched(trigger)] = started
    assert steps == {"loglake-log-export": {**EXPORT_STEPS, **crawl}, **OTHER_STEPS}


@pytest.mark.parametrize(
    ("start", "wakes", "state", "within"),
    [("Event", ["landing-workflow", "landed-queue"], "DISABLED", 100), ("Look", ["landed-queue"], "ENABLED", 1)],
)
def test_landed_objects_start_a_run_by_events_or_by_looks(
    start: str, wakes: list[str], state: str, within: int
) -> None:
    stacks = deployed_stacks(LandingStart=start, LandingMinutes="10")
    events = {name: item["Properties"] for name, item in stacks["events"].resources.items()}
    assert [target["Id"] for target in events["LandedObject"]["Targets"]] == wakes
    schedule = events["LandingSchedule"]
    assert (schedule["State"], schedule["ScheduleExpression"]) == (state, "rate(10 minutes)")
    put = json.loads(schedule["Target"]["Input"])
    assert put["Key"].startswith(events["LookObject"]["EventPattern"]["detail"]["object"]["key"][0]["prefix"])
    assert [events[name]["Targets"][0]["Arn"].rpartition("/")[2] for name in ("LookObject", "LandedFound")] == [
        "loglake-log-look",
        "loglake-log-landing",
    ]
    wake = stacks["log_lake"].resources["WakeLanding"]["Properties"]
    assert int(wake["EventBatchingCondition"]["BatchSize"]) == within


@pytest.mark.parametrize(("mode", "follows"), [("WhenNeeded", "off"), ("EveryRun", "on")])
def test_a_job_knows_that_a_crawl_follows_in_its_workflow(mode: str, follows: str) -> None:
    """The export job runs in log-export alone; convert-logs also runs in log-landing, and no crawl follows there."""
    lake = deployed_stacks(CrawlMode=mode)["log_lake"].resources
    (action,) = lake["AfterExport"]["Properties"]["Actions"]
    assert action.get("Arguments", {"--crawl_follows": "off"}) == {"--crawl_follows": follows}
    assert lake["ExportLogs"]["Properties"]["DefaultArguments"]["--crawl_follows"] == follows
    assert "--crawl_follows" not in lake["ConvertLogs"]["Properties"]["DefaultArguments"]
    assert "Arguments" not in lake["WakeLanding"]["Properties"]["Actions"][0]


def _watched(trigger: dict[str, Any]) -> str:
    if trigger["Type"] == "EVENT":
        if int(trigger["EventBatchingCondition"]["BatchSize"]) == 1:
            return "event"
        assert int(trigger["EventBatchingCondition"]["BatchSize"]) == 100
        return f"event within {trigger['EventBatchingCondition']['BatchWindow']} s"
    assert (trigger["Type"], trigger["StartOnCreation"], trigger["Predicate"]["Logical"]) == (
        "CONDITIONAL",
        True,
        "ANY",
    )
    conditions = trigger["Predicate"]["Conditions"]
    assert {item["LogicalOperator"] for item in conditions} == {"EQUALS"}
    assert sorted(item["State"] for item in conditions) == ["FAILED", "STOPPED", "SUCCEEDED", "TIMEOUT"]
    (job,) = {item["JobName"] for item in conditions}
    return str(job)


def test_the_crawler_adds_and_never_removes_or_retypes(stacks: dict[str, Stack]) -> None:
    crawler = stacks["log_lake"].resources["CrawlLake"]["Properties"]
    lake = stacks["storage"].outputs["LakeBucket"]
    assert crawler["Targets"] == {"S3Targets": [{"Path": f"s3://{lake}/tables/", "SampleSize": 249}]}
    assert crawler["SchemaChangePolicy"] == {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"}
    assert crawler["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
    assert json.loads(crawler["Configuration"]) == {
        "Version": 1.0,
        "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas", "TableLevelConfiguration": 3},
        "CrawlerOutput": {
            "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
            "Tables": {"AddOrUpdateBehavior": "MergeNewColumns"},
        },
        "CreatePartitionIndex": True,
    }


@pytest.mark.parametrize(
    ("name", "bucket", "prefix", "workflow"),
    [
        ("RequestObject", "ControlBucket", "requests/", "loglake-log-export"),
        ("LandedObject", "RawBucket", "landing/", "loglake-log-landing"),
        ("CatalogObject", "ControlBucket", "catalog/", "loglake-log-catalog"),
    ],
)
def test_only_what_a_workflow_is_for_wakes_it(
    stacks: dict[str, Stack], name: str, bucket: str, prefix: str, workflow: str
) -> None:
    rule = stacks["events"].resources[name]["Properties"]
    assert rule["EventPattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": [stacks["storage"].outputs[bucket]]},
            "object": {"key": [{"prefix": prefix}]},
        },
    }
    target, *others = rule["Targets"]
    assert target["Arn"] == f"arn:aws:glue:eu-west-1:123456789012:workflow/{workflow}"
    assert [other["Arn"].rpartition(":")[2] for other in others] == ["loglake-landed-objects"] * (
        name == "LandedObject"
    )


def test_the_rule_on_landed_objects_alone_may_send_to_their_queue(stacks: dict[str, Stack]) -> None:
    """By the policy of the queue: with a role, EventBridge may fail to deliver to a queue."""
    policy = stacks["log_lake"].resources["LandedObjectsPolicy"]["Properties"]["PolicyDocument"]
    (allowed,) = [item for item in policy["Statement"] if item["Effect"] == "Allow"]
    rule = stacks["events"].resources["LandedObject"]["Properties"]
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
    assert allowed["Condition"]["ArnEquals"]["aws:SourceArn"].endswith(f":rule/{rule['Name']}")
    assert "RoleArn" not in rule["Targets"][1]


def test_a_wake_up_that_can_not_be_delivered_is_tried_again_and_kept(stacks: dict[str, Stack]) -> None:
    resources = stacks["events"].resources
    queue = "arn:aws:sqs:r:a:loglake-event-dead-letters"
    rules = {key: item for key, item in resources.items() if item["Type"] == "AWS::Events::Rule"}
    for rule in rules.values():
        for target in rule["Properties"]["Targets"]:
            assert target["DeadLetterConfig"] == {"Arn": queue}
            assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
    statements = resources["EventDeadLettersPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    (allowed,) = [item for item in statements if item["Effect"] == "Allow"]
    assert (allowed["Principal"], allowed["Action"], allowed["Resource"]) == (
        {"Service": "events.amazonaws.com"},
        "sqs:SendMessage",
        queue,
    )
    arns = [f"arn:aws:events:r:a:{rule['Properties']['Name']}" for rule in rules.values()]
    assert sorted(allowed["Condition"]["ArnEquals"]["aws:SourceArn"]) == sorted(arns)


def test_the_schedule_is_off_until_somebody_turns_it_on(stacks: dict[str, Stack]) -> None:
    assert stacks["events"].resources["ExportSchedule"]["Properties"]["State"] == "DISABLED"
    enabled = deployed_stacks(ScheduleState="ENABLED")["events"]
    assert enabled.resources["ExportSchedule"]["Properties"]["State"] == "ENABLED"


def test_the_schedule_puts_a_request_with_a_key_of_its_own(stacks: dict[str, Stack]) -> None:
    target = stacks["events"].resources["ExportSchedule"]["Properties"]["Target"]
    assert target["Arn"] == "arn:aws:scheduler:::aws-sdk:s3:putObject"
    request = json.loads(target["Input"])
    assert request["Bucket"] == stacks["storage"].outputs["ControlBucket"]
    assert request["Key"] == "requests/scheduled/<aws.scheduler.execution-id>"
    assert target["DeadLetterConfig"]["Arn"].endswith("loglake-schedule-dead-letters")
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10}
