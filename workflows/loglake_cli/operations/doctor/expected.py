"""The expected resources of a deployment, from the templates, for its names and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from gluelocal.templates.template import load_template
from loglake_cli.deploy.calls import Place
from loglake_cli.deploy.stacks import STACKS, database_name


@dataclass(frozen=True)
class Names(Place):
    """The names that the templates give a deployment by rule."""

    prefix: str

    @property
    def buckets(self) -> Mapping[str, str]:
        """By what they are for."""
        return {use: self.bucket(self.prefix, use) for use in ("control", "raw", "lake")}

    @property
    def database(self) -> str:
        """Of the tables."""
        return database_name(self.prefix)

    def named(self, name: str) -> str:
        """A name behind the prefix."""
        return f"{self.prefix}-{name}"

    def request_context(self, source_arn: str) -> dict[str, tuple[str, ...]]:
        """The condition keys of a request that a service makes for a resource of this account."""
        return {
            "aws:sourceaccount": (self.account,),
            "aws:sourcearn": (source_arn,),
            "aws:securetransport": ("true",),
        }

    def arn(self, service: str, resource: str) -> str:
        """An ARN in this account and Region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


_template = cache(load_template)
_NAMES = ("BucketName", "TableName", "QueueName", "Name")
"""The properties that name a resource."""


@dataclass(frozen=True)
class Resource:
    """A resource as a template has it, functions resolved."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its name in the account; empty if CloudFormation makes one up."""
        given = self.properties.get("DatabaseInput", self.properties)
        return next((str(given[key]) for key in _NAMES if key in given), "")


@dataclass(frozen=True)
class Expected:
    """All resources of the stacks."""

    resources: tuple[Resource, ...]

    def of_type(self, kind: str) -> list[Resource]:
        """Those of a type, such as ``AWS::Glue::Trigger``."""
        return [each for each in self.resources if each.type == kind]

    def properties(self, logical_id: str) -> Mapping[str, Any]:
        """The properties of a resource."""
        return next(each.properties for each in self.resources if each.logical_id == logical_id)


def expected_resources(names: Names, given: Mapping[str, str]) -> Expected:
    """The resources of a deployment's stacks.

    A role's ARN is ``role:<logical id>`` here: CloudFormation makes up the names of roles.

    Args:
        names: of the deployment.
        given: the parameters that differ from the defaults.
    """
    return _resolved(names, tuple(sorted(given.items())))


@cache
def _resolved(names: Names, given: tuple[tuple[str, str], ...]) -> Expected:
    values = {**_by_rule(names), **dict(given)}
    found: list[Resource] = []
    for stack in STACKS:
        template = _template(stack.path)
        taken = {name: value for name, value in values.items() if name in template.parameters}
        bound = template.bind(taken, names.pseudo_parameters(stack.stack_name(names.prefix)))
        types = {name: item.type for name, item in bound.active().items()}
        made: dict[str, Mapping[str, Any]] = {}

        def attribute(
            logical_id: str,
            name: str | None,
            types: Mapping[str, str] = types,
            made: Mapping[str, Mapping[str, Any]] = made,
        ) -> str:
            return _reference(names, Resource(logical_id, types[logical_id], made[logical_id]), name)

        for resource in bound.order():
            made[resource.logical_id] = bound.properties(resource, attribute)
            found.append(Resource(resource.logical_id, resource.type, made[resource.logical_id]))
    return Expected(tuple(found))


def _by_rule(names: Names) -> dict[str, str]:
    """Parameters that follow from the names, and placeholders for values that don't matter here."""
    workflows = {"Export": "log-export", "Landing": "log-landing", "Look": "log-look", "Catalog": "log-catalog"}
    roles = ("Export", "Look", "Convert", "Crawler", "Events", "Scheduler")
    uris = {
        "ExportScript": "x.py",
        "LookScript": "x.py",
        "ConvertScript": "x.py",
        "Wheel": "x.whl",
        "Datasets": "x.json",
    }
    return {
        "Prefix": names.prefix,
        **{f"{use.capitalize()}Bucket": bucket for use, bucket in names.buckets.items()},
        "LedgerTable": names.named("ledger"),
        "DatabaseName": names.database,
        **{f"{role}RoleArn": f"role:{role}Role" for role in roles},
        **{f"{kind}WorkflowArn": names.arn("glue", f"workflow/{names.named(w)}") for kind, w in workflows.items()},
        **{f"{name}Uri": f"s3://unknown/{end}" for name, end in uris.items()},
        "LandedQueueArn": names.arn("sqs", names.named("landed-objects")),
        "WheelsUri": "s3://unknown/x.gluewheels.zip",
        "TransformsUri": "",
    }


def _reference(names: Names, resource: Resource, attribute: str | None) -> str:
    """The value of Ref or GetAtt."""
    name, logical_id = resource.name, resource.logical_id
    if attribute is None:
        return name or logical_id
    arns = {
        "AWS::S3::Bucket": f"arn:{names.partition}:s3:::{name}",
        "AWS::SQS::Queue": names.arn("sqs", name),
        "AWS::Events::Rule": names.arn("events", f"rule/{name}"),
        "AWS::IAM::Role": f"role:{logical_id}",
    }
    return arns.get(resource.type, f"{logical_id}.{attribute}")
