"""Flow logs of Global Accelerator: one flow per line, fields separated by a space."""

from __future__ import annotations

from loglake.kernels.formats.base import TIME, WHOLE, About
from loglake.kernels.formats.lines import line_records
from loglake.kernels.formats.records import RecordsFormat, bare
from loglake.kernels.formats.signs import Sign

_ADDRESS = "[0-9A-Fa-f.:]+|-"
_EPOCH = r"\d{10}|-"

_FIELDS = (
    bare("version", shape=r"\d+\.\d+"),
    bare("aws_account_id", shape=r"\d+"),
    bare("accelerator_id"),
    bare("client_ip", shape=_ADDRESS),
    bare("client_port", WHOLE),
    bare("accelerator_ip", shape=_ADDRESS),
    bare("accelerator_port", WHOLE),
    bare("endpoint_ip", shape=_ADDRESS),
    bare("endpoint_port", WHOLE),
    bare("protocol", shape="TCP|UDP|-"),
    bare("ip_address_type", shape="IPV4|IPV6|-"),
    bare("packets", WHOLE),
    bare("bytes", WHOLE),
    bare("start_time", TIME, _EPOCH),
    bare("end_time", TIME, _EPOCH),
    bare("action", shape="ACCEPT|REJECT|-"),
    bare("log_status", shape="OK|NODATA|SKIPDATA"),
)
_LATER = (
    bare("global_accelerator_source_ip", shape=_ADDRESS),
    bare("global_accelerator_source_port", WHOLE),
    bare("endpoint_region"),
    bare("global_accelerator_region"),
    bare("direction", shape="INGRESS|EGRESS|-"),
    bare("vpc_id"),
    bare("reject_reason"),
)


class GlobalAcceleratorFormat(RecordsFormat):
    """Lines such as ``2.0 123456789012 1234-5678 192.0.2.1 51234 198.51.100.1 443 10.0.0.5 443 TCP IPV4 10 2000 …``.

    The message is the record, and there is no level. The epoch seconds of start and end are timestamps.
    """

    records = line_records(_FIELDS, _LATER)
    signs = (Sign(r"\d[\d.][\d. ]{3}"),)
    id = "global_accelerator"
    about = About(
        title="Flow logs of Global Accelerator",
        source="https://docs.aws.amazon.com/global-accelerator/latest/dg/monitoring-global-accelerator.flow-logs.html",
        detection="The fields from the version to log_status at their places, then those of any version.",
        level="None.",
        example=(
            "2.0 123456789012 7b4b6b7c-1d2e-4f50-8a9b-0c1d2e3f 192.0.2.10 51234 198.51.100.1 443 10.0.0.5 443 TCP IPV4 "
            "10 2000 1795249800 1795249860 ACCEPT OK 203.0.113.7 2048 eu-central-1 Frankfurt INGRESS vpc-0a1b2c3d"
        ),
        fields=records.fields,
        rare=records.rare,
    )
