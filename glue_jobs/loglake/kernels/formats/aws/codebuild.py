"""What CodeBuild writes of a build: its own lines start with ``[Container]`` and a time."""

from __future__ import annotations

from loglake.kernels.arrow import NO_STRING, choose, coalesce, matches, pc
from loglake.kernels.formats.base import TEXT, WHOLE, About
from loglake.kernels.formats.levels import level_in_text
from loglake.kernels.formats.prefixes import Groups, Layouts, LayoutsFormat
from loglake.kernels.formats.signs import Sign
from loglake.kernels.formats.text_fields import REST, cut

_PHASE = r"^(?:Entering phase|Phase complete:) (?P<phase>[A-Z_]+)"
_PARTS = (
    r"^Phase complete: [A-Z_]+ (?:Success: |State: )(?P<state>\w+)",
    r"^Running command (?P<command>(?s:.*))$",
    r"^Command did not exit successfully .* exit status (?P<exit_status>\d+)",
)
_FAILED = (
    r"^(?:Phase complete: [A-Z_]+ (?:Success: false|State: FAILED)|Command did not exit successfully"
    r"|Phase context status code: \w+_ERROR)"
)


class CodeBuildFormat(LayoutsFormat):
    """Lines such as ``[Container] 2026/11/21 08:00:00 Running command npm ci``. What a command writes is its own."""

    layouts = Layouts(
        shapes=(rf"^\[Container\] (?P<timestamp>\d{{4}}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d+)?) {REST}",),
        fields={"timestamp": TEXT},
        derived={"phase": TEXT, "state": TEXT, "command": TEXT, "exit_status": WHOLE},
    )
    signs = (Sign(r"\[Container\] "),)
    id = "codebuild"
    about = About(
        title="Builds of CodeBuild",
        source="https://docs.aws.amazon.com/codebuild/latest/userguide/getting-started-build-log-console.html",
        detection="The word Container in brackets, and a time with slashes.",
        level="ERROR if a phase or a command failed; of other lines a word such as ERROR near the start.",
        example="[Container] 2026/11/21 08:00:00.123456 Phase complete: BUILD State: SUCCEEDED",
        rare=layouts.types,
    )

    def adjust(self, groups: Groups) -> Groups:
        """Cuts phase, state and command out of the text."""
        text = groups["message"]
        found = {name: texts for pattern in (_PHASE, *_PARTS) for name, texts in cut(text, pattern).items()}
        own = pc.or_(found["phase"].is_valid(), found["command"].is_valid())
        named = choose(own, NO_STRING, level_in_text(text))
        level = coalesce(choose(matches(text, _FAILED), "ERROR", NO_STRING), named)
        return {**groups, **found, "level": level}
