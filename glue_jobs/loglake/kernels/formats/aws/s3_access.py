"""Server access logs of S3, as delivered to a bucket: one request per line. CloudWatch Logs gets them as JSON."""

from __future__ import annotations

from functools import partial

from loglake.kernels.formats.base import TEXT, WHOLE, About
from loglake.kernels.formats.lines import line_records
from loglake.kernels.formats.records import RecordsFormat, bare, bracketed, quoted
from loglake.kernels.formats.signs import Sign
from loglake.kernels.formats.splits import Split, split, types_of_splits

_ANY = ".*?"
"""S3 does not escape quotes in what a client sent, so what follows has to tell where a value ends."""

_FIELDS = (
    bare("bucket_owner", shape="[0-9a-f]{64}|-"),
    bare("bucket"),
    bracketed("time", shape=r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}"),
    bare("remote_ip"),
    bare("requester"),
    bare("request_id"),
    bare("operation", shape=r"[A-Z][\w.]+"),
    bare("key"),
    quoted("request_uri", shape=_ANY),
    bare("http_status", WHOLE, r"\d{3}|-"),
    bare("error_code", shape=r"[\w.]+|-"),
    bare("bytes_sent", WHOLE),
    bare("object_size", WHOLE),
    bare("total_time", WHOLE),
    bare("turn_around_time", WHOLE),
    quoted("referer", shape=_ANY),
    quoted("user_agent", shape=_ANY),
    bare("version_id", shape=r"[\w.-]+"),
)
_LATER = (
    bare("host_id", shape=r'[^\s"]+'),
    bare("signature_version", shape=r"SigV\d\w*|-"),
    bare("cipher_suite"),
    bare("authentication_type"),
    bare("host_header"),
    bare("tls_version"),
    bare("access_point_arn"),
    bare("aclRequired", shape="Yes|-"),
)
_NEWEST = (bare("source_region", shape=r"[a-z]{2}(?:-[a-z]+)+-\d+|-"),)
_SPLITS = (
    Split(
        "request_uri",
        r"^(?P<method>[A-Z]+) (?P<path>/[^?\s]*|\S+?)(?:\?(?P<query>\S*))? (?P<protocol>HTTP/\S+)$",
        {"method": TEXT, "path": TEXT, "query": TEXT, "protocol": TEXT},
    ),
)


class S3AccessFormat(RecordsFormat):
    """Lines such as ``79a5…be bucket [21/Nov/2026:08:30:00 +0000] 192.0.2.3 79a5…be 3E57427F REST.GET.OBJECT …``.

    The message is the request line. Keys stay URL-encoded as S3 writes them; there is no level.
    """

    records = line_records(
        _FIELDS,
        _LATER,
        _NEWEST,
        derived=types_of_splits(_SPLITS),
        message="request_uri",
        refine=partial(split, _SPLITS),
    )
    signs = (Sign("[0-9a-f]{12}|- "),)
    id = "s3_access"
    about = About(
        title="Server access logs of S3",
        source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html",
        detection=(
            "The owner's canonical id or a dash, the bucket, a time in brackets and the other fields up to "
            "version_id at their places, then those of any version."
        ),
        level="None.",
        example=(
            "- amzn-s3-demo-bucket1 [21/Nov/2026:08:30:00 +0000] 192.0.2.3 - 3E57427F3EXAMPLE REST.GET.OBJECT "
            'a.txt "GET /a.txt HTTP/1.1" 200 - 113 113 7 6 "-" "curl/8.5.0" -'
        ),
        fields={**records.fields, **records.derived},
        rare=records.rare,
    )
