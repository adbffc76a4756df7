"""Fills in the templates of pages, which are beside this module in ``templates/``."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

DOCS = Path(__file__).resolve().parents[2] / "docs"

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.filters["as"] = format
_ENVIRONMENT.filters["cell"] = lambda text: text.replace("|", r"\|")
_ENVIRONMENT.filters["short"] = lambda value: "< 0.1" if value < 0.1 else f"{value:{',.0f' if value >= 10 else '.1f'}}"


def filled(template: str, /, **names: object) -> str:
    """A page, from its template and what that names.

    Raises:
        jinja2.UndefinedError: the template names something else.
    """
    return _ENVIRONMENT.get_template(template).render(names)
