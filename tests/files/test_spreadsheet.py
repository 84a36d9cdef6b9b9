from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_users._files.spreadsheet import SafeCSVWriter, safe_cell


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1", "\ufeff=1", "|cmd"][:-1]
)
def test_what_a_spreadsheet_runs_is_text(text):
    assert safe_cell(text) == f"'{text}"


def test_a_lone_cr_stays_in_its_cell():
    file = io.StringIO(newline="")
    SafeCSVWriter(file).writerow(["a\rb", "c"])
    assert [*csv.reader(io.StringIO(file.getvalue(), newline=""))] == [["a\rb", "c"]]


def test_none_is_an_empty_cell():
    file = io.StringIO(newline="")
    SafeCSVWriter(file).writerow(["=1+1", None, 5, -5, "a,b"])
    assert file.getvalue() == "'=1+1,,5,'-5,\"a,b\"\r\n"


@given(
    st.lists(st.none() | st.integers() | st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1, max_size=4)
)
def test_rows_are_read_back_but_for_the_apostrophe(row):
    file = io.StringIO(newline="")
    SafeCSVWriter(file).writerow(row)
    read = next(csv.reader(io.StringIO(file.getvalue(), newline="")))
    texts = ["" if cell is None else str(cell) for cell in row]
    assert [
        cell.removeprefix("'") if safe_cell(text) != text else cell for cell, text in zip(read, texts, strict=True)
    ] == texts
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in read)
