"""How many statements folders of Python code have: ``python -m infra.statements FOLDER...``.

A statement is an `ast.stmt`, wherever it is nested. Unlike lines, they don't depend on comments and formatting.
"""

from __future__ import annotations

import argparse
import ast
from collections import Counter
from pathlib import Path

# `glue_jobs/loglake/core` has a line of its own, with all that is below it.
_DEPTH = 3


def statements(folder: Path) -> Counter[str]:
    """The statements of all Python files below a folder, by package.

    Files that stand beside packages count for the folder that they are in.

    Raises:
        SyntaxError: a file is not Python.
    """
    counts: Counter[str] = Counter()
    for file in folder.rglob("*.py"):
        package = Path(folder.name, *file.relative_to(folder).parent.parts)
        nodes = ast.walk(ast.parse(file.read_bytes()))
        counts[str(Path(*package.parts[:_DEPTH]))] += sum(isinstance(node, ast.stmt) for node in nodes)
    return counts


def main() -> None:
    """Prints a line for each package, and one for all."""
    parser = argparse.ArgumentParser(prog="python -m infra.statements", description="Counts the statements of folders.")
    parser.add_argument("folder", nargs="+", type=Path)
    counts: Counter[str] = Counter()
    for folder in parser.parse_args().folder:
        counts.update(statements(folder.resolve()))
    for name, count in [*sorted(counts.items()), ("all", counts.total())]:
        print(f"{name:<40} {count:>7,}")


if __name__ == "__main__":
    main()
