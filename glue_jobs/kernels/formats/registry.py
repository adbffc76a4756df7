"""All log formats by id, and which of them recognises an event."""

from __future__ import annotations

from collections.abc import Mapping

from glue_jobs.errors import ConfigError
from glue_jobs.kernels.formats.access_log import AccessLogFormat
from glue_jobs.kernels.formats.alb import AlbFormat
from glue_jobs.kernels.formats.apache_error import ApacheErrorFormat
from glue_jobs.kernels.formats.base import Format
from glue_jobs.kernels.formats.cloudfront import CloudFrontFormat
from glue_jobs.kernels.formats.cloudtrail import CloudTrailFormat
from glue_jobs.kernels.formats.eks_audit import EksAuditFormat
from glue_jobs.kernels.formats.emf import EmfFormat
from glue_jobs.kernels.formats.json_lines import JsonFormat
from glue_jobs.kernels.formats.lambda_logs import LambdaFormat
from glue_jobs.kernels.formats.log4j import Log4jFormat
from glue_jobs.kernels.formats.logfmt import LogfmtFormat
from glue_jobs.kernels.formats.mysql_audit import MysqlAuditFormat
from glue_jobs.kernels.formats.mysql_slow import MysqlSlowFormat
from glue_jobs.kernels.formats.nginx_error import NginxErrorFormat
from glue_jobs.kernels.formats.nlb import NlbFormat
from glue_jobs.kernels.formats.postgres import PostgresFormat
from glue_jobs.kernels.formats.python_logging import PythonFormat
from glue_jobs.kernels.formats.route53_resolver import Route53ResolverFormat
from glue_jobs.kernels.formats.s3_access import S3AccessFormat
from glue_jobs.kernels.formats.syslog import SyslogFormat
from glue_jobs.kernels.formats.text import TextFormat
from glue_jobs.kernels.formats.vpc_flow import VpcFlowFormat
from glue_jobs.kernels.formats.waf import WafFormat

_ALL: tuple[Format, ...] = (
    VpcFlowFormat(),
    AlbFormat(),
    NlbFormat(),
    CloudFrontFormat(),
    S3AccessFormat(),
    AccessLogFormat(),
    NginxErrorFormat(),
    ApacheErrorFormat(),
    LambdaFormat(),
    CloudTrailFormat(),
    WafFormat(),
    Route53ResolverFormat(),
    EksAuditFormat(),
    EmfFormat(),
    JsonFormat(),
    PostgresFormat(),
    MysqlSlowFormat(),
    MysqlAuditFormat(),
    SyslogFormat(),
    PythonFormat(),
    Log4jFormat(),
    LogfmtFormat(),
    TextFormat(),
)

FORMATS: Mapping[str, Format] = {each.id: each for each in _ALL}
"""In the order in which they are asked whether they recognise an event: the most particular first, text at last."""


def format_of(name: str) -> Format:
    """A format by its id.

    Raises:
        ConfigError: there is none of that name.
    """
    try:
        return FORMATS[name]
    except KeyError:
        raise ConfigError(f"there is no log format {name!r}: use one of {', '.join(FORMATS)}") from None
