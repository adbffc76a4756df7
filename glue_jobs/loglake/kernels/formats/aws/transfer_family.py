"""What Transfer Family writes of sessions and files, as lines; its structured logs are JSON."""

from __future__ import annotations

from collections.abc import Mapping

from loglake.core.schema.schema import InferredType
from loglake.kernels.arrow import NO_STRING, choose, pc
from loglake.kernels.formats.base import About
from loglake.kernels.formats.prefixes import TEXT, WHOLE, Groups, LayoutsFormat
from loglake.kernels.formats.signs import Sign
from loglake.kernels.formats.text_fields import cut

_KEYS: Mapping[str, InferredType] = {
    **dict.fromkeys(("SourceIP", "User", "HomeDir", "Client", "Role", "Kex", "Ciphers"), TEXT),
    **dict.fromkeys(("Method", "Path", "NewPath", "Mode", "Message"), TEXT),
    **dict.fromkeys(("BytesIn", "BytesOut"), WHOLE),
}
FIELDS: Mapping[str, InferredType] = {"session": TEXT, "activity": TEXT}


class TransferFamilyFormat(LayoutsFormat):
    """Lines such as ``ana.a1b2c3d4e5f60718 CLOSE Path=/bucket/a.txt BytesIn=17``, or ``ERRORS AUTH_FAILURE …``."""

    shapes = (
        r"^(?P<session>[\w.@-]+\.[0-9a-f]{16}|ERRORS) "
        r"(?P<activity>CONNECTED|DISCONNECTED|OPEN|CLOSE|PARTIAL_CLOSE|DELETE|MKDIR|RMDIR|RENAME|ERROR|AUTH_FAILURE|"
        r"CREATE_SYMLINK|SETSTAT|STAT|LS|[A-Z_]+FAILURE)(?P<pairs>(?: \w+=(?:\"[^\"\n]*\"|[^\n]*?))*)\s*$",
    )
    fields = FIELDS
    derived = _KEYS
    signs = (Sign(r"[\w.@-]{12}|ERRORS "),)
    id = "transfer_family"
    source = "https://docs.aws.amazon.com/transfer/latest/userguide/cw-example-logs.html"
    about = About(
        title="Transfer Family: sessions and files, as lines",
        detection="A session (a user, a dot, sixteen hexadecimal digits) or ERRORS, an activity, then pairs.",
        level="ERROR for errors and failures.",
        example="ana.a1b2c3d4e5f60718 CLOSE Path=/bucket/home/ana/a.txt BytesIn=17",
        rare={**FIELDS, **_KEYS},
    )

    def adjust(self, groups: Groups) -> Groups:
        """The values of the pairs; a value without quotes ends before the next key."""
        pairs = groups["pairs"]
        found = {key: cut(pairs, rf' {key}=(?:"(?P<a>[^"]*)"|(?P<b>.*?)(?: \w+=|\s*$))') for key in _KEYS}
        values = {key: pc.coalesce(parts["a"], parts["b"]) for key, parts in found.items()}
        failed = pc.match_substring_regex(groups["activity"], "ERROR|FAILURE")
        return {
            **{name: texts for name, texts in groups.items() if name != "pairs"},
            **values,
            "level": choose(failed, "ERROR", NO_STRING),
        }
