"""Users from CSV, JSON Lines or Parquet, as a stream: a file of any size takes the memory of a block."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, TypeAlias, get_args

from pinpoint_users._files.columns import Columns
from pinpoint_users._files.configurations import pairs_of_rows
from pinpoint_users._files.csv_rows import MAX_LINE, CSVReader, Rows
from pinpoint_users._files.faults import BadLine, FileFault, FileFaultsError
from pinpoint_users._files.objects import UserLine, Written, has_floats, read_object
from pinpoint_users._files.source import BOM, Source, encoding_fault, file_fault, name_of, opened, undecodable
from pinpoint_users._shapes.json_text import read_json
from pinpoint_users.errors import ValidationError
from pinpoint_users.messages.request import EndpointSendConfiguration

UserFormat: TypeAlias = Literal["csv", "jsonl", "parquet"]
"""The formats of files of users."""
Pair: TypeAlias = tuple[str, EndpointSendConfiguration]


class UserRows(NamedTuple):
    """Users of many lines of CSV, one line each, before anything is made of them."""

    first_line: int
    columns: Columns
    rows: list[list[str]]

    def pairs(self) -> Iterator[Pair]:
        """The users; to be asked for once, as the rows are used up."""
        if self.columns.is_plain:
            return pairs_of_rows(self.rows, self.columns.id_at, self.columns.variable_names)
        return ((row[self.columns.id_at], self.columns.configuration(row)) for row in self.rows)


_NUL = "has a NUL character: the file is damaged, or isn't a text file"

Part: TypeAlias = UserRows | UserLine | BadLine


def read_users(source: Source, *, format: UserFormat | None = None) -> Iterator[UserLine | BadLine]:  # noqa: A002 - the field's word
    """The users of a file, as they are asked for.

    Args:
        source: A path, `-` for standard input, or an open binary file; packed by gzip or not. Parquet is a path or a file that
            can be sought in.
        format: By default what the content says: Parquet by its mark, JSON Lines by its first bracket, else CSV.

    Yields:
        Users, and the lines that make none.

    Raises:
        FileFaultsError: The file can't be opened, unpacked or read, or its first line doesn't name the columns.
    """
    for part in read_parts(source, format=format):
        if isinstance(part, UserRows):
            for line, (user_id, configuration) in enumerate(part.pairs(), part.first_line):
                yield UserLine(user_id, configuration, line)
        else:
            yield part


def pairs_of(
    source: Source,
    *,
    format: UserFormat | None = None,  # noqa: A002 - as above
    on_bad_line: Callable[[BadLine], object],
) -> Iterator[Pair]:
    """The users of a file as `send` and `stream` take them, for a run: the fastest way through a file.

    Args:
        source: As for `read_users`.
        format: As for `read_users`.
        on_bad_line: Told of each line that makes no user, in the order of the file. What it raises ends the reading.

    Raises:
        FileFaultsError: As from `read_users`.
    """
    for part in read_parts(source, format=format):
        if isinstance(part, UserRows):
            yield from part.pairs()
        elif isinstance(part, UserLine):
            yield part.user_id, part.configuration
        else:
            on_bad_line(part)


def read_parts(source: Source, *, format: UserFormat | None = None) -> Iterator[Part]:  # noqa: A002 - as above
    """The same, with usual lines of CSV by the hundreds.

    Raises:
        FileFaultsError: As from `read_users`.
        ValueError: The format is none.
    """
    if format is not None and format not in get_args(UserFormat):
        raise ValueError(f"{format!r} isn't a format; allowed: {', '.join(get_args(UserFormat))}")
    name = name_of(source)
    with opened(source) as file:
        start = file.peek(64)
        told = format or _format_of(start)
        if told == "parquet":
            from pinpoint_users._files.parquet import parquet_parts  # noqa: PLC0415 - it imports pyarrow

            yield from parquet_parts(name, file)
            return
        fault = encoding_fault(name, start)
        if fault is not None:
            raise fault
        yield from _json_parts(name, file) if told == "jsonl" else _csv_parts(name, file)


def _format_of(start: bytes) -> UserFormat:
    if start[:4] == b"PAR1":
        return "parquet"
    return "jsonl" if start.removeprefix(BOM).lstrip()[:1] in {b"{", b"["} else "csv"


def _csv_parts(name: str, file: io.BufferedReader) -> Iterator[Part]:
    reader = CSVReader(name, file)
    columns = reader.columns
    yield UserRows(1, columns, [])  # tells the columns
    for part in reader:
        if isinstance(part, BadLine):
            yield part
        elif isinstance(part, Rows) and columns.raw_at is None:
            yield UserRows(part.first_line, columns, part.rows)
        elif isinstance(part, Rows):
            for line, cells in enumerate(part.rows, part.first_line):
                yield _user_line(name, columns, line, cells)
        else:
            yield _user_line(name, columns, part.line, part.cells)


def _user_line(name: str, columns: Columns, line: int, cells: list[str]) -> UserLine | BadLine:
    user_id = cells[columns.id_at]
    try:
        return UserLine(user_id, columns.configuration(cells), line)
    except ValidationError as error:
        return BadLine(line, tuple(FileFault(name, line, fault.path, fault.problem) for fault in error.faults), user_id)


def _json_parts(name: str, file: io.BufferedReader) -> Iterator[Part]:
    number = 0
    while text := file.readline(MAX_LINE):
        number += 1
        if len(text) == MAX_LINE and not text.endswith(b"\n"):
            while (more := file.readline(MAX_LINE)) and not more.endswith(b"\n"):
                pass
            yield _bad(name, number, f"is longer than {MAX_LINE:,} bytes: a line is one user")
            continue
        text = text.removeprefix(BOM) if number == 1 else text
        try:
            data = read_json(text)
            if has_floats(data):
                data = json.loads(text, parse_float=Written.of)
        except UnicodeDecodeError as error:
            yield _bad(name, number, _NUL if b"\0" in text else undecodable(error))
        except (ValueError, RecursionError) as error:
            if text.strip():
                yield _bad(name, number, _json_problem(text, error))
        else:
            if number == 1 and isinstance(data, list):
                raise file_fault(name, "is a JSON array: write one user a line, as `jq -c '.[]'` does", 1)
            yield read_object(name, number, data)


def _json_problem(text: bytes, error: Exception) -> str:
    if b"\0" in text:
        return _NUL
    if isinstance(error, RecursionError):
        return "is nested too deeply: a line is one user, {…}"
    if text.strip() == b"[" or text.strip() in {b"{", b"{}"}:
        return "isn't JSON by itself: write each user on one line, as `jq -c` does"
    reason = f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "a number is too long"
    return f"isn't JSON ({reason}): a line is one user, {{…}}, and ends with its bracket"


def _bad(name: str, line: int, problem: str) -> BadLine:
    return BadLine(line, (FileFault(name, line, "", problem),))


__all__ = ["BadLine", "FileFaultsError", "UserFormat", "UserLine", "UserRows", "pairs_of", "read_parts", "read_users"]
