"""All log formats by id, in the order of detection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Callable

from loglake.core.schema.dataset_checks import one_of
from loglake.core.schema.datasets import Dataset, Datasets
from loglake.errors import ConfigError
from loglake.kernels.formats.base import Format
from loglake.kernels.formats.coded import (
    access_log,
    audit,
    aws_event,
    cef,
    emf,
    journald,
    lambda_logs,
    oracle_audit_xml,
    postgres,
    syslog,
    tidb,
    windows_event,
)
from loglake.kernels.formats.coded.container import ContainerFormat
from loglake.kernels.formats.coded.otlp import OtlpFormat
from loglake.kernels.formats.definitions import library
from loglake.kernels.formats.imports.re2 import Dialect, short, to_re2
from loglake.kernels.formats.imports.regex import RegexFormat
from loglake.kernels.formats.json_lines import JsonFormat
from loglake.kernels.formats.learn.format import HeaderFormat
from loglake.kernels.formats.learn.named import ordered_layout
from loglake.kernels.formats.lines import is_order
from loglake.kernels.formats.notation import check_re2
from loglake.kernels.formats.pairs.logfmt import LogfmtFormat
from loglake.kernels.formats.shape import OTHERS
from loglake.kernels.formats.text_fields import TextFormat
from loglake.kernels.formats.times.zones import zone_in


def _maker(name: str) -> Callable[[str], Format]:
    def make(definition: str) -> Format:
        format_: Format = getattr(import_module(f"{__package__}.imports.{name}"), f"{name}_format")(definition)
        return format_

    return make


MAKERS: Mapping[str, Callable[[str], Format]] = {
    name: _maker(name) for name in ("toml", "grok", "nginx", "apache", "log4j", "lnav")
}
"""What makes formats of the definitions in a datasets file. Each raises ConfigError if one is wrong.

Their modules are imported when a definition needs them: that takes 3 % of a process's imports, and most have none.
"""

_CODED: tuple[Format, ...] = (
    *(ContainerFormat(), access_log.ACCESS_LOG, lambda_logs.LambdaFormat()),
    *(aws_event.AWS_EVENT, emf.EmfFormat(), OtlpFormat(), JsonFormat(), postgres.PostgresFormat(), cef.CEF),
    *(oracle_audit_xml.ORACLE_AUDIT_XML, windows_event.WINDOWS_EVENT, tidb.TIDB, journald.JOURNALD),
    syslog.SyslogFormat(),
    *(audit.AUDIT, LogfmtFormat(), HeaderFormat(), TextFormat()),
)
"""What is more than a shape."""

_ORDER = (
    "container vpc_flow alb nlb cloudfront s3_access access_log nginx_error apache_error lambda cloudtrail waf "
    "route53_resolver eks_audit aws_event emf otlp json postgres mysql_slow mysql_audit cef mysql_error mysql_general "
    "postgres_csv mongodb sqlserver oracle_alert oracle_listener oracle_audit oracle_audit_xml tidb elb "
    "alb_connection alb_health cloudfront_realtime global_accelerator route53_public apigateway_execution "
    "apigateway_access codebuild redshift_audit transfer_family appsync elasticache windows_event * journald syslog "
    "audit logfmt header text"
)
"""Of detection; at the place of `OTHERS` come the formats that are not named here."""

_MADE = {**{each.id: each for each in _CODED}, **{name: each.format() for name, each in library().items()}}

FORMATS: Mapping[str, Format] = {
    name: _MADE[name]
    for each in _ORDER.split()
    for name in (sorted(_MADE.keys() - {*_ORDER.split()}) if each == OTHERS else [each])
}
"""In the order in which they are asked whether they recognise an event: the most particular first, text at last."""


_ORDERED = {name: each for name, each in library().items() if each.table.get("any_order")}
"""The formats with configurable fields. The format ``header`` makes layouts of them."""


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
        return MAKERS[name](pattern)
    if name not in FORMATS:
        one_of("format", name, (*FORMATS, RegexFormat.id, *MAKERS))
    if fields and name in _ORDERED and is_order(fields, _ORDERED[name].order()):
        return _ORDERED[name].in_order(fields)
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


def left_out(datasets: Datasets) -> list[str]:
    """Which parts of definitions are not used, and why, in sentences; the datasets are checked."""
    made = [format_of(entry.format, entry.pattern) for entry in datasets.entries if entry.pattern]
    said = [each for format_ in made for each in format_.left_out]
    return [f"A pattern is left out, and what only it matches is plain text: {each}" for each in said]


def _check(entry: Dataset) -> None:
    if entry.timezone and zone_in(entry.timezone) is None:
        raise ConfigError(f"timezone: there is no time zone {entry.timezone!r}: write Europe/Berlin, or +02:00")
    if entry.multi_line_start_pattern:
        start = entry.multi_line_start_pattern
        check_re2(to_re2(start, Dialect.PCRE), short(start))
    if entry.pattern:
        format_of(entry.format, entry.pattern)
    if entry.fields and entry.format == HeaderFormat.id:
        ordered_layout(entry.fields)
        return
    known = _ORDERED[entry.format].order() if entry.fields else {}
    unknown = [name for name in entry.fields if name not in known]
    if unknown:
        raise ConfigError(f"fields: {entry.format} has no {unknown[0]!r}: use names out of {', '.join(known)}")
