"""The saved queries: those that the stack query gives to Athena."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from gluelocal.templates.template_yaml import load_yaml
from loglake.core.near_names import meant
from loglake.errors import ConfigError
from loglake_cli.project_files import QUERY_TEMPLATE

ANY = "any"
"""In place of a format: the query reads columns that every table has."""

_PARAMETER = re.compile(r"\$\{(\w+)Table\}")
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True)
class SavedQuery:
    """A query of the template.

    Attributes:
        name: such as ``vpc-flow-rejected``.
        format: the log format of the table that it reads, `ANY`, or empty if it reads no table of events.
        about: a sentence.
        template: Athena's SQL, with the template's parameters in it.
    """

    name: str
    format: str
    about: str
    template: str

    def sql(self, table: str | None, database: str) -> str:
        """Athena's SQL over a table; None is one with the name of the format."""
        return (
            _PARAMETER.sub(lambda _: table or self.example, self.template).replace("${DatabaseName}", database).rstrip()
        )

    @property
    def example(self) -> str:
        """The table in the query if none is named."""
        return "app_shop" if self.format == ANY else self.format


def saved_queries() -> list[SavedQuery]:
    """All of them, in the template's order: first those for any table."""
    resources = load_yaml(QUERY_TEMPLATE)["Resources"]
    return [_read(key, each) for key, each in resources.items() if each["Type"] == "AWS::Athena::NamedQuery"]


def saved_query(name: str) -> SavedQuery:
    """The query of a name.

    Raises:
        ConfigError: there is none.
    """
    found = {each.name: each for each in saved_queries()}
    if name not in found:
        near = meant(name, found) or "`loglake query --saved` lists them."
        raise ConfigError(f"there is no saved query {name}: {near}")
    return found[name]


def _read(key: str, resource: dict[str, Any]) -> SavedQuery:
    properties = resource["Properties"]
    template = properties["QueryString"]["Fn::Sub"]
    parameter = _PARAMETER.search(template)
    kind = "_".join(_WORD.split(parameter[1])).lower() if parameter else ""
    name = "-".join(_WORD.split(key.removesuffix("Query"))).lower()
    return SavedQuery(name, ANY if kind == "query" else kind, properties["Description"], template)
