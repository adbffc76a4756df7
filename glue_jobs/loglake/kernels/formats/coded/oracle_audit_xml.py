"""The audit trail of Oracle as XML: one record per event, an element per field."""

from __future__ import annotations

from loglake.kernels.arrow import Strings, pc
from loglake.kernels.formats.base import TEXT
from loglake.kernels.formats.coded.fields_format import Values, fields_format
from loglake.kernels.formats.coded.texts import patterns_of
from loglake.kernels.formats.coded.xml_text import unescaped
from loglake.kernels.formats.json_kinds import error_if
from loglake.kernels.formats.levels import no_level
from loglake.kernels.formats.pairs.keyed import keyed_values
from loglake.kernels.formats.text_fields import cut


def _read(raw: Strings) -> tuple[Values, Strings, Strings]:
    records = cut(raw, *patterns_of("oracle_audit_xml"))["record"]
    records = pc.replace_substring_regex(records, r"(^|>\s*)<([A-Za-z_]\w*)>", r"\1\2>")
    values = keyed_values(pc.fill_null(records, ""), r"</\w+>\s*", ">")
    values = {name: unescaped(each) for name, each in values.items()}
    null = no_level(len(raw))
    return values, values.get("Sql_Text", null), error_if(pc.not_equal(values.get("Returncode", null), "0"))


ORACLE_AUDIT_XML = fields_format("oracle_audit_xml", _read, lambda _name, _texts: TEXT)
"""Events such as ``<AuditRecord><Audit_Type>1</Audit_Type>…</AuditRecord>``, also with the start of the file.

The message is the statement.
"""
