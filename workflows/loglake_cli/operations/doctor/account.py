"""The checked deployment: how checks call AWS, its names, its state, and what the templates say should exist."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property, partial
from typing import Any, Callable

from botocore import xform_name

from loglake.core.keys import SUBSCRIBED
from loglake.core.landing.subscriptions import NEVER, Subscribed
from loglake.core.ports.clock import Clock
from loglake.core.schema.datasets import Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import split_s3_uri
from loglake.errors import LoglakeError, NotFoundError
from loglake_cli.deploy.calls import Clients, call, find_place, pages
from loglake_cli.deploy.redact_key import KEY_PARAMETERS
from loglake_cli.operations.doctor.expected import Expected, Names, expected_resources

READS = ("Get", "List", "Describe", "Head", "Simulate", "BatchGet")
"""What the names of operations that change nothing begin with."""


class Reader:
    """Reads from AWS. The same call is made once: several checks look at the same job.

    Attributes:
        client: the client of a service, for other things than calls: its Region, or its known operations.
    """

    def __init__(self, client: Clients) -> None:
        """`client` returns a service's boto3 client, made once."""
        self.client = client
        self._known: dict[str, Any] = {}

    def read(self, service: str, operation: str, **members: Any) -> Mapping[str, Any]:
        """The answer to a call, such as ``read("glue", "GetJob", JobName="x")``.

        Raises:
            AccessDeniedError: the caller may not.
            NotFoundError: what it names is not there.
            LoglakeError: there is no answer.
            RuntimeError: the operation may change something.
        """
        return dict(self._once([service, operation, members], lambda: self.fresh(service, operation, **members)))

    def found(self, service: str, operation: str, **members: Any) -> Mapping[str, Any] | None:
        """As `read`; None if what it names is not there."""
        try:
            return self.read(service, operation, **members)
        except NotFoundError:
            return None

    def pages(self, service: str, operation: str, key: str, **members: Any) -> list[Any]:
        """The items of all pages of a call under a key; raises as `read`."""
        asked = [service, operation, members, key]
        return list(self._once(asked, lambda: self._paged(service, operation, key, members)))

    def fresh(self, service: str, operation: str, **members: Any) -> Mapping[str, Any]:
        """As `read`, but not cached."""
        return dict(call(self._reading(service, operation), xform_name(operation), _named(members), **members))

    def _once(self, asked: list[Any], how: Callable[[], Any]) -> Any:
        name = json.dumps(asked, sort_keys=True, default=str)
        if name not in self._known:
            try:
                self._known[name] = how()
            except LoglakeError as error:
                self._known[name] = error
        if isinstance(self._known[name], LoglakeError):
            raise self._known[name]
        return self._known[name]

    def _reading(self, service: str, operation: str) -> Any:
        """The client of a service, for an operation that only reads."""
        if not operation.startswith(READS):
            raise RuntimeError(f"{service}:{operation} may change something, and doctor only reads")
        return self.client(service)

    def _paged(self, service: str, operation: str, key: str, members: Mapping[str, Any]) -> list[Any]:
        client, name, resource = self._reading(service, operation), xform_name(operation), _named(members)
        if client.can_paginate(name):
            return [each for page in pages(client, name, resource, **members) for each in page.get(key, [])]
        found, given = list[Any](), dict(members)
        while True:
            answer = call(client, name, resource, **given)
            found += answer.get(key, [])
            token = next((each for each in ("NextToken", "nextToken") if answer.get(each)), None)
            if token is None:
                return found
            given[token] = answer[token]


def _named(members: Mapping[str, Any]) -> str:
    """What a call asks about, for messages."""
    return next((value for value in members.values() if isinstance(value, str)), "*")


Shape = Mapping[str, Any]


class Account:
    """What checks read. All of its properties raise as the reader's `read` does."""

    def __init__(self, prefix: str, clients: Clients, clock: Clock) -> None:
        self.prefix = prefix
        self.reader = Reader(clients)
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
        with suppress(LoglakeError):
            stack = self.reader.found("cloudformation", "DescribeStacks", StackName=self.names.named("storage"))
            return bool(stack or self.reader.found("dynamodb", "DescribeTable", TableName=self.names.named("ledger")))
        return True  # nobody knows: the checks say so

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

    @property
    def subscribed(self) -> Subscribed:
        """What the last look noted about subscription filters."""
        found = self.reader.found("s3", "GetObject", Bucket=self.names.buckets["control"], Key=SUBSCRIBED)
        return Subscribed.from_json(found["Body"].read()) if found else NEVER

    @cached_property
    def log_groups(self) -> list[Shape]:
        """All log groups of the account and Region, from DescribeLogGroups."""
        return self.reader.pages("logs", "DescribeLogGroups", "logGroups")

    def log_groups_that(self, are_exported: bool) -> list[Shape]:
        """The log groups whose dataset has them exported, or landed."""
        found = ((group, self.datasets.find(group["logGroupName"])) for group in self.log_groups)
        return [group for group, entry in found if entry and entry.is_exported is are_exported]

    @cached_property
    def expected(self) -> Expected:
        """What the templates say, with the deployment's parameters."""
        return expected_resources(self.names, self._parameters())

    def parameter(self, stack: str, name: str) -> str:
        """The value of a stack's parameter; empty if there is no such stack, or it has no such parameter."""
        stack_name = self.names.named(stack)
        found = self.reader.found("cloudformation", "DescribeStacks", StackName=stack_name)
        parameters = found["Stacks"][0].get("Parameters", []) if found else []
        given = {each["ParameterKey"]: each.get("ParameterValue", "") for each in parameters}
        return str(given.get(name, ""))

    @cached_property
    def landing_parameters(self) -> dict[str, str]:
        """How landing starts, as far as the stacks say it."""
        asked = (("events", "LandingStart"), ("events", "LandingMinutes"), ("log-lake", "LandingBatchWindowSeconds"))
        given = {name: self._maybe(partial(self.parameter, stack, name)) for stack, name in asked}
        return {name: value for name, value in given.items() if value}

    def roles(self) -> dict[str, str]:
        """The ARN of each part's role, by its logical id in the template."""
        rule = self.names.named("request-object")
        targets = partial(self.reader.pages, "events", "ListTargetsByRule", "Targets", Rule=rule)
        ways = {
            "ExportRole": lambda: self.job("export-logs")["Role"],
            "LookRole": lambda: self.job("look-landing")["Role"],
            "ConvertRole": lambda: self.job("convert-logs")["Role"],
            "CrawlerRole": lambda: self.crawler["Role"],
            "EventsRole": lambda: next((each["RoleArn"] for each in targets() if "RoleArn" in each), ""),
            "SchedulerRole": lambda: self.reader.read(
                "scheduler", "GetSchedule", Name=self.names.named("export-schedule")
            )["Target"]["RoleArn"],
        }
        return {name: arn for name, way in ways.items() if (arn := self._maybe(way))}

    def _parameters(self) -> dict[str, str]:
        """The deployment's parameters that change what should exist."""
        job: Shape = self._maybe(lambda: self.job("export-logs")) or {}
        convert: Shape = self._maybe(lambda: self.job("convert-logs")) or {}
        return {
            "KmsKeyArn": self._maybe(lambda: self.key_arn) or "",
            "GlueConnectionName": self._maybe(lambda: self.connection) or "",
            "SecurityConfiguration": job.get("SecurityConfiguration", ""),
            "CrawlMode": "EveryRun"
            if job.get("DefaultArguments", {}).get("--crawl_follows", "off") == "on"
            else "WhenNeeded",
            "ExecutionClass": convert.get("ExecutionClass", "STANDARD"),
            "LakeFormation": "on",
            **{name: self._maybe(partial(self.parameter, "access", name)) or "" for name in KEY_PARAMETERS},
            **self.landing_parameters,
        }

    def _maybe(self, look: Any) -> Any:
        """The result of a read; None if it fails: another check reports that."""
        try:
            return look()
        except (LoglakeError, KeyError):
            return None
