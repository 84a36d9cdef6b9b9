"""Files as bytes: a path, standard input or an open file; packed by gzip or not."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, cast

import attrs

from pinpoint_users._files.faults import FileFault, FileFaultsError


@attrs.frozen
class Spooled:
    """A copy of what can be read once only, to be read again."""

    path: Path
    name: str
    """By which faults call it."""


Source: TypeAlias = str | Path | BinaryIO | Spooled
"""A path, `-` for standard input, an open binary file, or a copy of one of these."""

BOM = b"\xef\xbb\xbf"
STDIN = "-"
_GZIP = b"\x1f\x8b"
_ARCHIVE = b"PK\x03\x04"
_WIDE = 8


def name_of(source: Source) -> str:
    """The name by which faults call a source."""
    if isinstance(source, (str, os.PathLike)):
        return "standard input" if source == STDIN else str(source)
    if isinstance(source, Spooled):
        return source.name
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else "the file"


def file_fault(name: str, problem: str, line: int | None = None) -> FileFaultsError:
    """The error of one fault of a file as a whole."""
    return FileFaultsError([FileFault(name, line, "", problem)])


@contextmanager
def opened(source: Source) -> Iterator[io.BufferedReader]:
    """A source's bytes, unpacked, whose beginning can be looked at.

    Raises:
        FileFaultsError: It can't be opened or read, or is packed and damaged.
    """
    name = name_of(source)
    source = source.path if isinstance(source, Spooled) else source
    try:
        if not isinstance(source, (str, os.PathLike)) or source == STDIN:
            file = sys.stdin.buffer if isinstance(source, (str, os.PathLike)) else source
            buffered = cast("io.BufferedReader", file if hasattr(file, "peek") else io.BufferedReader(cast("Any", file)))
            try:
                yield _unpacked(buffered)
            finally:
                if buffered is not file:
                    buffered.detach()
        else:
            with Path(source).open("rb") as plain:
                yield _unpacked(plain)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise file_fault(name, f"can't be unpacked to its end ({error}): get the file again") from error
    except (OSError, ValueError) as error:
        if isinstance(error, FileFaultsError):
            raise
        raise file_fault(name, f"can't be read ({_reason(error)}): {_remedy(error)}") from error


@contextmanager
def rereadable(source: Source) -> Iterator[str | Path | Spooled]:
    """A source that can be read twice: itself if it is a path, else a copy on disk that is gone afterwards.

    Raises:
        FileFaultsError: It can't be read, or the disk is full.
    """
    if isinstance(source, Spooled) or (isinstance(source, (str, os.PathLike)) and source != STDIN):
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="pinpoint-users-") as folder:
        path = Path(folder) / "users"
        with opened(source) as file, path.open("wb") as copy:
            shutil.copyfileobj(file, copy, 1 << 20)
        yield Spooled(path, name_of(source))


def _unpacked(file: io.BufferedReader) -> io.BufferedReader:
    if file.peek(2)[:2] != _GZIP:
        return file
    return io.BufferedReader(cast("Any", gzip.GzipFile(fileobj=file)), 1 << 18)


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def _remedy(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "check the path, which counts from the folder you are in"
    if isinstance(error, PermissionError):
        return "give yourself the right to read it"
    return "name a file, not a folder" if isinstance(error, IsADirectoryError) else "check the path and the disk"


def encoding_fault(name: str, start: bytes) -> FileFaultsError | None:
    """What is wrong with a text file that begins so; None where it may be UTF-8."""
    if start.startswith(_ARCHIVE):
        return file_fault(name, "is an archive, as workbooks of Excel are: save it as text in UTF-8 (in Excel, “CSV UTF-8”)")
    sample = start[:_WIDE]
    # Of ASCII in UTF-16, every second byte is NUL; NULs alone are a damaged file, as are single ones.
    halves = {any(sample[::2]), any(sample[1::2])}
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") or (len(sample) == _WIDE and halves == {True, False}):
        return file_fault(name, "is UTF-16: save the file as UTF-8 (in Excel, “CSV UTF-8”)", 1)
    return None


def undecodable(error: UnicodeDecodeError) -> str:
    """What is wrong with a line that isn't UTF-8, with the first byte that isn't."""
    column = error.start - error.object.rfind(b"\n", 0, error.start)
    byte = error.object[error.start]
    meant = bytes([byte]).decode("cp1252", "replace")
    perhaps = f", in Windows-1252 {meant!r}" if meant.isprintable() and meant != "\ufffd" else ""
    return f"isn't UTF-8 (byte {column} is 0x{byte:02x}{perhaps}): save the file as UTF-8"
