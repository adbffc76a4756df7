"""The group of all commands, which knows what some of them were called before."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

EARLIER = {"request": "export", "retry": "rerun", "replay": "rerun --quarantined", "dismiss": "ignore"}
"""Commands of before, and what does the same now."""


class Verbs(TyperGroup):
    """Commands; a mistyped one gets the nearest names as suggestions, which typer does by itself."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As typer does, after looking for a command of before."""
        now = EARLIER.get(args[0])
        if now is not None and not ctx.resilient_parsing:
            ctx.fail(f"No such command {args[0]!r}. Did you mean 'loglake {now}'?")
        return super().resolve_command(ctx, args)
