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
from typer.main import get_group

from loglake_cli.cli.shared.errors import errors_printed, extras_named
from loglake_cli.cli.shared.examples import examples_of

QUIET: ContextVar[bool] = ContextVar("QUIET", default=False)
"""Whether a person wants no progress (``--quiet``)."""


_TYPE = re.compile(r" <[^>]*>")
"""Typer's suffix with an argument's type, such as `` <str>``: the name says enough."""

_PANEL = "Commands"

_WHOLE = 500
"""How many letters of a command's first sentence a list shows: all."""


class _WithExamples:
    """What commands and groups share, before typer's own class."""

    def get_params(self, ctx: Any) -> list[Any]:
        """As typer's."""
        return take_plain_values(super().get_params(ctx))  # type: ignore[misc]  # of typer's class

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Its examples."""
        words: list[str] = []
        while ctx.parent is not None:
            words.insert(0, ctx.info_name)
            ctx = ctx.parent
        text = examples_of(" ".join(words))
        if text:
            formatter.write_paragraph()
            formatter.write_text(text)


class Verb(_WithExamples, TyperCommand):
    """A command."""

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


class Verbs(_WithExamples, TyperGroup):
    """Commands in the order of use. A mistyped one gets the nearest names as suggestions: typer does that."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Each with its first sentence, all of it, in the section that it says."""
        for panel, some in groupby(self.commands.values(), _panel):
            with formatter.section(panel):
                formatter.write_dl([(each.name, each.get_short_help_str(_WHOLE)) for each in some])


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


def _made(name: str, found: Any) -> Any:
    """The command of a function, or the group of a typer application."""
    around = typer.Typer(add_completion=False, rich_markup_mode=None)
    if isinstance(found, typer.Typer):
        around.add_typer(found, name=name)
    else:
        around.command(name, cls=Verb)(found)
    return get_group(around).commands[name]


def _panel(command: Any) -> str:
    """The section that has a command; typer has an object of its own if none is said."""
    return command.rich_help_panel if isinstance(command.rich_help_panel, str) else _PANEL


def take_plain_values(parameters: list[Any]) -> list[Any]:
    """Arguments and options of typer, which take plain values without pydantic from now on.

    Typer checks every value with pydantic, and importing that takes a fifth of the processor time of a short command.
    A number, a path or a choice that somebody gave is still left to typer.
    """
    for parameter in parameters:
        checked = getattr(parameter, "get_runtime_param", None)  # an older typer has no pydantic
        if checked is not None and not isinstance(checked, _Values):
            parameter.get_runtime_param = _Values(checked)
    return parameters


class _Values:
    """What typer asks for a parameter's value, in place of its own."""

    def __init__(self, checked: Any) -> None:
        self._checked = checked

    def __call__(self) -> _Values:
        """As typer's ``get_runtime_param``."""
        return self

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value as typer gives it to the command."""
        several = param.multiple or param.nargs != 1
        if value is None:
            return () if several else None
        about = param.type_descriptor
        info = about.parameter_info
        is_checked = several or info.parser is not None or info.exists or info.resolve_path
        if isinstance(about.annotation, type) and isinstance(value, about.annotation) and not is_checked:
            return value  # a text that somebody gave, or the value that the option has by default
        return self._checked().coerce(value, param=param, ctx=ctx)


_META = "loglake.option_order"


class OrderedOptionsCommand(Verb):
    """A command that remembers the order of its options, which click keeps from commands; see `option_order`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As click does, after noting the order."""
        *_, order = self.make_parser(ctx).parse_args(list(args))
        ctx.meta[_META] = [parameter.name for parameter in order]
        return super().parse_args(ctx, args)


def option_order(ctx: typer.Context) -> list[str]:
    """The names of the options as given, each as often as it was given."""
    return list(ctx.meta[_META])
