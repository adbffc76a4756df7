"""Objects in the shape that AWS services deliver to S3, and a reader for them."""

from __future__ import annotations

from pathlib import Path

from loglake.core.units import parse_instant
from loglake.kernels.readers.events import Fragment, Origin
from loglake.kernels.readers.service_logs import read_service_logs
from support.logs.raw_events import Event, collect, cut

FIXTURES = Path(__file__).parents[2] / "kernels" / "formats" / "fixtures"
ORIGIN = Origin("AWSLogs/123456789012/eu-central-1/2026/11/21/file.gz", "", "")
T = parse_instant("2026-11-21T08:30:00Z")

ALB = (FIXTURES / "alb.log").read_text("utf-8").splitlines()[0]
S3 = (FIXTURES / "s3_access.log").read_text("utf-8").splitlines()[0]
CLOUDFRONT = (FIXTURES / "cloudfront.log").read_text("utf-8").splitlines()[1]
VPC = (FIXTURES / "vpc_flow.log").read_text("utf-8").splitlines()[0]
WAF = (FIXTURES / "waf.log").read_text("utf-8").splitlines()[0]
QUERY = (FIXTURES / "route53_resolver.log").read_text("utf-8").splitlines()[0]
CALLS = (FIXTURES / "cloudtrail.log").read_text("utf-8").splitlines()
VPC_HEADER = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
)


def read_all(
    name: str, data: str | bytes, chunk: int = 1 << 20, block: int = 1 << 20
) -> tuple[list[Event], list[Fragment]]:
    """Events and fragments of an object of that format."""
    body = data.encode() if isinstance(data, str) else data
    return collect(read_service_logs(cut(body, chunk), ORIGIN, name, block))
