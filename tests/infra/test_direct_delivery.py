"""Each service of DirectDelivery may do what its documentation says that it does, for this account alone."""

from __future__ import annotations

import pytest
from support.deployments.templates import PSEUDO, deployed_stacks

from gluelocal.iam.policies import Access, service_may

pytestmark = pytest.mark.infra

ACCOUNT, REGION = PSEUDO["AWS::AccountId"], PSEUDO["AWS::Region"]
RAW = f"arn:aws:s3:::loglake-raw-{ACCOUNT}-{REGION}"
VENDED = "delivery.logs.amazonaws.com"
SERVICES = {
    "ALB": ("logdelivery.elasticloadbalancing.amazonaws.com", ""),
    "NLB": (VENDED, "arn:aws:logs:{region}:{account}:*"),
    "CloudTrail": ("cloudtrail.amazonaws.com", "arn:aws:cloudtrail:us-east-1:{account}:trail/all"),
    "S3AccessLogs": ("logging.s3.amazonaws.com", "arn:aws:s3:::source"),
    "VpcFlow": (VENDED, "arn:aws:logs:{region}:{account}:*"),
    "Route53": (VENDED, "arn:aws:logs:{region}:{account}:*"),
    "CloudFront": (VENDED, "arn:aws:logs:us-east-1:{account}:delivery-source:edge"),
}


def may(listed: str, service: str, *, account: str = ACCOUNT, folder: str = "landing/alb", acl: bool = True) -> bool:
    """Whether a service may put an object of an account, if a list of services is given."""
    principal, source = SERVICES[service]
    context = {"aws:securetransport": ("true",), "aws:sourceaccount": (account,)}
    context |= {"aws:sourcearn": (source.format(region=REGION, account=account),)} if source else {}
    context |= {"s3:x-amz-acl": ("bucket-owner-full-control",)} if acl else {}
    policy = deployed_stacks(DirectDelivery=listed)["storage"].of_type("AWS::S3::BucketPolicy")["RawPolicy"]
    key = f"{RAW}/{folder}/AWSLogs/{account}/2026/11/30/x.log.gz"
    return service_may(policy["PolicyDocument"], principal, Access("s3:PutObject", key, context)).allowed


@pytest.mark.parametrize("service", SERVICES)
def test_a_listed_service_delivers_the_logs_of_this_account_below_landing(service: str) -> None:
    assert not may("", service)
    assert may(service, service)
    assert may(",".join(SERVICES), service)
    assert not may(service, service, account="210987654321")
    assert not may(service, service, folder="exports")


@pytest.mark.parametrize("service", ["NLB", "CloudTrail", "VpcFlow", "Route53", "CloudFront"])
def test_a_service_that_sends_the_acl_has_to_send_it(service: str) -> None:
    assert not may(service, service, acl=False)


def test_flow_logs_do_not_let_a_distribution_in() -> None:
    assert not may("VpcFlow", "CloudFront")


@pytest.mark.parametrize("service", ["CloudTrail", "VpcFlow"])
def test_a_service_that_looks_at_the_acl_first_may(service: str) -> None:
    principal, source = SERVICES[service]
    policy = deployed_stacks(DirectDelivery=service)["storage"].of_type("AWS::S3::BucketPolicy")["RawPolicy"]
    context = {"aws:sourceaccount": (ACCOUNT,), "aws:sourcearn": (source.format(region=REGION, account=ACCOUNT),)}
    access = Access("s3:GetBucketAcl", RAW, {**context, "aws:securetransport": ("true",)})
    assert service_may(policy["PolicyDocument"], principal, access).allowed
