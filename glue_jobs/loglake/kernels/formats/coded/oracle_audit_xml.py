"""The audit trail of Oracle as XML: one record per event, an element per field."""

from __future__ import annotations

from loglake.kernels.arrow import Strings, pc
from loglake.kernels.formats.base import TEXT, Sign, types_in
from loglake.kernels.formats.coded.fields_format import FieldsFormat, Values, bounded
from loglake.kernels.formats.coded.xml_text import unescaped
from loglake.kernels.formats.json_kinds import error_if
from loglake.kernels.formats.levels import no_level
from loglake.kernels.formats.pairs.keyed import keyed_values
from loglake.kernels.formats.text_fields import cut

FIELDS = types_in(
    "Audit_Type:whole Session_Id:whole StatementId:whole EntryId:whole Extended_Timestamp:time DB_User Userhost "
    "OS_Process Terminal Instance_Number:whole Returncode:whole DBID"
)
RARE = types_in(
    "OS_User Object_Schema Object_Name Action:whole Scn:whole OSPrivilege Comment_Text Current_User Sql_Bind Sql_Text"
)
"""All other elements are text."""

MAX_ELEMENTS = 100

_ELEMENT = r"<[A-Za-z_]\w*>[^<]*</[A-Za-z_]\w*>\s*"
_FILE = r"(?:<\?xml[^>]*\?>\s*)?(?:<Audit(?: [^>]*)?>\s*)?(?:<Version>[^<]*</Version>\s*)?"
_START = rf"^\s*{_FILE}<AuditRecord>\s*<Audit_Type>\d+</Audit_Type>"
_RECORD = rf"^\s*{_FILE}<AuditRecord>\s*(?P<record>(?:{_ELEMENT})+)</AuditRecord>\s*(?:</Audit>\s*)?$"


def _read(raw: Strings) -> tuple[Values, Strings, Strings]:
    records = pc.replace_substring_regex(cut(raw, _RECORD)["record"], r"(^|>\s*)<([A-Za-z_]\w*)>", r"\1\2>")
    values = keyed_values(pc.fill_null(records, ""), r"</\w+>\s*", ">")
    values = {name: unescaped(each) for name, each in values.items()}
    null = no_level(len(raw))
    return values, values.get("Sql_Text", null), error_if(pc.not_equal(values.get("Returncode", null), "0"))


ORACLE_AUDIT_XML = FieldsFormat(
    id="oracle_audit_xml",
    signs=(Sign(r"[\s<]", "<AuditR"),),
    is_own=bounded("</", MAX_ELEMENTS, _START, _RECORD),
    read=_read,
    fields=FIELDS,
    rare=RARE,
    type_of=lambda _name, _texts: TEXT,
)
"""Events such as ``<AuditRecord><Audit_Type>1</Audit_Type>…</AuditRecord>``, also with the start of the file.

The message is the statement.
"""
