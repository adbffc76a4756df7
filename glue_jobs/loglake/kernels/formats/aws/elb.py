"""Access logs of Classic Load Balancers: one request or connection per line, fields separated by a space."""

from __future__ import annotations

from loglake.kernels.arrow import Strings, without
from loglake.kernels.formats.base import DECIMAL, TIME, WHOLE, About
from loglake.kernels.formats.lines import line_records
from loglake.kernels.formats.records import RecordsFormat, bare, quoted
from loglake.kernels.formats.signs import ISO_DAY, Sign
from loglake.kernels.formats.splits import REQUEST_LINE, address_and_port, split, types_of_splits

_ADDRESS = r"[0-9A-Fa-f.:\[\]]+:\d+"

_FIELDS = (
    bare("timestamp", TIME, r"\d{4}-\d\d-\d\dT[\d:.]+Z"),
    bare("elb", shape=r"[A-Za-z0-9-]+"),
    bare("client:port", shape=_ADDRESS),
    bare("backend:port", shape=f"{_ADDRESS}|-"),
    bare("request_processing_time", DECIMAL),
    bare("backend_processing_time", DECIMAL),
    bare("response_processing_time", DECIMAL),
    bare("elb_status_code", WHOLE),
    bare("backend_status_code", WHOLE),
    bare("received_bytes", WHOLE),
    bare("sent_bytes", WHOLE),
    quoted("request"),
)
_LATER = (quoted("user_agent"), bare("ssl_cipher"), bare("ssl_protocol"))
_SPLITS = (address_and_port("client:port", "client"), address_and_port("backend:port", "backend"), *REQUEST_LINE)


def _dashes(groups: dict[str, Strings]) -> None:
    """A connection without HTTP has ``- - -`` for a request line."""
    groups["request"] = without(groups["request"], "- - - ")
    split(_SPLITS, groups)


class ElbFormat(RecordsFormat):
    """Lines such as ``2026-11-21T08:30:00.123456Z web 192.0.2.1:2817 10.0.0.1:80 0.0001 0.001 0.0001 200 200 0 …``.

    The message is the request line; of a connection without HTTP it is the record. Status codes make no level.
    """

    records = line_records(_FIELDS, _LATER, derived=types_of_splits(_SPLITS), message="request", refine=_dashes)
    signs = (Sign(rf"{ISO_DAY}T"),)
    id = "elb"
    about = About(
        title="Access logs of Classic Load Balancers",
        source="https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html",
        detection="The fields from the timestamp to the request at their places, then those of any version.",
        level="None: what a status code means is not for a log format to say.",
        example=(
            "2026-11-21T08:30:00.123456Z web 192.0.2.10:2817 10.0.0.66:80 0.000073 0.001048 0.000057 200 200 0 29 "
            '"GET http://shop.example.com:80/orders HTTP/1.1" "curl/8.5.0" - -'
        ),
        fields={**records.fields, **records.derived},
        rare=records.rare,
    )
