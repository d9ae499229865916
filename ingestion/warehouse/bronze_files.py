"""Where DuckDB finds the objects of bronze, as variables of SQL for the macros and the source.

A build reads the folder that the commands write, whatever its name. In DuckDB's patterns * ? [ and \\ have a meaning, a
? hides the ending .gz, and a folder such as `k=v` becomes a column. A path with any of these is read through a link in
a temporary folder, because not all of them can be escaped.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Final

import duckdb

from ingestion.errors import UserError
from ingestion.lake.lake_sink import BRONZE_EVENTS
from ingestion.warehouse.chosen_objects import name_that_is_no_text
from ingestion.warehouse.project import PROJECT

_stands_for_itself: Final = re.compile(r"[^*?\[\]{}\\=\x00-\x1f\ud800-\udfff]*").fullmatch
# An empty object, so that a lake without objects can be read.
_EMPTY: Final = "models/bronze/empty"
_IN_HOURS: Final = "dt=*/hour=*/*.gz"
# Objects elsewhere are looked for to be named: nothing reads them.
_ANYWHERE: Final = ("*.gz", "*/*.gz", "*/*/*.gz", "*/*/*/**/*.gz")


class BronzeFiles:
    """The lake as DuckDB sees it, for as long as a build lasts.

    Parameters
    ----------
    lake
        The folder, as `lake_folder` returns it.
    """

    def __init__(self, lake: Path) -> None:
        self._links: tempfile.TemporaryDirectory[str] | None = None
        self.lake = lake.absolute()
        events = f"{self._readable(self.lake, 'lake')}/{BRONZE_EVENTS.as_posix()}"
        empty = f"{self._readable(PROJECT, 'project')}/{_EMPTY}/dt=0001-01-01/hour=00/none.json"
        self._patterns = {
            "bronze_objects": [f"{events}/{_IN_HOURS}", empty],
            "bronze_objects_anywhere": [f"{events}/{pattern}" for pattern in _ANYWHERE],
        }

    def set_variables(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Set bronze_objects and bronze_objects_anywhere, lists of patterns; a cursor has variables of its own."""
        for name, patterns in self._patterns.items():
            cursor.execute(f"set variable {name} = ?", [patterns])

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Create the functions for all cursors of this connection."""
        connection.create_function("lake_folder", self.shown, [], "VARCHAR", side_effects=True)
        connection.create_function("lake_is_missing", self.is_missing, [], "BOOLEAN", side_effects=True)
        connection.create_function("name_that_is_no_text", self.name_that_is_no_text, [], "VARCHAR", side_effects=True)

    def shown(self) -> str:
        """The absolute path of the lake, for a person; bytes that are not UTF-8 are replaced."""
        return os.fsencode(self.lake).decode(errors="replace")

    def is_missing(self) -> bool:
        """Whether there is no folder."""
        return not self.lake.is_dir()

    def name_that_is_no_text(self) -> str:
        """The first path in bronze that DuckDB cannot list, or an empty text."""
        return name_that_is_no_text(str(self.lake / BRONZE_EVENTS))

    def _readable(self, folder: Path, name: str) -> Path:
        """The folder, or a link to it whose path has no character that DuckDB reads otherwise."""
        if _stands_for_itself(str(folder)):
            return folder
        if self._links is None:
            self._links = tempfile.TemporaryDirectory(prefix="shoplake-")
        link = Path(self._links.name, name)
        if not _stands_for_itself(str(link)):
            raise UserError(f"{folder} must be read through a link in {link.parent}: set TMPDIR to a plainer path")
        link.symlink_to(folder, target_is_directory=True)
        return link
