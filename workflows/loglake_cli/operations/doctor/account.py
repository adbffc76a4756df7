"""The checked deployment: its names, its state, and what the templates say should exist."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from loglake.core.ports.clock import Clock
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import split_s3_uri
from loglake.errors import LoglakeError, NotFoundError
from loglake_cli.deploy.place import find_place
from loglake_cli.operations.doctor.expected import Expected, Names, expected_resources
from loglake_cli.operations.doctor.reader import Reader

Shape = Mapping[str, Any]


class Account:
    """What checks read. All of its properties raise as the reader's `read` does."""

    def __init__(self, prefix: str, reader: Reader, clock: Clock) -> None:
        self.prefix = prefix
        self.reader = reader
        self.clock = clock

    @cached_property
    def names(self) -> Names:
        """The names of what is deployed.

        Raises:
            ConfigError: there are no credentials or no Region, or AWS refuses them.
        """
        return Names(**vars(find_place(self.reader.client)), prefix=self.prefix)

    @property
    def is_there(self) -> bool:
        """Whether anything of the deployment is: its first stack, or its ledger, which others may have made."""
        looks = (
            ("cloudformation", "DescribeStacks", {"StackName": self.names.named("storage")}),
            ("dynamodb", "DescribeTable", {"TableName": self.names.named("ledger")}),
        )
        for service, operation, members in looks:
            try:
                self.reader.read(service, operation, **members)
            except NotFoundError:
                continue
            except LoglakeError:
                return True  # nobody knows: the checks say so
            return True
        return False

    @property
    def redeploy(self) -> str:
        """The command that makes everything as the templates say, whoever changed or deleted it."""
        return f"loglake deploy --prefix {self.prefix} --revert-drift"

    def job(self, name: str) -> Shape:
        """A Glue job, such as ``export-logs``."""
        return dict(self.reader.read("glue", "GetJob", JobName=self.names.named(name))["Job"])

    @property
    def crawler(self) -> Shape:
        """The crawler."""
        return dict(self.reader.read("glue", "GetCrawler", Name=self.names.named("crawl-lake"))["Crawler"])

    @property
    def connection(self) -> str:
        """The name of the Glue connection of the jobs; empty if they have none."""
        return next(iter(self.job("convert-logs").get("Connections", {}).get("Connections", [])), "")

    @property
    def key_arn(self) -> str:
        """The KMS key that the raw bucket is encrypted with; empty if it is one of S3's own."""
        return self.key_of(self.names.buckets["raw"])

    def key_of(self, bucket: str) -> str:
        """The KMS key of a bucket; empty if it has none."""
        rules = self.reader.read("s3", "GetBucketEncryption", Bucket=bucket)["ServerSideEncryptionConfiguration"]
        return str(rules["Rules"][0].get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID", ""))

    @cached_property
    def catalog_key(self) -> str:
        """The customer's key of an encrypted Data Catalog; empty if Glue itself may use the key, or there is none."""
        settings = self.reader.read("glue", "GetDataCatalogEncryptionSettings")["DataCatalogEncryptionSettings"]
        given = settings.get("EncryptionAtRest", {})
        if given.get("CatalogEncryptionMode") != "SSE-KMS":  # not encrypted, or Glue has a role for it
            return ""
        key_id = given.get("SseAwsKmsKeyId", "alias/aws/glue")
        key = self.reader.read("kms", "DescribeKey", KeyId=key_id)["KeyMetadata"]
        return str(key["Arn"]) if key["KeyManager"] == "CUSTOMER" else ""

    @cached_property
    def datasets(self) -> Datasets:
        """The datasets file that the export job reads."""
        bucket, key = split_s3_uri(self.job("export-logs")["DefaultArguments"]["--datasets_uri"])
        return load_datasets(json.loads(self.reader.read("s3", "GetObject", Bucket=bucket, Key=key)["Body"].read()))

    @cached_property
    def log_groups(self) -> list[Shape]:
        """All log groups of the account and Region, from DescribeLogGroups."""
        return self.reader.pages("logs", "DescribeLogGroups", "logGroups")

    def log_groups_with(self, ingest: str) -> list[Shape]:
        """The log groups whose dataset has this `ingest`."""
        found = ((group, self.datasets.find(group["logGroupName"])) for group in self.log_groups)
        return [group for group, entry in found if entry and entry.ingest == ingest]

    @cached_property
    def expected(self) -> Expected:
        """What the templates say, with the deployment's parameters."""
        return expected_resources(self.names, self._parameters())

    def parameter(self, stack: str, name: str) -> str:
        """The value of a stack's parameter; empty if there is no such stack, or it has no such parameter."""
        stack_name = self.names.named(stack)
        try:
            (found,) = self.reader.read("cloudformation", "DescribeStacks", StackName=stack_name)["Stacks"]
        except NotFoundError:
            return ""
        given = {each["ParameterKey"]: each.get("ParameterValue", "") for each in found.get("Parameters", [])}
        return str(given.get(name, ""))

    def roles(self) -> dict[str, str]:
        """The ARN of each part's role, by its logical id in the template."""
        ways = {
            "ExportRole": lambda: self.job("export-logs")["Role"],
            "ConvertRole": lambda: self.job("convert-logs")["Role"],
            "CrawlerRole": lambda: self.crawler["Role"],
            "EventsRole": self._event_role,
            "SchedulerRole": lambda: self.reader.read(
                "scheduler", "GetSchedule", Name=self.names.named("export-schedule")
            )["Target"]["RoleArn"],
        }
        return {name: arn for name, way in ways.items() if (arn := self._maybe(way))}

    def _event_role(self) -> str:
        targets = self.reader.pages("events", "ListTargetsByRule", "Targets", Rule=self.names.named("request-object"))
        return next((target["RoleArn"] for target in targets if "RoleArn" in target), "")

    def _parameters(self) -> dict[str, str]:
        """The deployment's parameters that change what should exist."""
        job: Shape = self._maybe(lambda: self.job("export-logs")) or {}
        return {
            "KmsKeyArn": self._maybe(lambda: self.key_arn) or "",
            "GlueConnectionName": self._maybe(lambda: self.connection) or "",
            "SecurityConfiguration": job.get("SecurityConfiguration", ""),
            "CrawlMode": "EveryRun"
            if job.get("DefaultArguments", {}).get("--crawl_follows", "off") == "on"
            else "WhenNeeded",
            "LakeFormation": "on",
        }

    def _maybe(self, look: Any) -> Any:
        """The result of a read; None if it fails: another check reports that."""
        try:
            return look()
        except (LoglakeError, KeyError):
            return None
