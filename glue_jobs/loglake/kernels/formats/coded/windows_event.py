"""Windows events as XML, as the CloudWatch agent renders them with ``event_format: xml``.

https://learn.microsoft.com/windows/win32/wes/eventschema-schema
"""

from __future__ import annotations

from collections.abc import Mapping

from loglake.kernels.arrow import Strings, lookup, occurs, pc, without
from loglake.kernels.formats.base import Sign, types_in
from loglake.kernels.formats.coded.fields_format import FieldsFormat, Values, bounded, with_values
from loglake.kernels.formats.coded.xml_text import unescaped
from loglake.kernels.formats.levels import no_level
from loglake.kernels.formats.pairs.keyed import keyed_values
from loglake.kernels.formats.text_fields import beside, cut

FIELDS = types_in("Provider_Name Channel Computer TimeCreated EventID:whole EventRecordID:whole")
RARE = types_in(
    "Version:whole Task:whole Opcode:whole Execution_ProcessID:whole Execution_ThreadID:whole Provider_Guid Keywords "
    "ActivityID RelatedActivityID Security_UserID"
)

MAX_ELEMENTS = 200

_TEXTS = ("EventID", "Version", "Level", "Task", "Opcode", "Keywords", "EventRecordID", "Channel", "Computer")
_ATTRIBUTES = {
    **{f"{name}_{key}": (name, key) for name, key in (("Provider", "Name"), ("Provider", "Guid"))},
    "TimeCreated": ("TimeCreated", "SystemTime"),
    **{key: ("Correlation", key) for key in ("ActivityID", "RelatedActivityID")},
    **{f"Execution_{key}": ("Execution", key) for key in ("ProcessID", "ThreadID")},
    "Security_UserID": ("Security", "UserID"),
}
_EVENT = r"^\s*(?:<\?xml[^>]*\?>\s*)?<Event(?:\s[^>]*)?>\s*<System>\s*<Provider\b"
_PARTS = (
    r"<System>(?P<system>(?s:.*?))</System>\s*(?P<data>(?s:.*?))"
    r"(?:<RenderingInfo[^>]*>(?:(?s:.*?)<Message>(?P<message>[^<]*)</Message>)?(?s:.*?))?</Event>\s*$"
)
_level = lookup({"0": "INFO", "1": "FATAL", "2": "ERROR", "3": "WARN", "4": "INFO", "5": "TRACE"})
"""https://learn.microsoft.com/windows/win32/wes/eventschema-leveltype-complextype"""


def _read(raw: Strings) -> tuple[Values, Strings, Strings]:
    parts = cut(raw, _PARTS)
    system = _system(pc.fill_null(parts["system"], ""))
    level = system.pop("Level")
    data = {name: without(unescaped(each), "-") for name, each in _data(pc.fill_null(parts["data"], "")).items()}
    values = with_values({**system, **beside(data, system)})
    return values, unescaped(parts["message"]), _level(level) if level.null_count < len(level) else no_level(len(raw))


def _system(texts: Strings) -> Values:
    """The elements of System, and the attributes of those that have no text."""
    found = {name: cut(texts, rf"<{name}(?:\s[^>]*)?>(?P<value>[^<]*)<")["value"] for name in _TEXTS}
    for field, (name, key) in _ATTRIBUTES.items():
        if occurs(texts, rf"\s{key}="):
            found[field] = cut(texts, rf"<{name}\s(?:[^>]*\s)?{key}=[\"'](?P<value>[^\"']*)")["value"]
    return {name: unescaped(each) for name, each in found.items()}


def _data(texts: Strings) -> Mapping[str, Strings]:
    """The elements of EventData, by their attribute Name, and those of UserData."""
    texts = pc.replace_substring_regex(texts, r"<[^<>]*/>", "")
    texts = pc.replace_substring_regex(texts, r"<Data\s+Name=[\"']([^\"'<>]+)[\"'][^<>]*>", r"<\1>")
    texts = pc.replace_substring_regex(texts, r"<(\w+)\s+xmlns[^<>]*>", "")
    return keyed_values(texts, r"(?:\s*</[\w:]+>)+\s*<?|\s*<", ">")


WINDOWS_EVENT = FieldsFormat(
    id="windows_event",
    signs=(Sign(r"[\s<]", "<System>"),),
    is_own=bounded("</", MAX_ELEMENTS, _EVENT, r"</Event>\s*$"),
    read=_read,
    fields=FIELDS,
    rare=RARE,
)
"""Events such as ``<Event xmlns='…'><System><Provider Name='a'/>…</System><EventData>…</EventData></Event>``."""
