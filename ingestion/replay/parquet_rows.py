"""Reads Parquet files as JSON records, nested columns too. DuckDB reads them, a part at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ingestion.door.scrub import scrub_text
from ingestion.errors import UserError
from ingestion.replay.raw_lines import RawLine

ROWS_AT_ONCE: Final = 2_048
_value: Final = re.compile('value ".*"').sub


class ParquetFile:
    """A Parquet file.

    Attributes
    ----------
    columns
        Names of its columns.
    row_count
        How many rows it has.
    rows_read
        How many of them were read.
    """

    def __init__(self, path: str) -> None:
        """Open a file.

        Raises
        ------
        UserError
            It is no Parquet file, or is damaged.
        """
        # imported here, since no other format needs it
        import duckdb

        self._error = duckdb.Error
        self._path = path
        self.rows_read = 0
        self._connection = duckdb.connect()
        # times without a zone stay so; those with one are written in UTC, whatever the zone of this machine
        self._connection.execute("set TimeZone = 'UTC'; set preserve_insertion_order = true; set threads = 1")
        try:
            counted = self._connection.execute("select num_rows from parquet_file_metadata(?)", [path]).fetchone()
            described = self._connection.execute("describe select * from read_parquet(?)", [path]).fetchall()
        except duckdb.Error as error:
            raise UserError(f"{path} is a Parquet file that cannot be read: {_first_line(error)}") from error
        self.row_count: int = counted[0] if counted else 0
        self.columns = [str(name) for name, *_ in described]

    def records(self) -> Iterator[RawLine]:
        """Every row as an object of JSON.

        Raises
        ------
        OSError
            The rest of the file cannot be read.
        """
        try:
            rows = self._connection.execute(
                "select to_json(columns_of_file)::varchar from read_parquet(?) as columns_of_file", [self._path]
            )
            while page := rows.fetchmany(ROWS_AT_ONCE):
                for (text,) in page:
                    self.rows_read += 1
                    record = text.encode()
                    yield RawLine(self.rows_read, record, len(record))
        except self._error as error:
            raise OSError(f"{_first_line(error)} (after row {self.rows_read:,})") from error
        finally:
            self._connection.close()


def _first_line(error: Exception) -> str:
    """What DuckDB says, without the value that it quotes and without addresses in the name of the file."""
    return scrub_text(_value('value "..."', str(error).splitlines()[0]))
