"""The audit trail of Oracle as XML: one record per event, an element per field."""

from __future__ import annotations

from collections.abc import Mapping

from loglake.kernels.arrow import NO_STRING, Booleans, Strings, choose, matches, pc
from loglake.kernels.formats.base import TEXT, TIME, WHOLE, FieldTypes, Sign
from loglake.kernels.formats.coded.fields_format import FieldsFormat, Values
from loglake.kernels.formats.coded.xml_text import unescaped
from loglake.kernels.formats.levels import no_level
from loglake.kernels.formats.pairs.keyed import keyed_values
from loglake.kernels.formats.text_fields import cut

_NUMBERS = ("Audit_Type", "Session_Id", "StatementId", "EntryId")
FIELDS: FieldTypes = {
    **dict.fromkeys(_NUMBERS, WHOLE),
    "Extended_Timestamp": TIME,
    **dict.fromkeys(("DB_User", "Userhost", "OS_Process", "Terminal"), TEXT),
    "Instance_Number": WHOLE,
    "Returncode": WHOLE,
    "DBID": TEXT,
}
RARE: FieldTypes = {
    **dict.fromkeys(("OS_User", "Object_Schema", "Object_Name"), TEXT),
    **dict.fromkeys(("Action", "Scn"), WHOLE),
    **dict.fromkeys(("OSPrivilege", "Comment_Text", "Current_User"), TEXT),
    **dict.fromkeys(("Sql_Bind", "Sql_Text"), TEXT),
}
"""All other elements are text."""

MAX_ELEMENTS = 100

_ELEMENT = r"<[A-Za-z_]\w*>[^<]*</[A-Za-z_]\w*>\s*"
_FILE = r"(?:<\?xml[^>]*\?>\s*)?(?:<Audit(?: [^>]*)?>\s*)?(?:<Version>[^<]*</Version>\s*)?"
_START = rf"^\s*{_FILE}<AuditRecord>\s*<Audit_Type>\d+</Audit_Type>"
_RECORD = rf"^\s*{_FILE}<AuditRecord>\s*(?P<record>(?:{_ELEMENT})+)</AuditRecord>\s*(?:</Audit>\s*)?$"


def _is_record(raw: Strings) -> Booleans:
    few = pc.less_equal(pc.count_substring(raw, "</"), MAX_ELEMENTS)
    return pc.and_(pc.and_(few, matches(raw, _START)), matches(raw, _RECORD))


def _read(raw: Strings) -> tuple[Values, Strings, Strings]:
    records = pc.replace_substring_regex(cut(raw, _RECORD)["record"], r"(^|>\s*)<([A-Za-z_]\w*)>", r"\1\2>")
    values = keyed_values(pc.fill_null(records, ""), r"</\w+>\s*", ">")
    values = {name: unescaped(each) for name, each in values.items()}
    return values, values.get("Sql_Text", no_level(len(raw))), _level(values, len(raw))


def _level(values: Mapping[str, Strings], length: int) -> Strings:
    if "Returncode" not in values:
        return no_level(length)
    return choose(pc.fill_null(pc.not_equal(values["Returncode"], "0"), False), "ERROR", NO_STRING)


ORACLE_AUDIT_XML = FieldsFormat(
    id="oracle_audit_xml",
    signs=(Sign(r"[\s<]", "<AuditR"),),
    is_own=_is_record,
    read=_read,
    fields=FIELDS,
    rare=RARE,
    type_of=lambda _name, _texts: TEXT,
)
"""Events such as ``<AuditRecord><Audit_Type>1</Audit_Type>…</AuditRecord>``, also with the start of the file.

The message is the statement.
"""
