"""All log formats by id, in the order of detection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from loglake.core.schema.datasets import Dataset, Datasets
from loglake.core.schema.schema import InferredType
from loglake.errors import ConfigError
from loglake.kernels.formats.aws import cloudfront, cloudfront_realtime, vpc_flow
from loglake.kernels.formats.aws.alb import AlbFormat
from loglake.kernels.formats.aws.alb_connection import AlbConnectionFormat
from loglake.kernels.formats.aws.alb_health import AlbHealthFormat
from loglake.kernels.formats.aws.apigateway_access import ApiGatewayAccessFormat
from loglake.kernels.formats.aws.apigateway_execution import ApiGatewayExecutionFormat
from loglake.kernels.formats.aws.appsync import AppSyncFormat
from loglake.kernels.formats.aws.aws_event import AwsEventFormat
from loglake.kernels.formats.aws.cloudfront import CloudFrontFormat
from loglake.kernels.formats.aws.cloudfront_realtime import CloudFrontRealtimeFormat
from loglake.kernels.formats.aws.cloudtrail import CloudTrailFormat
from loglake.kernels.formats.aws.codebuild import CodeBuildFormat
from loglake.kernels.formats.aws.eks_audit import EksAuditFormat
from loglake.kernels.formats.aws.elasticache import ElastiCacheFormat
from loglake.kernels.formats.aws.elb import ElbFormat
from loglake.kernels.formats.aws.emf import EmfFormat
from loglake.kernels.formats.aws.global_accelerator import GlobalAcceleratorFormat
from loglake.kernels.formats.aws.lambda_logs import LambdaFormat
from loglake.kernels.formats.aws.nlb import NlbFormat
from loglake.kernels.formats.aws.redshift_audit import RedshiftAuditFormat
from loglake.kernels.formats.aws.route53_public import Route53PublicFormat
from loglake.kernels.formats.aws.route53_resolver import Route53ResolverFormat
from loglake.kernels.formats.aws.s3_access import S3AccessFormat
from loglake.kernels.formats.aws.transfer_family import TransferFamilyFormat
from loglake.kernels.formats.aws.vpc_flow import VpcFlowFormat
from loglake.kernels.formats.aws.waf import WafFormat
from loglake.kernels.formats.base import Format
from loglake.kernels.formats.container import ContainerFormat
from loglake.kernels.formats.databases.mysql_audit import MysqlAuditFormat
from loglake.kernels.formats.databases.mysql_error import MysqlErrorFormat
from loglake.kernels.formats.databases.mysql_general import MysqlGeneralFormat
from loglake.kernels.formats.databases.mysql_slow import MysqlSlowFormat
from loglake.kernels.formats.databases.oracle_alert import OracleAlertFormat
from loglake.kernels.formats.databases.oracle_audit import OracleAuditFormat
from loglake.kernels.formats.databases.oracle_audit_xml import OracleAuditXmlFormat
from loglake.kernels.formats.databases.oracle_listener import OracleListenerFormat
from loglake.kernels.formats.databases.postgres import PostgresFormat
from loglake.kernels.formats.databases.postgres_csv import PostgresCsvFormat
from loglake.kernels.formats.databases.sqlserver import SqlServerFormat
from loglake.kernels.formats.databases.tidb import TidbFormat
from loglake.kernels.formats.header.format import HeaderFormat
from loglake.kernels.formats.header.named import ordered_layout
from loglake.kernels.formats.json_lines import JsonFormat
from loglake.kernels.formats.logfmt import LogfmtFormat
from loglake.kernels.formats.otlp import OtlpFormat
from loglake.kernels.formats.own.definitions import MAKERS
from loglake.kernels.formats.own.re2 import Dialect, check_re2, to_re2
from loglake.kernels.formats.own.regex import RegexFormat
from loglake.kernels.formats.records import is_order
from loglake.kernels.formats.servers.access_log import AccessLogFormat
from loglake.kernels.formats.servers.apache_error import ApacheErrorFormat
from loglake.kernels.formats.servers.audit import AuditFormat
from loglake.kernels.formats.servers.cef import CefFormat
from loglake.kernels.formats.servers.journald import JournaldFormat
from loglake.kernels.formats.servers.nginx_error import NginxErrorFormat
from loglake.kernels.formats.servers.syslog import SyslogFormat
from loglake.kernels.formats.text import TextFormat

_ALL: tuple[Format, ...] = (
    ContainerFormat(),
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
    AwsEventFormat(),
    EmfFormat(),
    OtlpFormat(),
    JsonFormat(),
    PostgresFormat(),
    MysqlSlowFormat(),
    MysqlAuditFormat(),
    CefFormat(),
    MysqlErrorFormat(),
    MysqlGeneralFormat(),
    PostgresCsvFormat(),
    SqlServerFormat(),
    OracleAlertFormat(),
    OracleListenerFormat(),
    OracleAuditFormat(),
    OracleAuditXmlFormat(),
    TidbFormat(),
    ElbFormat(),
    AlbConnectionFormat(),
    AlbHealthFormat(),
    CloudFrontRealtimeFormat(),
    GlobalAcceleratorFormat(),
    Route53PublicFormat(),
    ApiGatewayExecutionFormat(),
    ApiGatewayAccessFormat(),
    CodeBuildFormat(),
    RedshiftAuditFormat(),
    TransferFamilyFormat(),
    AppSyncFormat(),
    ElastiCacheFormat(),
    JournaldFormat(),
    SyslogFormat(),
    AuditFormat(),
    LogfmtFormat(),
    HeaderFormat(),
    TextFormat(),
)

FORMATS: Mapping[str, Format] = {each.id: each for each in _ALL}
"""In the order in which they are asked whether they recognise an event: the most particular first, text at last."""


_ORDERS: Mapping[
    str, tuple[type[VpcFlowFormat | CloudFrontFormat | CloudFrontRealtimeFormat], Mapping[str, InferredType]]
] = {
    VpcFlowFormat.id: (VpcFlowFormat, vpc_flow.FIELDS),
    CloudFrontFormat.id: (CloudFrontFormat, cloudfront.FIELDS),
    CloudFrontRealtimeFormat.id: (CloudFrontRealtimeFormat, cloudfront_realtime.FIELDS),
}
"""The formats with configurable fields, and all their possible fields. The format ``header`` makes layouts of them."""


def format_of(name: str, pattern: str = "", fields: Sequence[str] = (), layouts: Sequence[str] = ()) -> Format:
    """A format by its id. Cheap: the same arguments give the same object.

    Args:
        name: the id.
        pattern: what defines a format of the team's own; other formats ignore it.
        fields: the fields of a line in their order, from the datasets file or an object's header; empty for the
            format's own. A format uses them if most of them are its own.
        layouts: the layouts in the table's schema, for the format ``header``.

    Raises:
        ConfigError: no format has that name, or the definition is wrong, such as a pattern that RE2 refuses.
    """
    return _made(name, pattern, tuple(fields), tuple(layouts) if name == HeaderFormat.id else ())


@lru_cache(maxsize=64)
def _made(name: str, pattern: str, fields: tuple[str, ...], layouts: tuple[str, ...]) -> Format:
    if layouts:
        return HeaderFormat(layouts)
    if name == RegexFormat.id:
        return RegexFormat(pattern)
    if name in MAKERS:
        return MAKERS[name].make(pattern)
    if name not in FORMATS:
        known = ", ".join((*FORMATS, RegexFormat.id, *MAKERS))
        raise ConfigError(f"there is no log format {name!r}: use one of {known}")
    if name in _ORDERS and fields:
        make, known_fields = _ORDERS[name]
        return make(fields) if is_order(fields, known_fields) else FORMATS[name]
    return FORMATS[name]


def check_datasets(datasets: Datasets) -> None:
    """Checks the parts of a datasets file that only formats know.

    Raises:
        ConfigError: names the entry (from 1), and a pattern that RE2 refuses or a field that its format has not.
    """
    for number, entry in enumerate(datasets.entries, 1):
        try:
            _check(entry)
        except ConfigError as error:
            raise ConfigError(f"dataset {number}: {error}") from None


def _check(entry: Dataset) -> None:
    if entry.multi_line_start_pattern:
        start = entry.multi_line_start_pattern
        check_re2(to_re2(start, Dialect.PCRE), start)
    if entry.pattern:
        format_of(entry.format, entry.pattern)
    if entry.fields and entry.format == HeaderFormat.id:
        ordered_layout(entry.fields)
        return
    known = _ORDERS[entry.format][1] if entry.fields else {}
    unknown = [name for name in entry.fields if name not in known]
    if unknown:
        raise ConfigError(f"fields: {entry.format} has no {unknown[0]!r}: use names out of {', '.join(known)}")
