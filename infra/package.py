"""Builds everything that the jobs run on AWS: ``python -m infra.package FOLDER``; `make package` calls it.

That is wheels, launchers, their SHA-256 and a bill of materials. The same input gives the same bytes. SOURCE_DATE_EPOCH
sets the time of the files. `loglake deploy` builds the same by itself.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from infra.bill_of_materials import bill_of_materials
from loglake_cli.deploy.packaged_files import downloaded_wheels
from loglake_cli.deploy.packaging import SUMS, build_package, write_package


def main() -> None:
    """Writes the files into a folder, and prints their names and sizes.

    Raises:
        ConfigError: pip can't get a wheel that Glue lacks.
    """
    parser = argparse.ArgumentParser(prog="python -m infra.package", description="Builds what the jobs run on AWS.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    built = build_package(downloaded_wheels())
    paths = write_package([*built.files, bill_of_materials(built)], folder)
    for path in paths:
        print(f"{path.stat().st_size:>10,}  {path.name}")
    print(f"{len(paths)} files in {folder}; {SUMS} has the SHA-256 of each.")


if __name__ == "__main__":
    main()
