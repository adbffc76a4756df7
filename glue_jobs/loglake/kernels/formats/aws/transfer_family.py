"""What Transfer Family writes of sessions and files, as lines; its structured logs are JSON."""

from __future__ import annotations

from loglake.kernels.arrow import NO_STRING, choose, pc
from loglake.kernels.formats.base import TEXT, WHOLE, About, FieldTypes
from loglake.kernels.formats.prefixes import Groups, Layouts, LayoutsFormat
from loglake.kernels.formats.signs import Sign
from loglake.kernels.formats.text_fields import cut

_KEYS: FieldTypes = {
    **dict.fromkeys(("SourceIP", "User", "HomeDir", "Client", "Role", "Kex", "Ciphers"), TEXT),
    **dict.fromkeys(("Method", "Path", "NewPath", "Mode", "Message"), TEXT),
    **dict.fromkeys(("BytesIn", "BytesOut"), WHOLE),
}


class TransferFamilyFormat(LayoutsFormat):
    """Lines such as ``ana.a1b2c3d4e5f60718 CLOSE Path=/bucket/a.txt BytesIn=17``, or ``ERRORS AUTH_FAILURE …``."""

    layouts = Layouts(
        shapes=(
            r"^(?P<session>[\w.@-]+\.[0-9a-f]{16}|ERRORS) "
            r"(?P<activity>CONNECTED|DISCONNECTED|OPEN|CLOSE|PARTIAL_CLOSE|DELETE|MKDIR|RMDIR|RENAME|ERROR|AUTH_FAILURE|"
            r"CREATE_SYMLINK|SETSTAT|STAT|LS|[A-Z_]+FAILURE)(?P<pairs>(?: \w+=(?:\"[^\"\n]*\"|[^\n]*?))*)\s*$",
        ),
        fields={"session": TEXT, "activity": TEXT},
        derived=_KEYS,
    )
    signs = (Sign(r"[\w.@-]{12}|ERRORS "),)
    id = "transfer_family"
    about = About(
        title="Transfer Family: sessions and files, as lines",
        source="https://docs.aws.amazon.com/transfer/latest/userguide/cw-example-logs.html",
        detection="A session (a user, a dot, sixteen hexadecimal digits) or ERRORS, an activity, then pairs.",
        level="ERROR for errors and failures.",
        example="ana.a1b2c3d4e5f60718 CLOSE Path=/bucket/home/ana/a.txt BytesIn=17",
        rare=layouts.types,
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
