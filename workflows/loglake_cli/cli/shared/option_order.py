"""The order in which repeated options of different names were given, which click keeps from commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loglake_cli.cli.shared.verbs import Verb

if TYPE_CHECKING:
    import typer

_META = "loglake.option_order"


class OrderedOptionsCommand(Verb):
    """A command that remembers the order of its options; see `option_order`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As click does, after noting the order."""
        *_, order = self.make_parser(ctx).parse_args(list(args))
        ctx.meta[_META] = [parameter.name for parameter in order]
        return super().parse_args(ctx, args)


def option_order(ctx: typer.Context) -> list[str]:
    """The names of the options as given, each as often as it was given."""
    return list(ctx.meta[_META])
