"""Writes the notebooks' output into docs/notebooks/: one page per notebook, and its charts."""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbconvert import MarkdownExporter
from PIL import Image
from support.local.notebooks import NOTEBOOKS, Kernel, finished_run, jupyter_below

EVENTS, INVOCATIONS = 12_000, 900
MOST_BYTES = 50_000
_COLOURS = 64
_SHOWN = ["image/png", "text/plain"]
"""Of an output that has several forms, the first of these: a table as text looks the same everywhere."""


def main() -> int:
    """Runs all notebooks on a finished run. Returns 1 if a picture is too large."""
    (docs,) = map(Path, sys.argv[1:])
    docs.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="loglake-") as folder:
        keep = Path(folder) / "run" / "kept"
        finished_run(keep, EVENTS, INVOCATIONS)
        with jupyter_below(Path(folder) / "jupyter", keep=keep), Kernel() as kernel:
            written = [
                file for path in sorted(NOTEBOOKS.glob("*.ipynb")) for file in page(kernel.run(path), path, docs)
            ]
    for old in {*docs.iterdir()} - {*written}:
        old.unlink()
    too_large = [path for path in written if path.stat().st_size > MOST_BYTES]
    for path in too_large:
        print(f"{path} has more than {MOST_BYTES:,} bytes", file=sys.stderr)
    return 1 if too_large else 0


def page(notebook: Any, path: Path, docs: Path) -> list[Path]:
    """Writes the page of an executed notebook and its charts; returns their files."""
    exporter = MarkdownExporter()
    exporter.config.NbConvertBase.display_data_priority = _SHOWN
    names = {"unique_key": path.stem, "output_files_dir": "."}
    text, resources = MarkdownExporter(config=exporter.config).from_notebook_node(notebook, resources=names)
    title, _, rest = text.strip().replace("![png](./", "![Chart](").partition("\n")
    source = f"[{path.name}](../../notebooks/{path.name})"
    more = "See [Notebooks](../start/notebooks.md)."
    said = f"*This is what the notebook {source} shows on a run that is made for it. {more}*\n"
    written = docs / f"{path.stem}.md"
    written.write_text("\n".join(_tidy(f"{title}\n\n{said}{rest}".splitlines())) + "\n", encoding="utf-8")
    return [written, *(_picture(docs / Path(name).name, content) for name, content in resources["outputs"].items())]


def _picture(path: Path, content: bytes) -> Path:
    """Writes a chart with no more colours than it needs: it looks the same at a third of the size."""
    Image.open(io.BytesIO(content)).convert("RGB").quantize(_COLOURS).save(path, optimize=True)
    return path


def _tidy(lines: list[str]) -> Iterator[str]:
    """Removes trailing spaces and, outside of code, repeated empty lines."""
    code, before = False, ""
    for line in map(str.rstrip, lines):
        code ^= line.startswith("```")
        if line or before or code:
            yield line
        before = line


if __name__ == "__main__":
    sys.exit(main())
