"""Whether jobs with a Glue connection reach AWS from their subnet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from loglake_cli.deploy.redact_key import KEY_PARAMETERS
from loglake_cli.operations.doctor.account import Account, Shape
from loglake_cli.operations.doctor.finding import Finding, Look, check, fine, problem

_GATEWAYS = ("s3", "dynamodb")
_INTERFACES = ("logs", "glue", "monitoring", "sqs")
_OF_HASHES = dict(zip(("secretsmanager", "ssm"), KEY_PARAMETERS, strict=True))
_ELSEWHERE = ("NatGatewayId", "TransitGatewayId", "InstanceId", "NetworkInterfaceId", "VpcPeeringConnectionId")
"""Ways out of a subnet; an internet gateway is none, since the jobs have no public address."""
_NONE = "The jobs have no Glue connection: they run in Glue's own network."


def _of_connection(look: Callable[[Account, Shape], Iterable[Finding]]) -> Look:
    """Makes a check of the place of the jobs' Glue connection, if they have one."""

    def looked(account: Account) -> Iterator[Finding]:
        if not account.connection:
            yield fine(account.prefix, _NONE)
            return
        found = account.reader.read("glue", "GetConnection", Name=account.connection, HidePassword=True)
        yield from look(account, found["Connection"]["PhysicalConnectionRequirements"])

    return looked


@check(
    "network-endpoints",
    "The subnet of the Glue connection reaches the services that the jobs call.",
    "A job that can't reach a service hangs until its time-out.",
)
@_of_connection
def endpoints(account: Account, place: Shape) -> Iterator[Finding]:
    """Endpoints of the subnet's VPC, unless its route table has a way out."""
    subnet = place["SubnetId"]
    (found,) = account.reader.read("ec2", "DescribeSubnets", SubnetIds=[subnet])["Subnets"]
    table = _route_table(account, subnet, found["VpcId"])
    if any(route.get("DestinationCidrBlock") == "0.0.0.0/0" and _leads_out(route) for route in table["Routes"]):
        yield fine(subnet, "The subnet has a way out to the internet.")
        return
    there = account.reader.pages(
        "ec2", "DescribeVpcEndpoints", "VpcEndpoints", Filters=[{"Name": "vpc-id", "Values": [found["VpcId"]]}]
    )
    usable = {
        each["ServiceName"].rpartition(".")[2]
        for each in there
        if each.get("VpcEndpointType") != "Gateway" or table["RouteTableId"] in each.get("RouteTableIds", [])
    }
    of_hashes = [service for service, name in _OF_HASHES.items() if account.parameter("access", name)]
    for service in (*_GATEWAYS, *_INTERFACES, *(("kms",) if account.key_arn else ()), *of_hashes):
        if service not in usable:
            kind = "Gateway" if service in _GATEWAYS else "Interface"
            where = f"--route-table-ids {table['RouteTableId']}" if kind == "Gateway" else f"--subnet-ids {subnet}"
            yield problem(
                subnet,
                f"The subnet {subnet} has no way to {service}.",
                f"aws ec2 create-vpc-endpoint --vpc-id {found['VpcId']} --vpc-endpoint-type {kind} "
                f"--service-name com.amazonaws.{account.names.region}.{service} {where}",
            )


@check(
    "network-security-group",
    "A security group of the Glue connection lets its own members in.",
    "The workers of a Spark job talk to each other; Glue refuses a connection without such a rule.",
)
@_of_connection
def security_group(account: Account, place: Shape) -> Iterator[Finding]:
    """A rule for all TCP ports, or for all traffic, whose source is the security group itself."""
    ids = list(place.get("SecurityGroupIdList", []))
    groups = account.reader.read("ec2", "DescribeSecurityGroups", GroupIds=ids)["SecurityGroups"] if ids else []
    if not any(_lets_itself_in(group) for group in groups):
        name = ids[0] if ids else account.connection
        yield problem(
            name,
            f"No security group of the connection {account.connection} lets its own members in.",
            f"aws ec2 authorize-security-group-ingress --group-id {name} --protocol tcp --port 0-65535 "
            f"--source-group {name}",
        )


def _route_table(account: Account, subnet: str, vpc: str) -> Shape:
    """The route table of a subnet; the VPC's main one if it has none of its own."""
    tables = account.reader.pages(
        "ec2", "DescribeRouteTables", "RouteTables", Filters=[{"Name": "vpc-id", "Values": [vpc]}]
    )
    links = [(link, table) for table in tables for link in table.get("Associations", [])]
    own: list[Shape] = [table for link, table in links if link.get("SubnetId") == subnet]
    main: list[Shape] = [table for link, table in links if link.get("Main")]
    return (own or main)[0]


def _leads_out(route: Shape) -> bool:
    return route.get("State", "active") == "active" and any(route.get(key) for key in _ELSEWHERE)


def _lets_itself_in(group: Shape) -> bool:
    for rule in group.get("IpPermissions", []):
        whole = rule["IpProtocol"] == "-1" or (
            rule["IpProtocol"] == "tcp" and (rule.get("FromPort"), rule.get("ToPort")) == (0, 65535)
        )
        if whole and group["GroupId"] in {pair.get("GroupId") for pair in rule.get("UserIdGroupPairs", [])}:
            return True
    return False


CHECKS = (endpoints, security_group)
