"""Reading the files that endpoints come in: JSON lines or CSV, plain or gzip, told by their content."""

from __future__ import annotations

import csv
import gzip
import io
import os
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from pinpoint_users._shapes.converters import is_text, near_misses
from pinpoint_users._shapes.json_text import read_json
from pinpoint_users.directory.importing import Line, read_line
from pinpoint_users.endpoints.endpoint import try_fast_read

_GZIP, _BOM, _UTF_16 = b"\x1f\x8b", b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
_OPEN_QUOTE_LINES = 20
"""Lines that a quoted value may go over."""
_DEMOGRAPHIC = ("AppVersion", "Locale", "Make", "Model", "ModelVersion", "Platform", "PlatformVersion", "Timezone")
_LOCATION = ("City", "Country", "Latitude", "Longitude", "PostalCode", "Region")
_SINGLE = (
    "Address",
    "ApplicationId",
    "ChannelType",
    "CohortId",
    "CreationDate",
    "EffectiveDate",
    "EndpointStatus",
    "Id",
    "OptOut",
    "RequestId",
    "User.UserId",
    *(f"Demographic.{name}" for name in _DEMOGRAPHIC),
    *(f"Location.{name}" for name in _LOCATION),
)
_MANY = ("Attributes", "User.UserAttributes", "Metrics")
_BY_LOWER = {name.lower(): name for name in _SINGLE}
_WORDS = {"ChannelType", "EndpointStatus", "OptOut"}
_NUMBERS = {"Location.Latitude", "Location.Longitude"}


def lines_of_file(file: str | os.PathLike[str] | IO[bytes]) -> Iterator[Line]:
    """The lines of a file, read as they are asked for.

    Raises:
        OSError: It can't be opened.
    """
    if isinstance(file, (str, os.PathLike)):
        path = Path(file)
        with path.open("rb") as opened:
            yield from _lines(path.name, opened)
    else:
        name = getattr(file, "name", None)
        yield from _lines(Path(name).name if isinstance(name, str) else "file", file)


def _lines(source: str, file: IO[bytes]) -> Iterator[Line]:
    buffered = cast("io.BufferedReader", file if hasattr(file, "peek") else io.BufferedReader(cast("Any", file)))
    number = 0
    try:
        if buffered.peek(2)[:2] == _GZIP:
            # The file as it is unpacked has a buffer of its own, whose start can be looked at.
            lines = _plain_lines(source, cast("io.BufferedReader", gzip.GzipFile(fileobj=buffered)))
        else:
            lines = _plain_lines(source, buffered)
        for line in lines:
            number = line.number
            yield line
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        problem = f"the file can't be unpacked from here on ({error}): get it again, what came before is imported"
        yield Line(source, number + 1, problem=problem)
    finally:
        if buffered is not file:
            buffered.detach()


def _plain_lines(source: str, file: io.BufferedReader) -> Iterator[Line]:
    start = file.peek(64)[:64]
    if start[:2] in _UTF_16:
        yield Line(source, 1, problem="is UTF-16: save the file as UTF-8")
    elif start.removeprefix(_BOM).lstrip()[:1] in (b"{", b""):
        yield from _json_lines(source, file)
    else:
        yield from _csv_lines(source, file)


# --- JSON lines


def _json_lines(source: str, file: Iterable[bytes]) -> Iterator[Line]:
    for number, text in enumerate(file, 1):
        try:
            data = read_json(text)
        except (ValueError, RecursionError) as error:
            unmarked = text.removeprefix(_BOM) if number == 1 else text
            if unmarked.strip():
                yield _unreadable(source, number, unmarked, error)
            continue
        endpoint = try_fast_read(data)
        yield read_line(source, number, data) if endpoint is None else Line(source, number, endpoint)


def _unreadable(source: str, number: int, text: bytes, error: Exception) -> Line:
    """What isn't JSON; but for the mark at the beginning of the file, it may be."""
    try:
        return read_line(source, number, read_json(text))
    except UnicodeDecodeError:
        return Line(source, number, problem="isn't UTF-8: save the file as UTF-8")
    except (ValueError, RecursionError):
        reason = "is nested too deeply" if isinstance(error, RecursionError) else "isn't JSON"
        return Line(source, number, problem=f"{reason}: a line is one endpoint, {{…}}, and ends with its bracket")


# --- CSV


class _Column(NamedTuple):
    """What a column sets: a member, and a name in it for what has many."""

    member: str
    name: str | None


def _csv_lines(source: str, file: io.BufferedReader) -> Iterator[Line]:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        columns: list[_Column | None] | None = None
        for number, row in _records(text):
            if isinstance(row, str):
                yield Line(source, number, problem=row)
            elif columns is None:
                columns, problems = _columns(row)
                for problem in problems:
                    yield Line(source, number, problem=problem)
                missing = {"Address", "ChannelType"} - {column.member for column in columns if column}
                if missing:
                    problem = f"has no column {' and none '.join(sorted(missing))}: the first line names the columns"
                    yield Line(source, number, problem=problem)
                    return
            elif any(row):
                yield _csv_line(source, number, columns, row)
    finally:
        text.detach()


def _records(lines: Iterator[str]) -> Iterator[tuple[int, list[str] | str]]:
    """The records, each with the number of its first line; or what is wrong with that line, and then the next one anew."""
    number, waiting = 0, deque[str]()
    while line := waiting.popleft() if waiting else next(lines, ""):
        number += 1
        taken = [line]
        while True:
            try:
                row = next(csv.reader(taken, strict=True))
            except csv.Error as error:
                is_open = "unexpected end" in str(error) and len(taken) < _OPEN_QUOTE_LINES
                more = (waiting.popleft() if waiting else next(lines, "")) if is_open else ""
                if more:
                    taken.append(more)
                    continue
                yield number, f"isn't CSV ({error}): a quote in a value is written twice"
                waiting.extendleft(reversed(taken[1:]))
            else:
                yield number, row if is_text("".join(row)) else "isn't UTF-8: save the file as UTF-8"
                number += len(taken) - 1
            break


def _columns(header: list[str]) -> tuple[list[_Column | None], list[str]]:
    columns: list[_Column | None] = []
    problems: list[str] = []
    for written in map(str.strip, header):
        column = _column(written)
        if column is None:
            problems.append(_advice(written))
        elif column.name is None and column in columns:
            problems.append(f"the column {column.member} is there twice: the first one counts")
            column = None
        columns.append(column)
    return columns, problems


def _column(written: str) -> _Column | None:
    member = _BY_LOWER.get(written.lower())
    if member is not None:
        return _Column(member, None)
    for many in _MANY:
        name = written[len(many) + 1 :]
        if name and written[: len(many) + 1].lower() == f"{many.lower()}.":
            return _Column(many, name)
    return None


def _advice(written: str) -> str:
    if not written:
        return "a column has no name: its values are left out"
    near = near_misses(written, list(_SINGLE)) or [name for name in _SINGLE if name.lower().endswith(f".{written.lower()}")]
    known = f"; did you mean {' or '.join(near)}?" if near else ""
    return (
        f"the column {written!r} is left out: write Attributes.{written} for what is known of the endpoint, or "
        f"User.UserAttributes.{written} of the user{known}"
    )


def _csv_line(source: str, number: int, columns: Sequence[_Column | None], row: Sequence[str]) -> Line:
    if len(row) > len(columns):
        problem = f"has {len(row)} values for {len(columns)} columns: a value with a comma is written in quotes"
        return Line(source, number, problem=problem)
    data: dict[str, Any] = {}
    for column, cell in zip(columns, row, strict=False):
        value = cell.strip()
        if column is not None and value:
            _set(data, column, value)
    return read_line(source, number, data)


def _set(data: dict[str, Any], column: _Column, value: str) -> None:
    member, name = column
    *outer, last = member.split(".")
    for step in outer:
        data = data.setdefault(step, {})
    if name is None:
        data[last] = value.upper() if member in _WORDS else _number(value) if member in _NUMBERS else value
    elif member == "Metrics":
        data.setdefault(last, {})[name] = _number(value)
    else:
        data.setdefault(last, {}).setdefault(name, []).append(value)


def _number(value: str) -> float | str:
    """The number, or the text for the shape to refuse."""
    try:
        return float(value)
    except ValueError:
        return value
