"""Ways to break a deployment: its stacks, buckets, jobs, triggers, events and roles."""

from __future__ import annotations

from support.deployments.breaks import (
    AFTER,
    CONTROL,
    CONVERT,
    EXPORT,
    LAKE,
    RAW,
    WAKE,
    Broken,
    bounded,
    bucket,
    denied,
    expiring,
    failed_run,
    gone,
    job,
    moved_schedule,
    one_key,
    put,
    refused_run,
    target_elsewhere,
    without,
)
from support.deployments.examined_account import (
    ACCOUNT,
    CONVERT_LOGS,
    NAMES,
    REGION,
    role_name,
)

BROKEN_PLATFORM: dict[str, Broken] = {
    "a stack is gone": ("stacks-complete", "lake-events", gone(lambda a: a.stacks, "lake-events")),
    "a stack was rolled back": (
        "stacks-complete",
        "lake-access",
        put(lambda a: a.stacks["lake-access"], StackStatus="UPDATE_ROLLBACK_COMPLETE"),
    ),
    "a stack is in the middle": (
        "stacks-complete",
        "lake-storage",
        put(lambda a: a.stacks["lake-storage"], StackStatus="UPDATE_IN_PROGRESS"),
    ),
    "a bucket is elsewhere": ("buckets-there", LAKE, put(bucket(LAKE), LocationConstraint="eu-west-1")),
    "CloudWatch may not put": ("export-policy", RAW, without(lambda a: a.bucket_statements("raw"), "LogsPutExports")),
    "CloudWatch may not read the ACL": (
        "export-policy",
        RAW,
        without(lambda a: a.bucket_statements("raw"), "LogsReadTheAcl"),
    ),
    "another account's log groups": (
        "export-policy",
        RAW,
        lambda a: a.bucket_statements("raw")[-1]["Condition"]["StringEquals"].update({"aws:SourceAccount": "1" * 12}),
    ),
    "requests without TLS": ("buckets-tls", LAKE, without(lambda a: a.bucket_statements("lake"), "OnlyTls")),
    "no policy at all": ("buckets-tls", CONTROL, put(bucket(CONTROL), Policy=None)),
    "objects have their writer's owner": ("bucket-ownership", RAW, put(bucket(RAW), Ownership="ObjectWriter")),
    "no ownership controls": ("bucket-ownership", LAKE, put(bucket(LAKE), Ownership="")),
    "public policies are let through": (
        "bucket-public-access",
        LAKE,
        lambda a: a.buckets[LAKE]["Public"].update(BlockPublicPolicy=False),
    ),
    "no public access block": ("bucket-public-access", CONTROL, put(bucket(CONTROL), Public={})),
    "another key": (
        "bucket-encryption",
        LAKE,
        put(bucket(LAKE), Key=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/other"),
    ),
    "tables expire": ("bucket-lifecycle", LAKE, lambda a: a.buckets[LAKE]["Rules"].append(expiring(365, "tables/"))),
    "everything in the lake expires": (
        "bucket-lifecycle",
        LAKE,
        lambda a: a.buckets[LAKE]["Rules"].append(expiring(365, "")),
    ),
    "exports expire early": (
        "bucket-lifecycle",
        RAW,
        lambda a: a.buckets[RAW]["Rules"].append(expiring(7, "exports/")),
    ),
    "the ledger lacks its index": ("ledger-there", "lake-ledger", put(lambda a: a.ledger, GlobalSecondaryIndexes=[])),
    "the ledger has no backups": ("ledger-there", "lake-ledger", lambda a: setattr(a, "recovery", "DISABLED")),
    "a workflow is gone": ("glue-there", "lake-log-landing", gone(lambda a: a.workflows, "lake-log-landing")),
    "Python shell of another version": (
        "job-settings",
        EXPORT,
        put(job(EXPORT), Command={"Name": "pythonshell", "PythonVersion": "3"}),
    ),
    "runs are not queued": ("job-settings", EXPORT, put(job(EXPORT), JobRunQueuingEnabled=False)),
    "many runs at once": ("job-settings", EXPORT, put(job(EXPORT), ExecutionProperty={"MaxConcurrentRuns": 5})),
    "runs are repeated": ("job-settings", CONVERT, put(job(CONVERT), MaxRetries=3)),
    "a role can't be assumed": ("last-runs", CONVERT, failed_run("Unable to assume role")),
    "Lake Formation refuses a run": (
        "last-runs",
        CONVERT,
        failed_run("Insufficient Lake Formation permission(s): Required Describe on app_shop"),
    ),
    "an ec2 action is missing": ("last-runs", CONVERT, failed_run("not authorized: ec2:DescribeSubnets")),
    "a run was refused": ("last-runs", EXPORT, refused_run),
    "job logs are kept forever": (
        "job-log-retention",
        CONVERT_LOGS,
        gone(lambda a: a.groups[CONVERT_LOGS], "retentionInDays"),
    ),
    "a conditional trigger was not started": (
        "triggers-fire",
        AFTER,
        put(lambda a: a.triggers[AFTER], State="CREATED"),
    ),
    "an event trigger is off": ("triggers-fire", WAKE, put(lambda a: a.triggers[WAKE], State="DEACTIVATED")),
    "a trigger is gone": ("triggers-fire", AFTER, gone(lambda a: a.triggers, AFTER)),
    "a trigger starts something else": (
        "triggers-start",
        WAKE,
        put(lambda a: a.triggers[WAKE], Actions=[{"JobName": CONVERT}]),
    ),
    "a trigger waits for success": (
        "triggers-start",
        AFTER,
        lambda a: a.triggers[AFTER].update(
            Predicate={
                "Logical": "ANY",
                "Conditions": [{"JobName": EXPORT, "State": "SUCCEEDED", "LogicalOperator": "EQUALS"}],
            }
        ),
    ),
    "a bucket sends no events": (
        "bucket-events",
        RAW,
        gone(lambda a: a.notifications[RAW], "EventBridgeConfiguration"),
    ),
    "a rule is off": (
        "event-rules",
        "lake-request-object",
        put(lambda a: a.rules["lake-request-object"], State="DISABLED"),
    ),
    "a rule looks elsewhere": (
        "event-rules",
        "lake-landed-object",
        put(lambda a: a.rules["lake-landed-object"], EventPattern='{"source": ["aws.s3"]}'),
    ),
    "a rule wakes another workflow": ("event-targets", "lake-landed-object", target_elsewhere),
    "a rule has no target": (
        "event-targets",
        "lake-catalog-object",
        put(lambda a: a.targets, **{"lake-catalog-object": []}),
    ),
    "a rule drops what it can't deliver": (
        "event-targets",
        "lake-request-object",
        gone(lambda a: a.targets["lake-request-object"][0], "DeadLetterConfig"),
    ),
    "the schedule is gone": ("schedule", "lake-export-schedule", gone(lambda a: a.schedules, "lake-export-schedule")),
    "looks go on though events start landing": (
        "schedule",
        "lake-landing-schedule",
        put(lambda a: a.schedules["lake-landing-schedule"], State="ENABLED"),
    ),
    "the schedule puts elsewhere": ("schedule", "lake-export-schedule", moved_schedule),
    "the schedule puts one key": ("schedule", "lake-export-schedule", one_key),
    "an event was not delivered": (
        "dead-letters",
        "lake-event-dead-letters",
        put(lambda a: a.queues["lake-event-dead-letters"], ApproximateNumberOfMessages="3"),
    ),
    "a queue is gone": (
        "dead-letters",
        "lake-schedule-dead-letters",
        gone(lambda a: a.queues, "lake-schedule-dead-letters"),
    ),
    "EventBridge may not send what has landed": (
        "event-queue-policy",
        "lake-landed-objects",
        gone(lambda a: a.queues["lake-landed-objects"], "Policy"),
    ),
    "the queue of what has landed is gone": (
        "event-queue-policy",
        "lake-landed-objects",
        gone(lambda a: a.queues, "lake-landed-objects"),
    ),
    "EventBridge may not send": (
        "event-queue-policy",
        "lake-event-dead-letters",
        gone(lambda a: a.queues["lake-event-dead-letters"], "Policy"),
    ),
    "a role trusts another service": (
        "role-trust",
        role_name("SchedulerRole"),
        lambda a: a.role("SchedulerRole")["Trust"]["Statement"][0].update(Principal={"Service": "ec2.amazonaws.com"}),
    ),
    "a role trusts one rule": (
        "role-trust",
        role_name("EventsRole"),
        lambda a: a.role("EventsRole")["Trust"]["Statement"][0]["Condition"].update(
            ArnEquals={"aws:SourceArn": NAMES.arn("events", "rule/lake-request-object")}
        ),
    ),
    "a role lacks a statement": (
        "role-actions",
        role_name("ConvertRole"),
        without(lambda a: a.role("ConvertRole")["Statements"], "WriteLake"),
    ),
    "a role lacks an action": (
        "role-actions",
        role_name("ExportRole"),
        lambda a: a.statement("ExportRole", "KeepTheLedger")["Action"].remove("dynamodb:PutItem"),
    ),
    "a boundary is in the way": ("role-actions", role_name("CrawlerRole"), bounded),
    "a policy denies": ("role-actions", role_name("ExportRole"), denied),
}
