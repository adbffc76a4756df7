"""Windows events as XML, as the CloudWatch agent renders them with ``event_format: xml``.

https://learn.microsoft.com/windows/win32/wes/eventschema-schema
"""

from __future__ import annotations

from collections.abc import Mapping

from loglake.kernels.arrow import Strings, lookup, occurs, pc, without
from loglake.kernels.formats.coded.fields_format import Values, fields_format, with_values
from loglake.kernels.formats.coded.texts import patterns_of
from loglake.kernels.formats.coded.xml_text import unescaped
from loglake.kernels.formats.levels import no_level
from loglake.kernels.formats.pairs.keyed import keyed_values
from loglake.kernels.formats.text_fields import beside, cut

_TEXTS = ("EventID", "Version", "Level", "Task", "Opcode", "Keywords", "EventRecordID", "Channel", "Computer")
_ATTRIBUTES = {
    **{f"{name}_{key}": (name, key) for name, key in (("Provider", "Name"), ("Provider", "Guid"))},
    "TimeCreated": ("TimeCreated", "SystemTime"),
    **{key: ("Correlation", key) for key in ("ActivityID", "RelatedActivityID")},
    **{f"Execution_{key}": ("Execution", key) for key in ("ProcessID", "ThreadID")},
    "Security_UserID": ("Security", "UserID"),
}
_level = lookup({"0": "INFO", "1": "FATAL", "2": "ERROR", "3": "WARN", "4": "INFO", "5": "TRACE"})
"""https://learn.microsoft.com/windows/win32/wes/eventschema-leveltype-complextype"""


def _read(raw: Strings) -> tuple[Values, Strings, Strings]:
    parts = cut(raw, *patterns_of("windows_event"))
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


WINDOWS_EVENT = fields_format("windows_event", _read)
"""Events such as ``<Event xmlns='…'><System><Provider Name='a'/>…</System><EventData>…</EventData></Event>``."""
