"""The packaged file says, as AWS's schemas do, which properties replace a resource."""

from __future__ import annotations

import json

import pytest

from gluelocal.cloudformation.resource_schemas import SCHEMAS_FILE, replaces, schema_of
from gluelocal.templates.provision import RESOURCE_TYPES
from infra.resource_schemas import schemas

pytestmark = pytest.mark.unit


def test_the_file_has_what_cfn_lint_has() -> None:
    """Write it again with ``make schemas``."""
    assert json.loads(SCHEMAS_FILE.read_text(encoding="utf-8"))["types"] == schemas()


@pytest.mark.parametrize("name", sorted(RESOURCE_TYPES))
def test_every_type_can_be_deleted_and_changed(name: str) -> None:
    """A type whose properties all replace the resource needs no update."""
    kind, schema = RESOURCE_TYPES[name], schema_of(name)
    assert kind.delete is not None
    others = {key for key in kind.properties if key not in schema.create_only} - {"Tags"}
    assert kind.update is not None or not others


@pytest.mark.parametrize(
    ("name", "property_"),
    [
        ("AWS::S3::Bucket", "BucketName"),
        ("AWS::SQS::Queue", "QueueName"),
        ("AWS::Events::Rule", "Name"),
        ("AWS::Glue::Trigger", "Name"),
        ("AWS::S3::BucketPolicy", "Bucket"),
        ("AWS::LakeFormation::PrincipalPermissions", ""),
        ("AWS::Never::Heard", ""),
    ],
)
def test_the_property_that_names_a_resource(name: str, property_: str) -> None:
    assert schema_of(name).name == property_


def test_a_change_replaces_if_the_schema_says_so() -> None:
    kept = {"Name": "a", "Type": "EVENT"}
    assert not replaces("AWS::Glue::Trigger", kept, {**kept, "Description": "x"})
    assert replaces("AWS::Glue::Trigger", kept, {**kept, "WorkflowName": "w"})
    assert replaces("AWS::DynamoDB::Table", {"KeySchema": [1]}, {"KeySchema": [2]})
