"""What MiniStack lacks, each with a probe: once it has learned something, the probe fails, and the entry can go."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from gluelocal.templates.template import read_template
from loglake_cli.operations.deploying.blueprints import Blueprint

Clients = Callable[[str], Any]

TYPES = (
    "AWS::Athena::NamedQuery",
    "AWS::Budgets::Budget",
    "AWS::Glue::Workflow",
    "AWS::LakeFormation::PrincipalPermissions",
    "AWS::Logs::AccountPolicy",
)
"""Resource types that its CloudFormation does not know."""

NOT_PROVEN = {
    "account-subscription": "DescribeAccountPolicies",
    "catalog-key": "GetDataCatalogEncryptionSettings",
    "lake-formation-grants": "ListPermissions",
    "lake-formation-location": "ListResources",
    "quota-dpus": "ListServiceQuotas",
    "quota-runs": "ListServiceQuotas",
}
"""Checks of doctor that call something which it does not answer."""

PROBLEMS = {
    ("glue-there", "The workflow loglake-log-catalog is not there."),
    ("glue-there", "The workflow loglake-log-export is not there."),
    ("glue-there", "The workflow loglake-log-landing is not there."),
    ("glue-there", "The workflow loglake-log-look is not there."),
    # Its CloudFormation leaves these properties out.
    ("ledger-there", "The table loglake-ledger can't be restored to a point in time."),
    ("job-settings", "JobRunQueuingEnabled of the job loglake-export-logs is not set, and should be True."),
    ("job-settings", "JobRunQueuingEnabled of the job loglake-look-landing is not set, and should be True."),
    ("job-settings", "JobRunQueuingEnabled of the job loglake-convert-logs is not set, and should be True."),
    ("job-settings", "ExecutionProperty.MaxConcurrentRuns of the job loglake-export-logs is not set, and should be 1."),
    (
        "job-settings",
        "ExecutionProperty.MaxConcurrentRuns of the job loglake-look-landing is not set, and should be 1.",
    ),
    (
        "job-settings",
        "ExecutionProperty.MaxConcurrentRuns of the job loglake-convert-logs is not set, and should be 2.",
    ),
    # Its SimulatePrincipalPolicy does not read ContextEntries, such as the namespace of the metrics.
    ("role-actions", "The role EXPORT_ROLE may not do cloudwatch:PutMetricData on *."),
    ("role-actions", "The role CONVERT_ROLE may not do cloudwatch:PutMetricData on *."),
}
"""What doctor finds wrong in a deployment there."""


def known_part(blueprint: Blueprint) -> Blueprint:
    """A template without what MiniStack lacks. Names take the place of references to what is left out."""
    left, lacking = {}, {}
    for name, resource in blueprint.document["Resources"].items():
        if resource["Type"] in TYPES or "Metrics" in resource["Properties"]:
            lacking[name] = resource
        elif resource["Type"] == "AWS::S3::BucketPolicy":
            left[name] = {key: value for key, value in resource.items() if key not in _POLICIES}
        else:
            left[name] = resource
    if not left:  # so that `deploy` leaves its stack out
        return blueprint
    text = json.dumps({**blueprint.document, "Resources": left})
    for name, resource in lacking.items():
        own = resource["Properties"].get("Name", {"Fn::Sub": ""})
        text = text.replace(json.dumps({"Ref": name}), json.dumps(own)).replace(f"${{{name}}}", own["Fn::Sub"])
    document = json.loads(text)
    return Blueprint(blueprint.stack, text, document, read_template(document, blueprint.stack.path))


_POLICIES = {"DeletionPolicy", "UpdateReplacePolicy"}
"""A bucket policy that is kept is imported later, and that it can't."""


def refuses_type(clients: Clients, name: str) -> bool:
    try:
        clients("cloudformation").validate_template(TemplateBody=_body({"X": {"Type": name, "Properties": {}}}))
    except ClientError as error:
        return f"Unrecognized resource types: [{name}]" in str(error)
    return False


def refuses_metric_math(clients: Clients) -> bool:
    """The alarms that add up metrics are left out."""
    math = {"Id": "sum", "Expression": "1 + 1", "ReturnData": True}
    properties = {
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "Metrics": [math],
    }
    cloudformation = clients("cloudformation")
    alarm = {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}
    cloudformation.create_stack(StackName="math", TemplateBody=_body(alarm))
    for _ in range(600):
        (stack,) = cloudformation.describe_stacks(StackName="math")["Stacks"]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            break
        time.sleep(0.1)
    events = cloudformation.describe_stack_events(StackName="math")["StackEvents"]
    return any("(metric math) is not supported" in each.get("ResourceStatusReason", "") for each in events)


def refuses_to_split_in_conditions(clients: Clients) -> bool:
    """The stack streaming is left out."""
    split = {"Fn::Select": ["0", {"Fn::Split": [",", "a,b"]}]}
    body = _body({"Q": {"Type": "AWS::SQS::Queue"}}, Conditions={"IsA": {"Fn::Equals": [split, "a"]}})
    try:
        clients("cloudformation").create_stack(StackName="split", TemplateBody=body)
    except ResponseParserError:
        return True
    return False


def refuses_to_import_bucket_policies(clients: Clients) -> bool:
    """They are made again."""
    s3, cloudformation = clients("s3"), clients("cloudformation")
    s3.create_bucket(Bucket="kept", CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::kept/x"}
    document = {"Version": "2012-10-17", "Statement": [deny]}
    s3.put_bucket_policy(Bucket="kept", Policy=json.dumps(document))
    properties = {"Bucket": "kept", "PolicyDocument": document}
    policy = {"Type": "AWS::S3::BucketPolicy", "DeletionPolicy": "Retain", "Properties": properties}
    name = {"StackName": "kept", "ChangeSetName": "import"}
    named = {"ResourceType": policy["Type"], "LogicalResourceId": "P", "ResourceIdentifier": {"Bucket": "kept"}}
    cloudformation.create_change_set(
        **name, ChangeSetType="IMPORT", TemplateBody=_body({"P": policy}), ResourcesToImport=[named]
    )
    made = cloudformation.describe_change_set(**name)
    return "not supported by this emulator" in made.get("StatusReason", "")


def _body(resources: Mapping[str, Any], **sections: Any) -> str:
    return json.dumps({"Resources": resources, **sections})
