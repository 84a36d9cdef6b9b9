"""CSV that people open in spreadsheets: what would run as a formula is text there."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import IO

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With what a cell begins that a spreadsheet runs. Source: OWASP, CSV Injection."""


def safe_cell(value: str) -> str:
    """The text of a cell that no spreadsheet runs: an apostrophe before what would begin a formula.

    A number, such as -5 or a phone number, has the apostrophe too: which of them a program would run isn't known.
    """
    return f"'{value}" if value.lstrip(" \xa0\ufeff").startswith(_STARTS) else value


class SafeCSVWriter:
    """Writes rows as CSV in which no cell is run.

    Args:
        file: An open text file; open it with `newline=""`.
    """

    def __init__(self, file: IO[str]) -> None:
        self._writer = csv.writer(file)  # ends lines with CRLF, as RFC 4180 has it, so that a lone CR is put in quotes too

    def writerow(self, row: Iterable[object]) -> None:
        """Writes one row; None is an empty cell, and what is no string is written as `str` has it."""
        self._writer.writerow(["" if cell is None else safe_cell(str(cell)) for cell in row])
