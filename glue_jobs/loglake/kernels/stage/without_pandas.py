"""Arrow without pandas, for a process that works on arrays only.

pyarrow imports pandas, if it is installed, when the first array is made. That takes two fifths of the processor time in
which a worker starts. pyarrow looks for it just once: if pandas seems not to be there then, pyarrow goes on without it.
"""

from __future__ import annotations

import sys
from typing import Any

import pyarrow as pa


class _NotThere:
    """A finder of modules that denies pandas."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        """As `importlib.abc.MetaPathFinder.find_spec`."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def leave_out_pandas() -> None:
    """Has pyarrow go on without pandas in this process, until somebody calls `Table.to_pandas`.

    Call it before anything makes an array. From then on `pyarrow.array` takes a pandas Series for any sequence, so a
    NaN in it is no null.
    """
    finder: Any = _NotThere
    sys.meta_path.insert(0, finder)
    try:
        pa.array([None])
    finally:
        sys.meta_path.remove(finder)
