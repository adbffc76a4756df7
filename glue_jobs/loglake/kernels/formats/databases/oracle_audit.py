"""The audit trail of Oracle in files of text: a time, then a key and a value per line, each with its length."""

from __future__ import annotations

from loglake.kernels.arrow import NO_STRING, choose, pc, without
from loglake.kernels.formats.base import TEXT, WHOLE, About, FieldTypes
from loglake.kernels.formats.prefixes import Groups, Layouts, LayoutsFormat
from loglake.kernels.formats.signs import Sign
from loglake.kernels.formats.text_fields import cut

_KEYS: FieldTypes = {
    "LENGTH": WHOLE,
    "ACTION": TEXT,
    "DATABASE USER": TEXT,
    "PRIVILEGE": TEXT,
    "CLIENT USER": TEXT,
    "CLIENT TERMINAL": TEXT,
    "STATUS": WHOLE,
    "DBID": TEXT,
    "SESSIONID": TEXT,
    "USERHOST": TEXT,
    "CLIENT ADDRESS": TEXT,
    "ACTION NUMBER": WHOLE,
}
_OTHER = "other_lines"
"""The lines of the record whose keys are none of these."""


def _field(key: str) -> str:
    return key.lower().replace(" ", "_")


def _line(key: str) -> str:
    return rf"(?:^|\n){key} *:(?:\[\d+\])? *'(?P<value>(?s:.*?))'\s*(?:\n|$)"


FIELDS: FieldTypes = {
    "timestamp": TEXT,
    **{_field(key): seen for key, seen in _KEYS.items()},
    _OTHER: TEXT,
}
"""The message is the action alone, so a value without a column is rescued."""


class OracleAuditFormat(LayoutsFormat):
    """Events such as ``Sat Nov 21 08:00:00 2026 +00:00``, ``LENGTH : '160'``, ``ACTION :[7] 'CONNECT'`` in lines."""

    layouts = Layouts(
        shapes=(
            r"^(?P<timestamp>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}(?: [+-]\d\d:\d\d)?)\r?\n"
            r"(?P<record>LENGTH *: *'\d+'\r?\n(?s:.*))$",
        ),
        fields=FIELDS,
        derived=FIELDS,
    )
    signs = (Sign(r"[A-Z][a-z]{2} [A-Z][a-z]{2} ", "LENGTH"),)
    id = "oracle_audit"
    about = About(
        title="The audit trail of Oracle as text",
        source="https://docs.oracle.com/en/database/oracle/oracle-database/19/dbseg/introduction-to-auditing.html",
        detection="A line that is a time, then one that is LENGTH with a number in quotes.",
        level="ERROR if the status, which is a code of Oracle's, is not 0.",
        example=(
            "Sat Nov 21 08:00:00 2026 +00:00\nLENGTH : '160'\nACTION :[7] 'CONNECT'\nDATABASE USER:[3] 'sys'\n"
            "PRIVILEGE :[6] 'SYSDBA'\nCLIENT USER:[6] 'oracle'\nSTATUS:[1] '0'\nDBID:[10] '1234567890'"
        ),
        rare=FIELDS,
    )

    def adjust(self, groups: Groups) -> Groups:
        """The values of the lines; the message is the action."""
        record = groups["record"]
        found = {_field(key): cut(record, _line(key))["value"] for key in _KEYS}
        rest_of_record = record
        for key in _KEYS:
            rest_of_record = pc.replace_substring_regex(rest_of_record, _line(key), "\n", max_replacements=1)
        found[_OTHER] = without(pc.utf8_trim_whitespace(rest_of_record), "")
        failed = pc.fill_null(pc.not_equal(found["status"], "0"), False)
        rest = {name: texts for name, texts in groups.items() if name != "record"}
        return {**rest, **found, "message": found["action"], "level": choose(failed, "ERROR", NO_STRING)}
