"""Writes docs/start/formats.md: which log formats there are, how they are recognised, and which columns they give.

All of it comes from the formats' own descriptions, so the page can't drift from the code: ``make docs`` writes it, and
a test fails if it is stale.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from loglake.core.schema.format_choice import SELDOM
from loglake.core.schema.schema import ENVELOPE, TRAILER, ColumnType, InferredType, TableSchema, grow, join_types
from loglake.kernels.formats.base import Format, about_of, declared
from loglake.kernels.formats.coded.container import ContainerFormat
from loglake.kernels.formats.imports.regex import RegexFormat
from loglake.kernels.formats.learn.format import HeaderFormat
from loglake.kernels.formats.registry import FORMATS, MAKERS
from loglake.kernels.formats.together import parser_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "start" / "formats.md"

EXAMPLE_PATTERN = r"^(?P<order_id>\d+) (?P<level>[A-Z]+) (?P<message>.*)$"
"""Of the format whose pattern a team writes."""

_INTRO = """\
<!-- Written by `make docs` from the formats in glue_jobs/loglake/kernels/formats. Change them, not this page. -->

# Log formats

These formats are recognised by content, without configuration. Everything else is plain text: the whole event is in
`message` and `raw`, and nothing is lost. If yours is missing, [bring it along](own-formats.md) in the datasets file: a
text with holes, a Grok pattern, a layout string, a file of lnav, or a regular expression.
"""
_RULES = f"""
## How a format is chosen

With `format: auto`, the default, each event of a sample counts for the first format of the table above that recognises
it. Then the table uses

- the format with most events of the sample, or Lambda's if it is seen at all. Plain text counts only if nothing else is
  recognised;
- JSON, however few objects the sample has, if they have any field. So an application's JSON has its columns, also among
  lines of its framework. What Python and JavaScript print is not JSON;
- any other format that at least one recognised event in {SELDOM} has. A format that is seen less often may be there by
  accident; it is used all the same if the table has its columns already.

Each event of the batch is read by the first of these that recognises it. An event never changes how its neighbours are
read.

`format:` in the datasets file may name a format. Then every other event, JSON too, is plain text.
Only `lambda` also reads JSON.

- A line in a format that the sample did not show is plain text. A JSON object that it did not show has its fields in
  `_rescued`, as far as they have no column yet.
- If two formats have a field of the same name, they share its column. Its type is the one that both have, else string.

Some formats have [saved queries](query.md#saved-queries), and [views](query.md#awss-published-sql) with AWS's names of
columns.

## The columns of a table

Every table has {", ".join(f"`{name}`" for name in ENVELOPE)},
{", ".join(f"`{name}`" for name in TRAILER)}. The columns below come in addition. `level` is TRACE, DEBUG, INFO, WARN,
ERROR, FATAL, or null.

Dashes in a field's name are underscores in its column's. If a name differs more, the field's name is in brackets. Type
hints (`types:`) and `_rescued` use the field's name.

In JSON objects, metrics (`emf`) and logfmt, a field that repeats the envelope
[has no column](../understand/tables.md#columns). A value that differs and was in no sample is in `_rescued`.

A hint such as `types: {{start: timestamp}}` makes a timestamp of any field that holds times: ISO 8601 and numbers since
the epoch, and in text formats also `21/Nov/2026:08:30:00 +0000`, `Sat Nov 21 08:30:00 2026` and `2026/11/21 08:30:00`.
"""


_SERVICES = """
## By service

Some services write several formats, or let you choose one:

| logs | what becomes of them |
|---|---|
| EKS control plane: `kube-apiserver-audit` | `eks_audit` |
| EKS control plane: API server, controller manager, scheduler | `header`, with level, file, line and pairs as columns |
| EKS control plane: `authenticator` | `logfmt` |
| RDS and Aurora MySQL, MariaDB: error and general log | `mysql_error`, `mysql_general` |
| RDS and Aurora MySQL, MariaDB: slow query and audit log | `mysql_slow`, `mysql_audit` |
| RDS and Aurora PostgreSQL | `postgres`, and `postgres_csv` if the parameter `log_destination` is csvlog |
| RDS for SQL Server: error log, agent log | `sqlserver` |
| RDS for Oracle: alert and listener files | `oracle_alert`, `oracle_listener` |
| RDS for Oracle: audit files as text, as XML | `oracle_audit`, `oracle_audit_xml` |
| RDS for Db2: diagnostic log | `db2_diag` |
| API Gateway: execution logs | `apigateway_execution` |
| API Gateway: access logs in CLF, in JSON, in CSV or XML | `access_log`, `json`, `apigateway_access` |
| ElastiCache: slow log, engine log | `elasticache` as text; as JSON `aws_event` and `json` |
| Glue, EMR, MSK, Amazon MQ, OpenSearch, DMS tasks | `header` |
| The CloudWatch agent, `windows_events` with `event_format: xml` | `windows_event` |
| Elastic Beanstalk, SSM Agent, CloudWatch agent | `header` |
| ECS agent | `logfmt` |
| EventBridge (GuardDuty, Security Hub, Config and others), Step Functions, Network Firewall | `aws_event` |
| IoT, Bedrock, Transfer Family in JSON, ElastiCache's slow log in JSON, DocumentDB's audit log | `aws_event` |
| Cognito, Verified Access, Batch and ECS by EventBridge | `aws_event` |
| OpenSearch's audit log, Session Manager, ElastiCache's engine log in JSON, and other services | `json` |
| CloudFront, real-time: all fields, or those that `fields` of the dataset names | `cloudfront_realtime` |
| IIS and others with a line `#Fields:`, Zeek with a line `#fields` | `header`; an earlier object may have that line |
| CSV (commas, semicolons) and TSV with a header line | `header`; an earlier object may have that line |
| IIS, Zeek, if no object has such a line | `header`, with the `fields` of the dataset |
| nginx with a `log_format` that begins as combined | `access_log`; appended pairs are columns, all else is `extra` |
| nginx with a `log_format` of JSON, or of `name=value` pairs | `json`, or `logfmt` |
| nginx or Apache with any other layout | plain text; its [layout](own-formats.md#layout-strings) makes columns |
"""
_IN_A_DATASET = f"""
In the datasets file ([Configuration](../reference/configuration.md)):

```yaml
datasets:
  - table: orders
    log_groups: [/app/orders]
    format: regex
    pattern: '{EXAMPLE_PATTERN}'
```

To try it on a folder of log files (the report lists the columns, and counts the events that the pattern read):

    loglake convert logs lake --log-group /app/orders --datasets datasets.yaml

An event:"""


_DEFINED_IN = {
    "grok": "pattern: '{definition}'",
    "nginx": "layout: '{definition}'",
    "apache": "layout: '{definition}'",
    "log4j": "layout: '{definition}'",
    "lnav": "file: shop.lnav.json",
}
"""How a dataset defines a format, by its name."""


def described() -> list[Format]:
    """All formats in the order of detection; last those that a dataset defines."""
    own = [make(about_of(name).definition) for name, make in MAKERS.items()]
    return [*FORMATS.values(), RegexFormat(EXAMPLE_PATTERN), *own]


def render() -> str:
    """The page, as Markdown."""
    formats = described()
    rows = [f"| [`{each.id}`](#{each.id}) | {each.about.title} | {_cell(each.about.detection)} |" for each in formats]
    table = "\n".join(["| format | what it is | recognised by |", "|---|---|---|", *rows])
    return "\n".join([_INTRO, table, _SERVICES, _RULES, *(_section(each) for each in formats), ""])


def _section(each: Format) -> str:
    about = each.about
    lines = [
        f"\n## {each.id}\n",
        f"{about.title}. Described at <{about.source}>.\n",
        f"- Recognised by: {_sentence(about.detection)}",
        f"- Level: {_sentence(about.level)}",
        *_columns(about.fields, about.rare, about.note),
    ]
    if isinstance(each, RegexFormat):
        lines.append(f"- A pattern: `{EXAMPLE_PATTERN}`")
        lines.append(_IN_A_DATASET)
    elif each.id in MAKERS:
        lines += _defined(each.id, about.definition)
    lines.append(f"\n```text\n{about.example}\n```\n\nbecomes the row\n\n```json\n{example_row(each)}\n```")
    return "\n".join(lines)


def _defined(name: str, definition: str) -> Iterable[str]:
    said = (
        f"{name}\n    {_DEFINED_IN[name].format(definition=definition)}" if name in _DEFINED_IN else "{file: shop.toml}"
    )
    yield f"\nIn a dataset:\n\n```yaml\n    format: {said}\n```"
    if name in ("lnav", "toml"):
        yield f"\nThe file:\n\n```{'json' if name == 'lnav' else name}\n{definition}\n```"
    yield "\nAn event:"


def _columns(fields: Mapping[str, InferredType], rare: Mapping[str, InferredType], note: str) -> Iterable[str]:
    table = grow(TableSchema("t"), declared({**fields, **rare}))
    names = {column.path[0]: column.name for column in table.columns}
    if fields:
        yield f"- Columns: {_names(fields, names)}"
    if rare:
        yield f"- Columns if an event has them: {_names(rare, names)}"
    if note:
        yield f"- {'More columns' if fields or rare else 'Columns'}: {_sentence(note)}"


def _names(fields: Mapping[str, InferredType], names: Mapping[str, str]) -> str:
    return ", ".join(_name(name, names[name], seen) for name, seen in fields.items())


def _name(name: str, column: str, seen: InferredType) -> str:
    kind = "string of JSON" if seen.json else ColumnType(seen.type).value
    return f"`{column}` {kind}" if column == name.replace("-", "_") else f"`{column}` (`{name}`) {kind}"


def _sentence(text: str) -> str:
    """A sentence in the middle of a line: small letter first, unless the word is a name."""
    first = text.split(maxsplit=1)[0]
    return text[0].lower() + text[1:] if first[1:].islower() or len(first) == 1 else text


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


WIDTH = 116
_WHOLE = "(the event)"


def example_row(each: Format) -> str:
    """The columns of the format's example that have a value, message and level last, over lines of `WIDTH`."""
    event = each.about.example
    raw = pa.array([event], pa.string())
    known = each.learned(raw) if isinstance(each, HeaderFormat) else each
    seen, formats = [known.infer_types(raw)], [known]
    if isinstance(each, ContainerFormat):
        inside = FORMATS["json"]
        seen, formats = [*seen, inside.infer_types(each.inside(raw))], [known, inside]
    schema = grow(TableSchema("t"), join_types(seen))
    parsed = parser_of(formats, schema)(raw)
    names = [*(column.name for column in schema.columns), "message", "level"]
    row = {name: array[0].as_py() for name, array in zip(names, [*parsed.columns, parsed.message, parsed.level])}
    members = [f"{json.dumps(name)}: {_value(value, event)}" for name, value in row.items() if value is not None]
    return "{" + "\n ".join(_filled(members)) + "}"


def _value(value: Any, event: str) -> str:
    if value == event:
        return json.dumps(_WHOLE)
    return json.dumps(value.isoformat() if hasattr(value, "isoformat") else value, ensure_ascii=False)


def _filled(members: Sequence[str]) -> Iterable[str]:
    line = ""
    for number, member in enumerate(members):
        text = member if number == len(members) - 1 else f"{member},"
        if line and len(line) + len(text) >= WIDTH:
            yield line
            line = text
        else:
            line = f"{line} {text}".strip()
    yield line
