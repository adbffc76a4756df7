"""AWS managed policies: moto has them all, but can only load all of them or none."""

from __future__ import annotations

import json

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends

_AWS_MANAGED = ":iam::aws:policy/"


def know_managed_policy(account_id: str, partition: str, arn: str) -> None:
    """Makes moto know an AWS managed policy; does nothing if `arn` names none."""
    backend = iam_backends[account_id][partition]
    if _AWS_MANAGED not in arn or arn in backend.managed_policies:
        return
    name = arn.rpartition("/")[2]
    data = json.loads(aws_managed_policies_data).get(name)
    policy = AWSManagedPolicy.from_data(name, account_id, backend.region_name, data) if data else None
    if policy and policy.arn == arn:
        backend.managed_policies[arn] = policy
