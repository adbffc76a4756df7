"""Standard access logs of CloudFront: one request per line, fields separated by tabs."""

from __future__ import annotations

from glue_jobs.core.schema import FieldPath, Observed, TableSchema
from glue_jobs.kernels.arrow import Booleans, Strings
from glue_jobs.kernels.formats.base import Parse
from glue_jobs.kernels.formats.records import DECIMAL, EXTRA, TEXT, WHOLE, Field, Records, bare, line_pattern, types_of

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
_RECORDS = Records(pattern=line_pattern(_FIELDS, _LATER, r"\t"), fields=types_of(_FIELDS + _LATER), rare={EXTRA: TEXT})


class CloudFrontFormat:
    """Lines of tab-separated fields: date, time, edge location, bytes, client and so on, in the order of AWS's page.

    The message is the record, and there is no level. Values stay URL-encoded as AWS writes them. The header lines
    ``#Version:`` and ``#Fields:`` are plain text, and fields in another order than AWS's own are not recognised.
    """

    id = "cloudfront"
    source = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html"

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event has the fields up to ``cs-uri-query``, and after that those of some version."""
        return _RECORDS.matches(raw)

    def observe(self, raw: Strings) -> dict[FieldPath, Observed]:
        """All fields, by their AWS names, and `EXTRA` where there is more."""
        return _RECORDS.observe(raw)

    def parser(self, schema: TableSchema) -> Parse:
        """See `Records.parser`."""
        return _RECORDS.parser(schema)
