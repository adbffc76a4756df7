"""A deployment of three small stacks that is quick to compare: data, roles, jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from loglake.core.units import s3_uri
from loglake_cli.deploy.artifacts import Artifacts
from loglake_cli.deploy.calls import Place
from loglake_cli.deploy.change_sets.cloudformation import CloudFormation
from loglake_cli.deploy.stacks import StackTemplate
from loglake_cli.operations.deploying.applying import Applier
from loglake_cli.operations.deploying.blueprints import Blueprint, read_blueprints
from loglake_cli.operations.deploying.plan import Plan
from loglake_cli.operations.deploying.planning import Planner
from loglake_cli.operations.deploying.target import Target
from support.aws.checked_clients import ACCOUNT, REGION
from support.deployments.aws_account import CALLER, AwsAccount

DATA = """
Parameters:
  Prefix: {Type: String, Default: lake}
Resources:
  Raw:
    Type: AWS::S3::Bucket
    DeletionPolicy: RetainExceptOnCreate
    Properties: {BucketName: !Sub "${Prefix}-control-${AWS::AccountId}-${AWS::Region}"}
  Ledger:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      TableName: !Sub "${Prefix}-ledger"
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties: {Bucket: !Ref Raw, PolicyDocument: {}}
Outputs:
  RawBucket: {Value: !Ref Raw}
"""
ACCESS = """
Parameters:
  Prefix: {Type: String, Default: lake}
  RawBucket: {Type: String}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {}, Description: !Ref RawBucket}
Outputs:
  RoleArn: {Value: !GetAtt Role.Arn}
"""
JOBS = """
Parameters:
  Prefix: {Type: String, Default: lake}
  RoleArn: {Type: String}
  Minutes: {Type: Number, Default: 60}
Resources:
  Job:
    Type: AWS::Glue::Job
    Properties: {Name: !Sub "${Prefix}-export-logs", Role: !Ref RoleArn, Timeout: !Ref Minutes}
"""
NAMES = ("lake-storage", "lake-access", "lake-log-lake")
CONTROL = f"lake-control-{ACCOUNT}-{REGION}"


@dataclass
class SmallStacks:
    """The templates in a folder, and the messages while they are deployed."""

    folder: Path
    account: AwsAccount = field(default_factory=AwsAccount)
    said: list[str] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=lambda: {"loglake": "lake"})
    removed: tuple[str, ...] = ()
    revert_drift: bool = False
    texts: dict[str, str] = field(default_factory=lambda: {"storage": DATA, "access": ACCESS, "log-lake": JOBS})
    options: dict[str, Any] = field(default_factory=dict)
    shared_log_days: int = 0
    on_say: Callable[[str], None] = lambda _: None

    @property
    def cloudformation(self) -> CloudFormation:
        return CloudFormation(self.account.clients("cloudformation"), self.account.clock, self.say)

    def say(self, text: str) -> None:
        self.said.append(text)
        self.on_say(text)

    @property
    def target(self) -> Target:
        blueprints = self._blueprints()
        return Target(
            Place(ACCOUNT, REGION, "aws", CALLER),
            "lake",
            tuple(each for each in blueprints if each.name not in self.removed),
            tuple(each for each in blueprints if each.name in self.removed),
            {"Prefix": "lake", **self.given},
            self.tags,
            artifacts(),
            revert_drift=self.revert_drift,
            shared_log_days=self.shared_log_days,
        )

    def plan(self) -> Plan:
        return Planner(self.cloudformation, self.account.clients, self.target).plan()

    def applier(self) -> Applier:
        account = self.account
        plain = Applier(self.cloudformation, account.clients, self.target, account.clock, self.say)
        return replace(plain, **self.options)

    def apply(self) -> dict[str, str]:
        return self.applier().apply()

    def states(self) -> dict[str, str]:
        return {name: stack.status for name, stack in self.account.cloudformation.stacks.items()}

    def _blueprints(self) -> tuple[Blueprint, ...]:
        stacks = []
        for name, text in self.texts.items():
            path = self.folder / f"{name}.yaml"
            path.write_text(text)
            stacks.append(StackTemplate(name, path))
        return read_blueprints(stacks)


def artifacts() -> Artifacts:
    """Two small files."""
    uri = s3_uri(CONTROL, "artifacts/1/x.whl")
    uris = {"WheelUri": uri, "DatasetsUri": s3_uri(CONTROL, "config/datasets-1.json")}
    return Artifacts(CONTROL, {"artifacts/1/x.whl": b"wheel", "config/datasets-1.json": b"{}"}, uris, {"3.13": uri})
