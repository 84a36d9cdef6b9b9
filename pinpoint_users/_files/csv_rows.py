"""CSV in blocks: rows by the hundreds where nothing is unusual, and one by one, with their lines, where something is."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import attrs

from pinpoint_users._files.columns import Columns, columns_of, problem_of_ends
from pinpoint_users._files.faults import BadLine, FileFault, FileFaultsError
from pinpoint_users._files.source import BOM, file_fault, undecodable

_BLOCK = 1 << 14
"""Bytes that are read at a time: few enough that the rows made of them stay in the processor's cache."""
_OF_EXCEL = re.compile(r'"?sep=.?"?', re.IGNORECASE)
MAX_LINE = 1 << 20
"""Bytes of a line."""
MAX_QUOTED_LINES = 100
"""Lines that a quoted value may go over."""
DELIMITERS = (",", ";", "\t")
_UNSEEN = r"\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
_BLANK_ENDS = re.compile(rf"(?:[^\S\n]|[{_UNSEEN}])\n|\n(?:[^\S\n]|[{_UNSEEN}])")


@attrs.frozen
class Rows:
    """Rows that have a cell for each column and an ID, each of one line, one after another."""

    first_line: int
    rows: list[list[str]]


@attrs.frozen
class Row:
    """A row, where it isn't like that."""

    line: int
    cells: list[str]


Part: TypeAlias = Rows | Row | BadLine


class CSVReader:
    """Reads a CSV file.

    Args:
        name: The file's name.
        file: Its bytes.

    Raises:
        FileFaultsError: Its first line doesn't name the columns.
    """

    def __init__(self, name: str, file: io.BufferedReader) -> None:
        self._name = name
        self._file = file
        self._line = 1
        self._rest = b""
        self._is_at_end = False
        self._delimiter = ","
        self.columns = self._read_header()

    def __iter__(self) -> Iterator[Part]:
        """The rows after the first line.

        Yields:
            Rows as they are usual, single rows, and lines that are none. Rows whose cells are all empty are passed over.
        """
        while True:
            block = self._next_block()
            if block is None:
                return
            if isinstance(block, BadLine):
                yield block
                continue
            rows = self._usual(block)
            if rows is not None:
                yield Rows(self._line, rows)
                self._line += len(rows)
            else:
                yield from self._one_by_one(block)

    # --- blocks

    def _next_block(self) -> bytes | BadLine | None:
        """Whole lines; what comes after them is kept for the next time."""
        while True:
            data = b"" if self._is_at_end else self._file.read(_BLOCK)
            self._is_at_end = not data
            block = self._rest + data
            if self._is_at_end:
                self._rest = b""
                return block or None
            end = block.rfind(b"\n") + 1
            if end:
                self._rest = block[end:]
                return block[:end]
            self._rest = block
            if len(block) > MAX_LINE:
                self._skip_line()
                return self._bad(f"is longer than {MAX_LINE:,} bytes: lines end with a line feed, and a row isn't that long", 1)

    def _skip_line(self) -> None:
        self._rest = b""
        while not self._rest and (data := self._file.read(_BLOCK)):
            _, found, after = data.partition(b"\n")
            if found:
                self._rest = after
                return

    def _bad(self, problem: str, lines: int, path: str = "", user_id: str | None = None) -> BadLine:
        """The fault of a line that was read, and that many lines taken as read."""
        bad = BadLine(self._line, (FileFault(self._name, self._line, path, problem),), user_id)
        self._line += lines
        return bad

    # --- the first line

    def _read_header(self) -> Columns:
        for _ in range(MAX_QUOTED_LINES):
            block = self._next_block()
            if block is None or isinstance(block, BadLine):
                problem = "is empty: the first line names the columns, such as user_id,code"
                raise file_fault(self._name, problem) if block is None else FileFaultsError(block.faults)
            if b"\n" not in block and b"\r" in block.rstrip(b"\r"):
                raise file_fault(self._name, "ends its lines with CR alone: save it with LF or CRLF", 1)
            lines = block.removeprefix(BOM if self._line == 1 else b"").split(b"\n")
            text, taken = self._header_text(lines)
            self._line += taken
            after = b"\n".join(lines[taken:])
            if self._is_at_end and not after:
                self._rest = b""
            else:
                # What comes after the header is read again, with what was left of the block.
                self._rest = after + self._rest
                self._is_at_end = False
            if text.strip():
                return self._columns(text, self._line - taken)
        raise file_fault(self._name, "begins with empty lines only: the first line names the columns", 1)

    def _header_text(self, lines: Sequence[bytes]) -> tuple[str, int]:
        """The header, and the lines that it takes: more than one where a name in quotes has line breaks."""
        taken = 1
        while b"\n".join(lines[:taken]).count(b'"') % 2 and taken < min(len(lines), MAX_QUOTED_LINES):
            taken += 1
        header = b"\n".join(lines[:taken])
        try:
            text = header.decode()
        except UnicodeDecodeError as error:
            raise file_fault(self._name, undecodable(error), self._line) from None
        if "\0" in text:
            raise file_fault(self._name, "has a NUL character: this isn't a text file, or it is damaged", self._line)
        return text, taken

    def _columns(self, text: str, line: int) -> Columns:
        if _OF_EXCEL.fullmatch(text.strip()):
            raise file_fault(self._name, "is Excel's note of its delimiter, and no CSV: take the line out", line)
        headers: dict[str, list[str]] = {}
        for delimiter in DELIMITERS:
            with contextlib.suppress(csv.Error):
                headers[delimiter] = next(csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, strict=True))
        if not headers:
            raise file_fault(self._name, "names its columns in what isn't CSV: look at the quotes", line)
        with_id = [each for each, names in headers.items() if {"user_id", "UserId"} & {name.strip() for name in names}]
        self._delimiter = with_id[0] if with_id else max(headers, key=lambda each: len(headers[each]))
        found = columns_of(self._name, line, headers[self._delimiter])
        if isinstance(found, list):
            raise FileFaultsError(found)
        return found

    # --- rows

    def _usual(self, block: bytes) -> list[list[str]] | None:
        """The rows of a block in which nothing is unusual; else None."""
        columns = self.columns
        if columns.nameless or b"\0" in block:
            return None
        try:
            text = block.decode()
            rows = list(csv.reader(io.StringIO(text, newline="\n"), delimiter=self._delimiter, strict=True))
        except (UnicodeDecodeError, csv.Error):
            return None
        lines = text.count("\n") + (not text.endswith("\n"))
        if len(rows) != lines or {*map(len, rows)} != {len(columns.names)}:
            return None
        at = columns.id_at
        return None if _has_odd_id("\n".join([row[at] for row in rows])) else rows

    def _one_by_one(self, block: bytes) -> Iterator[Row | BadLine]:
        lines = block.split(b"\n")
        if lines[-1] == b"":
            del lines[-1]
        at = 0
        while at < len(lines):
            taken, found = self._record(lines, at)
            if taken == 0:
                self._rest = b"\n".join([*lines[at:], b""]) + self._rest
                return
            if isinstance(found, str):
                yield self._bad(found, 1)
                at += 1
                continue
            at += taken
            line = self._line
            self._line += taken
            if any(found):
                yield self._checked(line, found)

    def _record(self, lines: Sequence[bytes], at: int) -> tuple[int, list[str] | str]:
        """How many lines the row at a line takes, none if it isn't whole; and the row, or what is wrong with that line."""
        texts: list[str] = []
        while True:
            raw = lines[at + len(texts)]
            try:
                text = raw.decode()
            except UnicodeDecodeError as error:
                return 1, undecodable(error) if not texts else "has an open quote before a line that isn't UTF-8"
            if "\0" in text:
                return 1, "has a NUL character: the file is damaged, or isn't a text file"
            texts.append(text + "\n")
            try:
                return len(texts), next(csv.reader(texts, delimiter=self._delimiter, strict=True))
            except csv.Error as error:
                is_open = "unexpected end" in str(error)
                if not is_open or len(texts) == MAX_QUOTED_LINES:
                    return 1, _fault(error, is_open=is_open)
                if at + len(texts) == len(lines):
                    if self._is_at_end:
                        return 1, "isn't CSV (a quote is open to the end of the file): close it"
                    return 0, ""

    def _checked(self, line: int, cells: list[str]) -> Row | BadLine:
        columns = self.columns
        user_id = cells[columns.id_at] if columns.id_at < len(cells) else None
        problem, path = "", ""
        if len(cells) != len(columns.names):
            several = (
                "a value with the delimiter in it is written in quotes" if len(cells) > len(columns.names) else "add the others"
            )
            problem = f"has {len(cells)} values for {len(columns.names)} columns: {several}"
        elif user_id and (at_ends := problem_of_ends(user_id)):
            problem, path = at_ends, "user_id"
        elif not user_id:
            problem, path = "is empty: give the user's ID, or take the line out", "user_id"
        elif any(cells[at] for at in columns.nameless):
            problem = "has a value in a column without a name: name the column in the first line"
        if problem:
            return BadLine(line, (FileFault(self._name, line, path, problem),), user_id)
        return Row(line, cells)


def _has_odd_id(ids: str) -> bool:
    """Whether one of the IDs, a line each, is empty or has blanks at its ends."""
    framed = f"\n{ids}\n"
    if "\n\n" in framed:
        return True
    return (" " in ids or "\t" in ids or not ids.isascii()) and _BLANK_ENDS.search(framed) is not None


def _fault(error: csv.Error, *, is_open: bool) -> str:
    if "field limit" in str(error):
        return f"has a value longer than {csv.field_size_limit():,} characters: shorten it, or write JSON Lines"
    reason = f"a quote is open for {MAX_QUOTED_LINES} lines" if is_open else str(error)
    return f"isn't CSV ({reason}): a value with a quote is written in quotes, with that quote twice"
