"""YAML of people: PyYAML lets through errors of its own that are no `YAMLError`."""

from __future__ import annotations

from typing import Any

import yaml


def read_yaml(text: str) -> Any:
    """What a YAML text says.

    Raises:
        yaml.YAMLError: it is no YAML, or has what can be no value, such as 2026-02-30, or is nested too deep.
    """
    try:
        return yaml.safe_load(text)
    except RecursionError as error:
        raise yaml.YAMLError("it is nested too deep") from error
    except (ValueError, AttributeError) as error:
        raise yaml.YAMLError(str(error)) from error
