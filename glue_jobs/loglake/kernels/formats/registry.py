"""All log formats by id, in the order of detection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Callable

from loglake.core.schema.datasets import Dataset, Datasets
from loglake.errors import ConfigError
from loglake.kernels.formats.aws import (
    alb,
    alb_connection,
    alb_health,
    apigateway_access,
    apigateway_execution,
    appsync,
    aws_event,
    cloudfront,
    cloudfront_realtime,
    cloudtrail,
    codebuild,
    eks_audit,
    elasticache,
    elb,
    emf,
    global_accelerator,
    lambda_logs,
    nlb,
    redshift_audit,
    route53_public,
    route53_resolver,
    s3_access,
    transfer_family,
    vpc_flow,
    waf,
)
from loglake.kernels.formats.base import FieldTypes, Format
from loglake.kernels.formats.container import ContainerFormat
from loglake.kernels.formats.databases import (
    mysql_audit,
    mysql_error,
    mysql_general,
    mysql_slow,
    oracle_alert,
    oracle_audit,
    oracle_audit_xml,
    oracle_listener,
    postgres,
    postgres_csv,
    sqlserver,
    tidb,
)
from loglake.kernels.formats.header.format import HeaderFormat
from loglake.kernels.formats.header.named import ordered_layout
from loglake.kernels.formats.json_lines import JsonFormat
from loglake.kernels.formats.logfmt import LogfmtFormat
from loglake.kernels.formats.otlp import OtlpFormat
from loglake.kernels.formats.own.definitions import MAKERS
from loglake.kernels.formats.own.re2 import Dialect, check_re2, to_re2
from loglake.kernels.formats.own.regex import RegexFormat
from loglake.kernels.formats.records import is_order
from loglake.kernels.formats.servers import access_log, apache_error, audit, cef, journald, nginx_error, syslog
from loglake.kernels.formats.text import TextFormat

_ALL: tuple[Format, ...] = (
    ContainerFormat(),
    vpc_flow.VpcFlowFormat(),
    alb.AlbFormat(),
    nlb.NlbFormat(),
    cloudfront.CloudFrontFormat(),
    s3_access.S3AccessFormat(),
    access_log.AccessLogFormat(),
    nginx_error.NginxErrorFormat(),
    apache_error.ApacheErrorFormat(),
    lambda_logs.LambdaFormat(),
    cloudtrail.CloudTrailFormat(),
    waf.WafFormat(),
    route53_resolver.Route53ResolverFormat(),
    eks_audit.EksAuditFormat(),
    aws_event.AwsEventFormat(),
    emf.EmfFormat(),
    OtlpFormat(),
    JsonFormat(),
    postgres.PostgresFormat(),
    mysql_slow.MysqlSlowFormat(),
    mysql_audit.MysqlAuditFormat(),
    cef.CefFormat(),
    mysql_error.MysqlErrorFormat(),
    mysql_general.MysqlGeneralFormat(),
    postgres_csv.PostgresCsvFormat(),
    sqlserver.SqlServerFormat(),
    oracle_alert.OracleAlertFormat(),
    oracle_listener.OracleListenerFormat(),
    oracle_audit.OracleAuditFormat(),
    oracle_audit_xml.OracleAuditXmlFormat(),
    tidb.TidbFormat(),
    elb.ElbFormat(),
    alb_connection.AlbConnectionFormat(),
    alb_health.AlbHealthFormat(),
    cloudfront_realtime.CloudFrontRealtimeFormat(),
    global_accelerator.GlobalAcceleratorFormat(),
    route53_public.Route53PublicFormat(),
    apigateway_execution.ApiGatewayExecutionFormat(),
    apigateway_access.ApiGatewayAccessFormat(),
    codebuild.CodeBuildFormat(),
    redshift_audit.RedshiftAuditFormat(),
    transfer_family.TransferFamilyFormat(),
    appsync.AppSyncFormat(),
    elasticache.ElastiCacheFormat(),
    journald.JournaldFormat(),
    syslog.SyslogFormat(),
    audit.AuditFormat(),
    LogfmtFormat(),
    HeaderFormat(),
    TextFormat(),
)

FORMATS: Mapping[str, Format] = {each.id: each for each in _ALL}
"""In the order in which they are asked whether they recognise an event: the most particular first, text at last."""


_ORDERS: Mapping[str, tuple[Callable[[Sequence[str]], Format], FieldTypes]] = {
    "vpc_flow": (vpc_flow.VpcFlowFormat, vpc_flow.FIELDS),
    "cloudfront": (cloudfront.CloudFrontFormat, cloudfront.FIELDS),
    "cloudfront_realtime": (cloudfront_realtime.CloudFrontRealtimeFormat, cloudfront_realtime.FIELDS),
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
    make, known_fields = _ORDERS.get(name, (None, {}))
    return make(fields) if make and is_order(fields, known_fields) else FORMATS[name]


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
