"""Errors of CloudWatch Logs, most of them of CreateExportTask, and failures of its export tasks."""

from loglake.core.export_errors.rule import TASK, Decision, Rule
from loglake.errors import (
    AccessDeniedError,
    ConfigError,
    ExportRefusedError,
    ExportSlotBusyError,
    NotFoundError,
    PermanentError,
    ServiceError,
    StaleTokenError,
    ThrottledError,
    TransientError,
)

_CREATE = ("logs:CreateExportTask",)
_API = "CloudWatch Logs API reference, CreateExportTask"
_READ = ("logs:FilterLogEvents",)
_READ_API = "CloudWatch Logs API reference, FilterLogEvents"
_GUIDE = "CloudWatch Logs user guide, exporting log data to Amazon S3"
# AWS gave InvalidParameterException for a destination that it may not write to, and gives AccessDeniedException now.
_REFUSED = ("InvalidParameterException", "AccessDeniedException")

RULES = (
    Rule(
        actions=_CREATE,
        codes=("LimitExceededException",),
        said="Resource limit exceeded.",
        decision=Decision.WAIT,
        error=ExportSlotBusyError,
        meaning="An export task is PENDING or RUNNING; an account has one per Region, whoever started it.",
        next="Nothing. If a task blocks the slot for too long, `aws logs cancel-export-task` ends it.",
        source=f"{_API}; github.com/awslabs/fhir-works-on-aws-deployment/issues/423",
    ),
    Rule(
        actions=_CREATE,
        codes=_REFUSED,
        words=("getbucketacl", "putobject call", "check if cloudwatch logs has been granted"),
        said=(
            "GetBucketAcl call on the given bucket failed. Please check if CloudWatch Logs has been granted permission "
            "to perform this operation."
        ),
        decision=Decision.FAIL_RUN,
        error=ConfigError,
        meaning="The bucket's policy does not allow CloudWatch Logs, or the bucket is in another Region.",
        next=(
            "Let the bucket's policy allow logs.<region>.amazonaws.com s3:GetBucketAcl on the bucket and s3:PutObject "
            "below it (infra/storage.yaml), for this account and Region."
        ),
        source=(
            f"{_GUIDE}; github.com/DistributedScience/Distributed-CellProfiler/issues/144; "
            "github.com/aws/amazon-ecs-agent/pull/5116"
        ),
    ),
    Rule(
        actions=_CREATE,
        codes=_REFUSED,
        words=("createexporttask caller",),
        said="Please ensure that the CreateExportTask caller has been granted s3:PutObject access to the bucket.",
        decision=Decision.FAIL_RUN,
        error=AccessDeniedError,
        meaning="The job's role may not write to the bucket, which CreateExportTask asks of its caller too.",
        next="Grant s3:PutObject on the raw bucket's exports/ to the job's role (infra/access.yaml).",
        source=f"{_API}; github.com/awsdocs/amazon-cloudwatch-logs-user-guide/issues/17",
    ),
    Rule(
        actions=_CREATE,
        codes=("InvalidParameterException",),
        words=("bucket does not exist",),
        said="The given bucket does not exist. Please make sure the bucket is valid.",
        decision=Decision.FAIL_RUN,
        error=ConfigError,
        meaning="There is no bucket of that name, or it is not in this Region.",
        next="Deploy the storage stack in the log groups' Region, or correct the bucket's name in the job's arguments.",
        source=f"{_API}; moto's tests that were run against AWS",
    ),
    Rule(
        actions=_CREATE,
        codes=_REFUSED,
        words=("kms key", "kms:", "sse-kms"),  # with a space or a colon, which a log group's name can't have
        decision=Decision.FAIL_RUN,
        error=ConfigError,
        meaning="CloudWatch Logs may not use the key that the bucket is encrypted with.",
        next=(
            "Encrypt the bucket with SSE-S3 (infra/storage.yaml), or with a key of your own whose policy allows "
            "logs.<region>.amazonaws.com kms:GenerateDataKey and kms:Decrypt. The key aws/s3 can't be used."
        ),
        source=_GUIDE,
    ),
    Rule(
        actions=_CREATE,
        codes=("InvalidParameterException",),
        words=("bucket", "destination", "region"),
        decision=Decision.FAIL_RUN,
        error=ConfigError,
        meaning="Something else about the destination is wrong, which every window needs.",
        next=(
            "Check that the bucket is in the log groups' Region and that its policy lets CloudWatch Logs "
            "(logs.<region>.amazonaws.com) call s3:GetBucketAcl and s3:PutObject (infra/storage.yaml)."
        ),
        source=_API,
    ),
    Rule(
        actions=_CREATE,
        codes=("InvalidParameterException", "InvalidOperationException"),
        words=("log class", "log group class", "infrequent", "delivery"),
        decision=Decision.FAIL_WINDOW,
        error=ExportRefusedError,
        meaning="Only log groups of the STANDARD class can be exported; the plan leaves others out beforehand.",
        next="A log group's class can't be changed: have the logs written to a new log group of the class STANDARD.",
        source="CloudWatch Logs user guide, log classes",
    ),
    Rule(
        actions=_CREATE,
        codes=("InvalidParameterException", "InvalidOperationException"),
        decision=Decision.FAIL_WINDOW,
        error=ExportRefusedError,
        meaning="The window can't be exported as it is, such as one that ends before its log group was created.",
        next="If it ends before the creation, `ingest: auto` has it read: set that, and run `loglake rerun`.",
        source=f"{_API}, parameter to",
    ),
    Rule(
        actions=_CREATE,
        codes=("ResourceNotFoundException",),
        said="The specified log group does not exist.",
        decision=Decision.FAIL_WINDOW,
        error=NotFoundError,
        meaning="The log group was deleted meanwhile.",
        next="Its events are gone. If the group comes back, `loglake rerun` opens the window again.",
        source=f"{_API}; moto's tests that were run against AWS",
    ),
    Rule(
        actions=_CREATE,
        codes=("AccessDeniedException",),
        words=("explicit deny in an identity-based policy", "explicit deny in a resource-based policy"),
        said=(
            "User: … is not authorized to perform: logs:CreateExportTask on resource: … with an explicit deny in an "
            "identity-based policy"
        ),
        decision=Decision.FAIL_WINDOW,
        error=ExportRefusedError,
        meaning="A policy denies the export of this log group, which says nothing about the others.",
        next="Take the log group out of the Deny, or out of the datasets file; then run `loglake rerun`.",
        source="IAM user guide, troubleshooting access denied error messages",
    ),
    Rule(
        actions=_READ,
        codes=("InvalidParameterException",),
        words=("token",),
        said="The specified nextToken is invalid.",
        decision=Decision.RETRY,
        error=StaleTokenError,
        meaning="A page token expired, as they do after 24 hours. Reading goes on by time.",
        next="",
        source=_READ_API,
    ),
    Rule(
        actions=_READ,
        codes=("InvalidOperationException", "InvalidParameterException"),
        said="FilterLogEvents is not supported for this log class.",
        decision=Decision.FAIL_WINDOW,
        error=ExportRefusedError,
        meaning="Log groups of the classes INFREQUENT_ACCESS and DELIVERY can't be read; the plan leaves them out.",
        next="A log group's class can't be changed: have the logs written to a new log group of the class STANDARD.",
        source="CloudWatch Logs user guide, log classes",
    ),
    Rule(
        actions=_READ,
        codes=("ResourceNotFoundException",),
        said="The specified log group does not exist.",
        decision=Decision.FAIL_WINDOW,
        error=NotFoundError,
        meaning="The log group was deleted. What was read of it until then is in the table.",
        next="Its events are gone. If the group comes back, `loglake rerun` opens the window again.",
        source=_READ_API,
    ),
    Rule(
        actions=_READ,
        codes=("AccessDeniedException",),
        words=("kms", "explicit deny in an identity-based policy", "explicit deny in a resource-based policy"),
        decision=Decision.FAIL_WINDOW,
        error=ExportRefusedError,
        meaning="A policy denies reading this log group, or using its key, which says nothing about the others.",
        next="Allow it, or say `ingest: export` for this log group in the datasets file; then run `loglake rerun`.",
        source="IAM user guide, troubleshooting access denied error messages",
    ),
    Rule(
        actions=("logs:*",),
        codes=("OperationAbortedException", "ResourceAlreadyExistsException"),
        said="A conflicting operation is currently in progress against this resource. Please try again.",
        decision=Decision.RETRY,
        error=ServiceError,
        meaning="Several requests at once. A task is looked for by its name before it is asked for again.",
        next="",
        source=_API,
    ),
    Rule(
        actions=("logs:*",),
        codes=("LimitExceededException",),
        decision=Decision.RETRY,
        error=ThrottledError,
        meaning="A quota of CloudWatch Logs other than the one export task.",
        next="Wait, or have the quota raised (Service Quotas, CloudWatch Logs).",
        source="CloudWatch Logs API reference",
    ),
    Rule(
        actions=("logs:DescribeExportTasks",),
        codes=("ResourceNotFoundException",),
        said="The specified export task does not exist.",
        decision=Decision.GO_ON,
        error=NotFoundError,
        meaning="CloudWatch Logs has forgotten a task: the window's task is looked for by name, else started again.",
        next="",
        source="CloudWatch Logs API reference, DescribeExportTasks",
    ),
    Rule(
        actions=("logs:DescribeLogStreams",),
        codes=("ResourceNotFoundException",),
        decision=Decision.GO_ON,
        error=NotFoundError,
        meaning="The log group was deleted after its export: streams keep the names that their objects have.",
        next="",
        source="CloudWatch Logs API reference, DescribeLogStreams",
    ),
    Rule(
        actions=("logs:CancelExportTask",),
        codes=("InvalidOperationException",),
        said="The specified export task has already finished.",
        decision=Decision.GO_ON,
        error=PermanentError,
        meaning="Only a task that is PENDING or RUNNING can be cancelled; export-logs never cancels one.",
        next="",
        source="CloudWatch Logs API reference, CancelExportTask",
    ),
    Rule(
        actions=(TASK,),
        codes=("FAILED",),
        words=("access", "permission", "kms", "denied"),
        decision=Decision.RETRY,
        error=TransientError,
        meaning="The task could not write. It is tried five times in all, then the window is FAILED.",
        next=(
            "Check the policy of the raw bucket and of its key, and of the key that the log group is encrypted with; "
            "then run `loglake rerun`."
        ),
        source=f"{_GUIDE}; DescribeExportTasks, status.message",
    ),
    Rule(
        actions=(TASK,),
        codes=("FAILED",),
        decision=Decision.RETRY,
        error=TransientError,
        meaning="The task ended without success. It is tried five times in all, then the window is FAILED.",
        next="Look at what the message says, then run `loglake rerun`.",
        source="CloudWatch Logs API reference, ExportTaskStatus",
    ),
    Rule(
        actions=(TASK,),
        codes=("CANCELLED",),
        decision=Decision.RETRY,
        error=TransientError,
        meaning="Somebody cancelled the task. It is tried five times in all, then the window is FAILED.",
        next="If it must not be exported, run `loglake pause` for its log group; else run `loglake rerun`.",
        source="CloudWatch Logs API reference, ExportTaskStatus",
    ),
)
