"""How many statements folders of Python code have: ``python -m infra.statements FOLDER...``.

A statement is an `ast.stmt`, wherever it is nested. Unlike lines, they don't depend on comments and formatting.
"""

from __future__ import annotations

import argparse
import ast
from pathlib import Path


def statements(folder: Path) -> int:
    """The statements of all Python files below a folder.

    Raises:
        SyntaxError: a file is not Python.
    """
    trees = (ast.parse(file.read_bytes()) for file in folder.rglob("*.py"))
    return sum(isinstance(node, ast.stmt) for tree in trees for node in ast.walk(tree))


def main() -> None:
    """Prints a line for each folder, and one for all."""
    parser = argparse.ArgumentParser(prog="python -m infra.statements", description="Counts the statements of folders.")
    parser.add_argument("folder", nargs="+", type=Path)
    counts = {str(folder): statements(folder) for folder in parser.parse_args().folder}
    for name, count in {**counts, "all": sum(counts.values())}.items():
        print(f"{name:<40} {count:>7,}")


if __name__ == "__main__":
    main()
