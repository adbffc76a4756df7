"""Real-time access logs of CloudFront: one request per line, fields separated by tabs, in AWS's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from loglake.kernels.formats.base import DECIMAL, TEXT, TIME, WHOLE, About, FieldTypes
from loglake.kernels.formats.lines import line_records, order_records
from loglake.kernels.formats.records import Field, RecordsFormat, bare, types_of
from loglake.kernels.formats.signs import Sign

_CELL = r"[^\t\r\n]*"
_SHAPES: Mapping[str, str] = {
    "timestamp": r"\d{10}\.\d+",
    "c-ip": "[0-9A-Fa-f.:]+",
    "s-ip": "[0-9A-Fa-f.:]+|-",
    "cs-method": "[A-Z]+",
    "cs-protocol": "https?|wss?",
}
_TYPES: FieldTypes = {
    "timestamp": TIME,
    **dict.fromkeys(("time-to-first-byte", "time-taken", "origin-fbl", "origin-lbl"), DECIMAL),
    **dict.fromkeys(("sc-status", "sc-bytes", "cs-bytes", "sc-content-len", "sc-range-start", "sc-range-end"), WHOLE),
    **dict.fromkeys(("c-port", "cs-headers-count", "asn"), WHOLE),
}


def _fields(names: str) -> tuple[Field, ...]:
    return tuple(_field(name) for name in names.split())


def _field(name: str) -> Field:
    seen = _TYPES.get(name, TEXT)
    return bare(name, seen, _SHAPES.get(name, _CELL if seen is TEXT else ""))


_FIELDS = _fields(
    "timestamp c-ip s-ip time-to-first-byte sc-status sc-bytes cs-method cs-protocol cs-host cs-uri-stem cs-bytes "
    "x-edge-location x-edge-request-id x-host-header time-taken cs-protocol-version c-ip-version cs-user-agent "
    "cs-referer cs-cookie cs-uri-query x-edge-response-result-type x-forwarded-for ssl-protocol ssl-cipher "
    "x-edge-result-type fle-encrypted-fields fle-status sc-content-type sc-content-len sc-range-start sc-range-end "
    "c-port x-edge-detailed-result-type c-country cs-accept-encoding cs-accept cache-behavior-path-pattern cs-headers "
    "cs-header-names cs-headers-count"
)
_LATER = _fields("primary-distribution-id primary-distribution-dns-name origin-fbl origin-lbl asn")
FIELDS: FieldTypes = types_of(_FIELDS + _LATER)
"""All fields, in AWS's order."""

_RECORDS = line_records(_FIELDS, newest=_LATER, separator="\t")


class CloudFrontRealtimeFormat(RecordsFormat):
    """Lines of tab-separated fields that start with the seconds since the epoch, as ``1795249800.123``.

    The message is the record, and there is no level.

    Args:
        order: the fields of a line, where a log has only some of them; all if empty.
    """

    signs: tuple[Sign, ...] = (Sign(r"\d{10}\."),)
    id = "cloudfront_realtime"
    about = About(
        title="Real-time access logs of CloudFront",
        source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/real-time-logs.html",
        detection=(
            "The fields from the timestamp to cs-headers-count between tabs, then those that AWS added since; or the "
            "fields that the datasets file names."
        ),
        level="None.",
        example="\t".join(
            (
                *("1795249800.123", "192.0.2.30", "198.51.100.9", "0.002", "200", "392", "GET", "https"),
                *(
                    "d111111abcdef8.cloudfront.net",
                    "/index.html",
                    "59",
                    "FRA56-P2",
                    "4fYp7oA9rq==",
                    "www.example.com",
                ),
                *("0.003", "HTTP/2.0", "IPv4", "curl/8.5.0", "-", "-", "id=17", "Hit", "-", "TLSv1.3"),
                *("TLS_AES_128_GCM_SHA256", "Hit", "-", "-", "text/html", "78", "-", "-", "51234", "Hit", "DE", "gzip"),
                *("*/*", "*", "host:www.example.com%0A", "host%0A", "1"),
            )
        ),
        fields=_RECORDS.fields,
        rare=_RECORDS.rare,
    )

    def __init__(self, order: Sequence[str] = ()) -> None:
        self.records = _RECORDS
        if order:
            self.records = order_records(_fields(" ".join(order)), "\t")
            self.signs = ()
