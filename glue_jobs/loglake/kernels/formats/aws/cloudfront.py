"""Standard access logs of CloudFront: one request per line, fields separated by tabs."""

from __future__ import annotations

from collections.abc import Sequence

from loglake.kernels.formats.base import DECIMAL, WHOLE, About, FieldTypes
from loglake.kernels.formats.lines import line_records, order_records
from loglake.kernels.formats.records import Field, Records, RecordsFormat, bare, types_of
from loglake.kernels.formats.signs import ISO_DAY, Sign

_CELL = r"[^\t\r\n]*"


def _cells(names: str) -> tuple[Field, ...]:
    return tuple(bare(name, shape=_CELL) for name in names.split())


_FIELDS = (
    bare("date", shape=r"\d{4}-\d\d-\d\d"),
    bare("time", shape=r"\d\d:\d\d:\d\d"),
    *_cells("x-edge-location"),
    bare("sc-bytes", WHOLE),
    *_cells("c-ip cs-method cs(Host) cs-uri-stem"),
    bare("sc-status", WHOLE),
    *_cells("cs(Referer) cs(User-Agent) cs-uri-query"),
)
_LATER = (
    *_cells("cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol"),
    bare("cs-bytes", WHOLE),
    bare("time-taken", DECIMAL),
    *_cells("x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version"),
    *_cells("fle-status fle-encrypted-fields"),
    bare("c-port", WHOLE),
    bare("time-to-first-byte", DECIMAL),
    *_cells("x-edge-detailed-result-type sc-content-type"),
    bare("sc-content-len", WHOLE),
    bare("sc-range-start", WHOLE),
    bare("sc-range-end", WHOLE),
)
_KNOWN = {each.name: each for each in _FIELDS + _LATER}
_RECORDS = line_records(_FIELDS, _LATER, separator="\t")

FIELDS: FieldTypes = types_of(_FIELDS + _LATER)
"""All fields, in AWS's order."""

_SIGNS = (Sign(rf"{ISO_DAY}\t"),)


class CloudFrontFormat(RecordsFormat):
    """Lines of tab-separated fields: date, time, edge location, bytes, client and so on, in the order of AWS's page.

    The message is the record, and there is no level. Values stay URL-encoded as AWS writes them. The header lines
    ``#Version:`` and ``#Fields:`` are plain text. Fields in another order than AWS's own are not recognised unless the
    datasets file or an object's header names them.

    Args:
        order: the fields of a line; AWS's own if empty.
    """

    id = "cloudfront"
    about = About(
        title="Standard access logs of CloudFront",
        source="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html",
        detection=(
            "Date, time and the other fields up to cs-uri-query between tabs, then those of any version; or "
            "the fields that the datasets file or the header of an object names."
        ),
        level="None.",
        example=(
            "2026-11-21\t08:30:00\tFRA56-P2\t392\t192.0.2.30\tGET\td111111abcdef8.cloudfront.net\t/index.html\t200\t-\t"
            "curl/8.5.0\t-"
        ),
        fields=FIELDS,
        rare=_RECORDS.rare,
    )

    def __init__(self, order: Sequence[str] = ()) -> None:
        # Lines in AWS's own order may stop after any version's last field.
        is_own = len(order) >= len(_FIELDS) and tuple(order) == tuple(FIELDS)[: len(order)]
        self.records = _in_order(order) if order and not is_own else _RECORDS
        self.signs = () if order and not is_own else _SIGNS


def _in_order(order: Sequence[str]) -> Records:
    fields = [_KNOWN.get(name) or bare(name, shape=_CELL) for name in order]
    return order_records(fields, "\t")
