"""Commands and groups of commands, and their help."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from importlib import import_module
from itertools import groupby
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from loglake_cli.cli.shared.errors import errors_printed, extras_named
from loglake_cli.cli.shared.examples import examples_of
from loglake_cli.cli.shared.plain_values import take_plain_values

QUIET: ContextVar[bool] = ContextVar("QUIET", default=False)
"""Whether a person wants no progress (``--quiet``)."""


_TYPE = re.compile(r" <[^>]*>")
"""Typer's suffix with an argument's type, such as `` <str>``: the name says enough."""

_PANEL = "Commands"

_WHOLE = 500
"""How many letters of a command's first sentence a list shows: all."""


class Verb(TyperCommand):
    """A command."""

    def get_params(self, ctx: Any) -> list[Any]:
        """As typer's."""
        return take_plain_values(super().get_params(ctx))

    def invoke(self, ctx: Any) -> Any:
        """As typer does; an expected error is printed as a sentence, and with ``--verbose`` its traceback, too."""
        asked = ctx.find_root().params
        before = QUIET.set(asked.get("_quiet", False))
        try:
            with errors_printed(), extras_named(ctx.command_path.split()[1]):
                return super().invoke(ctx)
        except typer.Exit as ended:
            if asked.get("_verbose") and ended.__cause__ is not None:
                traceback.print_exception(ended.__cause__)
            raise
        finally:
            QUIET.reset(before)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """As typer does, without braces around what has to be given."""
        return [piece.replace("{", "").replace("}", "") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments by their names, then options."""
        shown: dict[str, list[tuple[str, str]]] = {"argument": [], "option": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                name, text = record
                if parameter.param_type_name == "argument":  # arguments without brackets in the usage are required
                    name, text = _TYPE.sub("", name), text.removesuffix("  [required]")
                shown[parameter.param_type_name].append((name, text))
        for kind, records in shown.items():
            if records:
                with formatter.section(f"{kind.title()}s"):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Its examples."""
        _write_examples(ctx, formatter)


class Verbs(TyperGroup):
    """Commands in the order of use. A mistyped one gets the nearest names as suggestions: typer does that."""

    def get_params(self, ctx: Any) -> list[Any]:
        """As typer's."""
        return take_plain_values(super().get_params(ctx))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Each with its first sentence, all of it, in the section that it says."""
        for panel, some in groupby(self.commands.values(), _panel):
            with formatter.section(panel):
                formatter.write_dl([(each.name, each.get_short_help_str(_WHOLE)) for each in some])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Its examples."""
        _write_examples(ctx, formatter)


class Later(NamedTuple):
    """A command, or a group of commands, that is imported when somebody asks for it.

    Attributes:
        module: what has it, under the command's name.
        sentence: what a list of commands shows.
        panel: the section of the list.
    """

    module: str
    sentence: str
    panel: str = _PANEL


def commands_of(panel: str, **commands: Later) -> dict[str, Later]:
    """Commands of one section of the list, by name."""
    return {name: later._replace(panel=panel) for name, later in commands.items()}


class LaterCommands(dict[str, Any]):
    """Commands by name. Whoever takes one by its name imports it; a list has their names and sentences alone."""

    def __init__(self, later: Mapping[str, Later]) -> None:
        super().__init__(
            {name: TyperCommand(name, help=each.sentence, rich_help_panel=each.panel) for name, each in later.items()}
        )
        self._later = later

    def __getitem__(self, name: str) -> Any:
        with errors_printed(), extras_named(name):
            module = import_module(self._later[name].module)
        return _made(name, getattr(module, name))


class LaterVerbs(Verbs):
    """A group that imports only the command that is called: its help and a shell's completion need no command."""

    LATER: Mapping[str, Later] = {}

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.commands = LaterCommands(self.LATER)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As typer does, with the command itself."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, self.commands[name] if name else None, rest


def _made(name: str, found: Any) -> Any:
    """The command of a function, or the group of a typer application."""
    around = typer.Typer(add_completion=False, rich_markup_mode=None)
    around.callback()(_nothing)  # with it, typer makes a group of a single command, too
    if isinstance(found, typer.Typer):
        around.add_typer(found, name=name)
    else:
        around.command(name, cls=Verb)(found)
    group: Any = get_command(around)
    return group.commands[name]


def _panel(command: Any) -> str:
    """The section that has a command; typer has an object of its own if none is said."""
    return command.rich_help_panel if isinstance(command.rich_help_panel, str) else _PANEL


def _nothing() -> None:
    pass


def _write_examples(ctx: Any, formatter: Any) -> None:
    words: list[str] = []
    while ctx.parent is not None:
        words.insert(0, ctx.info_name)
        ctx = ctx.parent
    text = examples_of(" ".join(words))
    if text:
        formatter.write_paragraph()
        formatter.write_text(text)
