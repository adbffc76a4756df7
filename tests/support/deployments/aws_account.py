"""An AWS account in memory, with the calls that deploying, destroying and `init` need."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from loglake.core.units import from_ms
from support.aws.checked_clients import ACCOUNT, REGION, AwsError, CheckedClients, MadeCall
from support.fakes.fakes import ManualClock
from support.gluelocal.cloudformation import FakeCloudFormation

CALLER = f"arn:aws:iam::{ACCOUNT}:user/anna"


@dataclass
class AwsAccount:
    """The content of an account.

    Attributes:
        objects: sizes by bucket and key; each object has one version.
        contents: of objects that were put, by key.
        filters: subscription filters by log group, as DescribeSubscriptionFilters has them.
        foreign: buckets of others.
        items: of the ledger.
        protected: whether the ledger can't be deleted.
        runs: states of job runs, by job; each look at a job takes the next ones, the last ones stay.
        log_groups: by name, as DescribeLogGroups has them.
        events: messages by log group.
        bytes_a_day: that come in, in each log group.
    """

    clock: ManualClock = field(default_factory=ManualClock)
    objects: dict[str, dict[str, int]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    filters: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)
    items: int = 0
    protected: bool = True
    runs: dict[str, list[list[str]]] = field(default_factory=dict)
    crawler: str = "READY"
    log_groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: dict[str, list[str]] = field(default_factory=dict)
    bytes_a_day: float = 0

    def __post_init__(self) -> None:
        self.cloudformation = FakeCloudFormation(self.clock.now_ms)
        self.clients = CheckedClients(self.answer)

    def answer(self, made: MadeCall) -> Mapping[str, Any]:
        if made.service == "cloudformation":
            return self.cloudformation.answer(made)
        handler: Any = getattr(self, f"_{made.operation}")
        answer: Mapping[str, Any] = handler(**made.parameters)
        return answer

    def called(self, *operations: str) -> list[str]:
        """The names of the calls that were made, of some operations or of all."""
        return [each.operation for each in self.clients.calls if not operations or each.operation in operations]

    def _GetCallerIdentity(self) -> Mapping[str, Any]:  # noqa: N802
        return {"Account": ACCOUNT, "Arn": CALLER, "UserId": "AIDA"}

    def _bucket(self, name: str) -> dict[str, int]:
        if name in self.foreign:
            raise AwsError("403", "Forbidden", 403)
        if name not in self.cloudformation.account:
            raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404)
        return self.objects.setdefault(name, {})

    def _HeadBucket(self, Bucket: str) -> Mapping[str, Any]:  # noqa: N802, N803
        try:
            self._bucket(Bucket)
        except AwsError as error:
            raise AwsError(str(error.status), error.message, error.status) from None  # HEAD has no body
        return {"BucketRegion": REGION}

    def _GetBucketPolicy(self, Bucket: str) -> Mapping[str, Any]:  # noqa: N802, N803
        self._bucket(Bucket)
        if f"{Bucket}/policy" not in self.cloudformation.account:
            raise AwsError("NoSuchBucketPolicy", "The bucket policy does not exist", 404)
        return {"Policy": "{}"}

    def _ListObjectsV2(self, Bucket: str, Prefix: str = "", **_: Any) -> Mapping[str, Any]:  # noqa: N802, N803
        changed = from_ms(self.clock.now_ms())
        found = [
            {"Key": key, "Size": size, "LastModified": changed}
            for key, size in sorted(self._bucket(Bucket).items())
            if key.startswith(Prefix)
        ]
        return {"Contents": found, "KeyCount": len(found), "IsTruncated": False}

    def _ListObjectVersions(self, Bucket: str, MaxKeys: int = 1000, **_: Any) -> Mapping[str, Any]:  # noqa: N802, N803
        found = [{"Key": key, "Size": size, "VersionId": "null"} for key, size in self._bucket(Bucket).items()]
        return {"Versions": found[:MaxKeys], "IsTruncated": False}

    def _PutObject(self, Bucket: str, Key: str, Body: Any, **_: Any) -> Mapping[str, Any]:  # noqa: N802, N803
        self.contents[Key] = Body if isinstance(Body, bytes) else Body.read()
        self._bucket(Bucket)[Key] = len(self.contents[Key])
        return {}

    def _GetObject(self, Bucket: str, Key: str) -> Mapping[str, Any]:  # noqa: N802, N803
        if Key not in self._bucket(Bucket):
            raise AwsError("NoSuchKey", "The specified key does not exist.", 404)
        return {"Body": io.BytesIO(self.contents[Key])}

    def _DescribeSubscriptionFilters(self, logGroupName: str) -> Mapping[str, Any]:  # noqa: N802, N803
        return {"subscriptionFilters": self.filters.get(logGroupName, [])}

    def _PutSubscriptionFilter(self, logGroupName: str, **given: Any) -> Mapping[str, Any]:  # noqa: N802, N803
        self.filters[logGroupName] = [given]
        return {}

    def _DeleteSubscriptionFilter(self, logGroupName: str, filterName: str) -> Mapping[str, Any]:  # noqa: N802, N803
        self.filters[logGroupName] = [each for each in self.filters[logGroupName] if each["filterName"] != filterName]
        return {}

    def _DeleteObjects(self, Bucket: str, Delete: Any, **_: Any) -> Mapping[str, Any]:  # noqa: N802, N803
        for each in Delete["Objects"]:
            self._bucket(Bucket).pop(each["Key"], None)
        return {}

    def _DeleteBucket(self, Bucket: str) -> Mapping[str, Any]:  # noqa: N802, N803
        if self._bucket(Bucket):
            raise AwsError("BucketNotEmpty", "The bucket you tried to delete is not empty", 409)
        self.cloudformation.account -= {Bucket, f"{Bucket}/policy"}
        return {}

    def _Query(self, **_: Any) -> Mapping[str, Any]:  # noqa: N802
        return {"Items": [], "Count": 0, "ScannedCount": 0}

    def _DescribeTable(self, TableName: str) -> Mapping[str, Any]:  # noqa: N802, N803
        if TableName not in self.cloudformation.account:
            raise AwsError("ResourceNotFoundException", f"Requested resource not found: Table: {TableName} not found")
        state = {"TableStatus": "ACTIVE", "DeletionProtectionEnabled": self.protected}
        return {"Table": {"TableName": TableName, "ItemCount": self.items, "TableSizeBytes": 7, **state}}

    def _UpdateTable(self, TableName: str, DeletionProtectionEnabled: bool) -> Mapping[str, Any]:  # noqa: N802, N803
        self._DescribeTable(TableName)
        self.protected = DeletionProtectionEnabled
        return {}

    def _DeleteTable(self, TableName: str) -> Mapping[str, Any]:  # noqa: N802, N803
        self._DescribeTable(TableName)
        if self.protected:
            raise AwsError("ValidationException", "Resource cannot be deleted as it is currently protected")
        self.cloudformation.account.discard(TableName)
        return {}

    def _GetJobRuns(self, JobName: str) -> Mapping[str, Any]:  # noqa: N802, N803
        if JobName not in self.cloudformation.account:
            raise AwsError("EntityNotFoundException", f"Job {JobName} not found.")
        looks = self.runs.get(JobName, [[]])
        states = looks.pop(0) if len(looks) > 1 else looks[0]
        return {"JobRuns": [{"Id": f"jr_{number}", "JobRunState": state} for number, state in enumerate(states)]}

    def _GetCrawler(self, Name: str) -> Mapping[str, Any]:  # noqa: N802, N803
        if Name not in self.cloudformation.account:
            raise AwsError("EntityNotFoundException", f"Crawler entry with name {Name} does not exist")
        return {"Crawler": {"Name": Name, "State": self.crawler}}

    def _DescribeLogGroups(self, logGroupNamePrefix: str = "", **_: Any) -> Mapping[str, Any]:  # noqa: N802, N803
        found = [each for name, each in sorted(self.log_groups.items()) if name.startswith(logGroupNamePrefix)]
        return {"logGroups": found}

    def _CreateLogGroup(self, logGroupName: str) -> Mapping[str, Any]:  # noqa: N802, N803
        self.log_groups[logGroupName] = {"logGroupName": logGroupName}
        return {}

    def _PutRetentionPolicy(self, logGroupName: str, retentionInDays: int) -> Mapping[str, Any]:  # noqa: N802, N803
        self.log_groups[logGroupName]["retentionInDays"] = retentionInDays
        return {}

    def _FilterLogEvents(self, logGroupName: str, limit: int, **_: Any) -> Mapping[str, Any]:  # noqa: N802, N803
        texts = self.events.get(logGroupName, [])[:limit]
        return {"events": [{"timestamp": number, "message": text} for number, text in enumerate(texts)]}

    def _GetMetricStatistics(self, **_: Any) -> Mapping[str, Any]:  # noqa: N802
        return {"Datapoints": [{"Sum": self.bytes_a_day}] * 7}
