from __future__ import annotations

import pytest

from ingestion.door.dialect import parse_dialect
from ingestion.door.reading import FillDown, Reading
from ingestion.errors import UserError


def reading(text: str) -> Reading:
    return parse_dialect(text, name="x", where="x.yml").read


def test_a_dialect_without_the_section_is_read_as_before() -> None:
    assert reading("description: x") == reading("read: {}") == Reading()


def test_every_option_is_read() -> None:
    assert reading(
        """
        read:
          format: csv
          encoding: Latin-1
          delimiter: ";"
          header: yes
          columns: [a, b]
          skip_lines: 3
          comment: "#"
          records: data.orders
          fill_down: {by: Name, columns: [Email, Currency]}
          null_values: ["-", "\\\\N"]
          decimal: ","
          thousands: "."
          identical_rows: each
        """
    ) == Reading(
        "csv",
        "iso8859-1",
        ";",
        True,
        ("a", "b"),
        3,
        "#",
        ("data", "orders"),
        FillDown("Name", ("Email", "Currency")),
        frozenset({"-", "\\N"}),
        ",",
        ".",
        "each",
    )


def test_columns_mean_that_there_is_no_header() -> None:
    assert not reading("read: {columns: [a]}").header
    assert reading("read: {columns: [a], header: yes}").header


def test_the_format_may_stand_at_the_top() -> None:
    assert reading("format: parquet").format == "parquet"
    assert reading("{format: csv, read: {format: json}}").format == "json"


def test_a_null_that_yaml_reads_is_the_word_null() -> None:
    assert reading("read: {null_values: [NULL, NA]}").null_values >= {"NULL", "null", "NA"}


def test_a_tab_may_be_named() -> None:
    assert reading("read: {delimiter: tab}").delimiter == reading('read: {delimiter: "\\t"}').delimiter == "\t"


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            "{encodign: utf-8}",
            r"x\.yml:1: read has an unknown key 'encodign' \(did you mean encoding\?\): valid keys are",
        ),
        ("[a]", "read must be a mapping"),
        ("{encoding: klingon}", "read: encoding 'klingon' is no text encoding"),
        ("{encoding: base64}", "read: encoding 'base64' is no text encoding"),
        ('{delimiter: "::"}', "read: delimiter must be one character"),
        ("{format: xml}", "read: format must be one of csv, json, parquet"),
        ("{header: maybe}", "read: header must be yes or no"),
        ("{columns: [a, a]}", "read: columns names a column twice"),
        ("{skip_lines: -1}", "read: skip_lines must be a number of lines"),
        ("{fill_down: [a]}", r"read: fill_down must be of the form \{by: column"),
        ('{decimal: ",", thousands: ","}', "read: thousands must not be the decimal mark"),
        ("{decimal: comma}", "read: decimal must be one character"),
        ("{identical_rows: two}", "read: identical_rows must be one of one, each"),
    ],
)
def test_an_error_names_the_file_and_the_key(section: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        reading(f"read: {section}")
