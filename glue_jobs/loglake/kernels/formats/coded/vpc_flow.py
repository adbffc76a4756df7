"""Flow logs of VPCs and transit gateways: default formats and custom ones; a space between fields, ``-`` for none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from loglake.kernels.formats.base import TEXT, TIME, WHOLE, About, FieldTypes
from loglake.kernels.formats.lines import Field, bare, line_orders, optional_tail, order_shape, types_of
from loglake.kernels.formats.shape import Shape, ShapedFormat, Shapes
from loglake.kernels.formats.signs import Sign

VERSIONS: Mapping[int, str] = {
    2: "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
    "log-status",
    3: "vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr",
    4: "region az-id sublocation-type sublocation-id",
    5: "pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path",
    7: "ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id ecs-container-id "
    "ecs-second-container-id ecs-service-name ecs-task-definition-arn ecs-task-arn ecs-task-id",
    8: "reject-reason",
    9: "resource-id",
    10: "encryption-status",
}
"""The fields by the version that brought them, in the order of AWS's page. Version 6 brought none."""

_TRANSIT_GATEWAY = (
    "version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id "
    "tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id "
    "tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end "
    "log-status type packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded "
    "packets-lost-ttl-expired tcp-flags region flow-direction pkt-src-aws-service pkt-dst-aws-service"
)
"""The default format of a transit gateway: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-flow-logs.html"""

_NUMBERS = (
    *("version", "srcport", "dstport", "protocol", "packets", "bytes"),
    *("tcp-flags", "traffic-path", "encryption-status"),
    *("packets-lost-no-route", "packets-lost-blackhole", "packets-lost-mtu-exceeded", "packets-lost-ttl-expired"),
)
_TIMES = ("start", "end")
"""In seconds since the epoch."""

_OF_VPC = tuple(name for names in VERSIONS.values() for name in names.split())
FIELDS: FieldTypes = {
    name: WHOLE if name in _NUMBERS else TIME if name in _TIMES else TEXT
    for name in (*_OF_VPC, *_TRANSIT_GATEWAY.split())
}
"""All fields. An account's id is text: its first digit may be 0."""

_CUSTOM = (
    "version srcaddr dstaddr srcport dstport protocol start end type packets bytes account-id vpc-id subnet-id "
    "instance-id interface-id region az-id sublocation-type sublocation-id action tcp-flags pkt-srcaddr pkt-dstaddr "
    "pkt-src-aws-service pkt-dst-aws-service traffic-path flow-direction log-status",
    "version vpc-id subnet-id instance-id interface-id account-id type srcaddr dstaddr srcport dstport pkt-srcaddr "
    "pkt-dstaddr protocol bytes packets start end action tcp-flags log-status",
    "version interface-id account-id vpc-id subnet-id instance-id srcaddr dstaddr srcport dstport protocol tcp-flags "
    "type pkt-srcaddr pkt-dstaddr action log-status",
    "instance-id interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr",
)
"""Custom formats that AWS's page shows: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-records-examples.html"""

_ADDRESS = r"[0-9A-Fa-f:.]+|-"
_ANY = "[!-~]+"
_SURE = {
    "version": r"\d+",
    "account-id": r"\d+|unknown|-",
    **dict.fromkeys(("srcaddr", "dstaddr", "pkt-srcaddr", "pkt-dstaddr"), _ADDRESS),
    "action": "ACCEPT|REJECT|-",
    "log-status": "OK|NODATA|SKIPDATA",
}
_LOOKS = {
    "interface-id": r"eni-\w+|-",
    "vpc-id": r"vpc-\w+|-",
    "subnet-id": r"subnet-\w+|-",
    "instance-id": r"i-\w+|-",
    "type": "IPv4|IPv6|EFA|-",
    "region": r"[a-z]+(?:-[a-z]+)+-\d+|-",
    "az-id": r"\w+(?:-\w+)+|-",
    "sublocation-type": "[a-z]+|-",
    **dict.fromkeys(("pkt-src-aws-service", "pkt-dst-aws-service"), r"[A-Z][A-Z0-9_]*|-"),
    "flow-direction": "ingress|egress|-",
    **{name: r"arn:[!-~]+|-" for name in FIELDS if name.endswith("-arn")},
    "resource-type": "TransitGateway|TransitGatewayAttachment",
    "tgw-id": r"tgw-\w+",
    "tgw-attachment-id": r"tgw-attach-\w+|-",
}
"""What tells a field where nobody said what the fields are; not used where somebody did, since AWS may add values."""


def _fields(names: Sequence[str], shapes: Mapping[str, str]) -> tuple[Field, ...]:
    return tuple(_field(name, shapes) for name in names)


def _field(name: str, shapes: Mapping[str, str]) -> Field:
    seen = FIELDS.get(name, TEXT)
    return bare(name, seen, shapes.get(name, _ANY if seen is TEXT else r"\d+|-"))


_FIRST = _fields(VERSIONS[2].split(), _SURE)
_LATER = _fields([name for name in _OF_VPC if name not in VERSIONS[2].split()], {**_SURE, **_LOOKS})
_SECOND = (bare("version", WHOLE, "2"), *_FIRST[1:])
_DEFAULT = order_shape(_SECOND)
_LONGER = Shape(
    rf"^{' '.join(each.pattern for each in (*_FIRST, _LATER[0]))}"
    rf"{optional_tail([each.pattern for each in _LATER[1:]], ' ')}\s*$",
    types_of(_FIRST),
    rare=types_of(_LATER),
    orders=line_orders((*_FIRST, _LATER[0]), _LATER[1:]),
    blank="-",
    has_objects=False,
)

_START = r"^(?:\d{1,2}|-|i-\w+) "
"""What hardly any other event starts with: the rest of an event is looked at only after this."""


_SIGN = Sign(r"\d |\d\d |- |i-")
_KNOWN = (
    _DEFAULT,
    _LONGER,
    *(order_shape(_fields(names.split(), {**_SURE, **_LOOKS})) for names in (_TRANSIT_GATEWAY, *_CUSTOM)),
)


_ABOUT = About(
    title="Flow logs of VPCs and transit gateways, of every version",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html",
    detection=(
        "The fourteen fields of the default format, with version 2; or these and later versions' fields, "
        "in the order of AWS's page, up to any of them; or all fields of a transit gateway, or of a custom format "
        "of AWS's page; or the fields that the datasets file or the header of an object names."
    ),
    level="None.",
    example="2 123456789012 eni-0a1b2c3d 10.0.0.5 10.0.1.9 49152 443 6 20 4249 1795249800 1795249860 ACCEPT OK",
    fields=types_of(_FIRST),
    rare={name: seen for name, seen in FIELDS.items() if name not in types_of(_FIRST)},
)


def vpc_flow(order: Sequence[str] = ()) -> ShapedFormat:
    """Lines such as ``2 123456789012 eni-0a1b 10.0.0.1 10.0.0.2 443 49152 6 20 4249 1418530010 1418530070 ACCEPT OK``.

    After the fields of the default format, fields of later versions may follow, in the order of AWS's page; the line
    may stop after any of them. A transit gateway's default format is read too, and the custom formats of AWS's page.
    Flow logs in another order are plain text unless the datasets file or an object's header names their fields.

    Args:
        order: the fields of a line; those of the default format if empty. Lines of the default format are always read.
    """
    if not order or tuple(order) == tuple(types_of(_FIRST)):
        return ShapedFormat("vpc_flow", _ABOUT, Shapes(_KNOWN, always=True, start=_START), (_SIGN,))
    return ShapedFormat("vpc_flow", _ABOUT, Shapes((order_shape(_fields(order, _SURE)), *_KNOWN), always=True))
