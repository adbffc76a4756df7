"""Reads a CloudFormation template from YAML, with its short function tags, as CloudFormation reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from athena_duckdb.errors import ConfigError


class TemplateError(ConfigError):
    """A template can't be deployed; the message names the template, the logical id and what to do."""


class _Loader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc]  # eight times as fast
    """YAML as CloudFormation takes it: dates stay text, keys are unique, ``!Tags`` are functions."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuses duplicate keys: YAML would silently keep the last one."""
        seen = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} comes twice", key_node.start_mark)
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def _short_tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    """``!Sub x`` is ``{"Fn::Sub": x}``; ``!Ref`` and ``!Condition`` have no prefix; ``!GetAtt a.b`` is a pair."""
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    if suffix in {"Ref", "Condition"}:
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_tag)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_yaml(path: Path) -> dict[str, Any]:
    """The template as plain dicts, lists and scalars, short tags written out (``!Sub`` → ``Fn::Sub``).

    Raises:
        TemplateError: the file doesn't exist, isn't YAML, has a duplicate key, or holds no mapping.
    """
    return parse_yaml(read_text(path), path)


def read_text(path: Path) -> str:
    """The text of a template's file.

    Raises:
        TemplateError: it can't be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise TemplateError(f"{path}: the template can't be read: {error.strerror}") from error


def parse_yaml(content: str, path: Path) -> dict[str, Any]:
    """As `load_yaml`, from text; JSON is also YAML.

    Args:
        content: the template.
        path: the beginning of messages.
    """
    try:
        document = yaml.load(content, Loader=_Loader)
    except yaml.YAMLError as error:
        raise TemplateError(f"{path}: this is not YAML that CloudFormation takes: {error}") from error
    if not isinstance(document, dict):
        raise TemplateError(f"{path}: a template is a mapping with a Resources section")
    return document
