"""The options of a run, as they are typed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from athena_duckdb.buckets import split_s3_uri
from athena_duckdb.errors import ConfigError
from gluelocal.runs.template_run import TemplateRun


def template_run(
    template: Path, keep: Path, parameters: Sequence[str], script: Sequence[str], put: Sequence[str], **others: Any
) -> TemplateRun:
    """What the options ask for; `others` are fields of the run as they are.

    Raises:
        ConfigError: one of them is not what it should be.
    """
    return TemplateRun(
        template=template.absolute(),
        keep=keep,
        parameters=_pairs("--parameters", "NAME=VALUE", [text.partition("=") for text in parameters]),
        scripts=_files("--script", script),
        puts=_files("--put", put),
        **others,
    )


def _pairs(option: str, shape: str, given: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    """Names with their values, typed with an equals sign between.

    Raises:
        ConfigError: it was not, or a name comes twice.
    """
    pairs: dict[str, str] = {}
    for name, equals, value in given:
        if not (name and equals):
            raise ConfigError(f"{option} takes {shape}, not {name or value!r}")
        if name in pairs:
            raise ConfigError(f"{option} gives {name} twice")
        pairs[name] = value
    return pairs


def _files(option: str, given: Sequence[str]) -> dict[str, Path]:
    """Files by S3 URI. A key may hold an equals sign (``dt=2026-11-21/``), so the last one is the one that counts."""
    shape = "s3://BUCKET/KEY=FILE"
    pairs = _pairs(option, shape, [text.rpartition("=") for text in given])
    for uri in pairs:
        if not split_s3_uri(uri)[1]:
            raise ConfigError(f"{option} takes {shape}, and {uri} has no key")
    return {uri: Path(path).absolute() for uri, path in pairs.items()}
