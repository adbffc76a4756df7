"""The packages of a datasets file's own transformations: what jobs import beside loglake."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from loglake.core.schema.datasets import Datasets
from loglake.errors import ConfigError
from loglake_cli.deploy.packaged_files import PackagedFile, zipped

_TAKEN = frozenset({"loglake", "loglake_cli", *sys.stdlib_module_names})


def own_code(datasets: Datasets, folder: Path) -> PackagedFile | None:
    """A zip of the modules and packages with a datasets file's transformations; None if it has no transformations.

    A package goes in whole, with its data files. It is not imported here: it may need modules that only Glue has.

    Args:
        datasets: the file's content.
        folder: the file's folder, which has the packages.

    Raises:
        ConfigError: a module or a function is missing, or a module is not Python.
    """
    names = sorted({entry.transform for entry in datasets.entries if entry.transform})
    for name in names:
        _check(name, folder)
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for top in sorted({name.partition(":")[0].partition(".")[0] for name in names})
        for path in _files(folder, top)
    }
    return PackagedFile("transforms.zip", zipped(files)) if files else None


def _files(folder: Path, top: str) -> Iterator[Path]:
    if not (folder / top).is_dir():
        yield folder / f"{top}.py"
        return
    for path in sorted((folder / top).rglob("*")):
        inside = path.relative_to(folder).parts
        if path.is_file() and not any(part == "__pycache__" or part.startswith(".") for part in inside):
            yield path


def _check(name: str, folder: Path) -> None:
    module, function = name.split(":")
    if module.partition(".")[0] in _TAKEN:
        raise ConfigError(f"transform: {name}: Python or loglake has a module of that name: give yours another one.")
    place = folder.joinpath(*module.split("."))
    path = next((each for each in (place.with_suffix(".py"), place / "__init__.py") if each.is_file()), None)
    if path is None:
        raise ConfigError(
            f"transform: {name}: there is no {place.with_suffix('.py')}. The package has to be in the folder of the "
            "datasets file."
        )
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except (SyntaxError, ValueError) as error:
        raise ConfigError(f"transform: {name}: {path} is not Python: {error}.") from error
    if function not in set(_defined(tree)):
        raise ConfigError(f"transform: {name}: {path} defines no {function}.")


def _defined(tree: ast.Module) -> Iterator[str]:
    """The names that a module defines at its top level."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (each.asname or each.name for each in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
