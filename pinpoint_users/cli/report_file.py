"""The file of `--report`: a line a user, as JSON Lines or as CSV."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from pinpoint_users._files.faults import BadLine
from pinpoint_users._files.spreadsheet import SafeCSVWriter
from pinpoint_users.cli.exits import CommandError
from pinpoint_users.user_result import UserResult

_COLUMNS = ("user_id", "outcome", "sent", "attempts", "reason", "error", "line")
_BAD_LINE = "BAD_LINE"
_NOT_REACHED = "the run ended before this user's turn"


class ReportFile:
    """Takes what became of each user. A disk that is full ends the report, and not the run.

    Args:
        file: The open file.
        path: Its name, which tells the format.
    """

    def __init__(self, file: IO[str], path: str) -> None:
        self._file = file
        self._path = path
        self._csv = SafeCSVWriter(file) if path.endswith(".csv") else None
        self.fault: str | None = None
        """Why it isn't whole."""
        if self._csv is not None:
            with self._kept():
                self._csv.writerow(_COLUMNS)

    def add(self, result: UserResult) -> None:
        """Writes a user's result."""
        written = {**result.to_dict(), "reason": result.reason and str(result.reason)}
        if self._csv is not None:
            endpoints = "; ".join(f"{endpoint_id} {endpoint}" for endpoint_id, endpoint in result.endpoints.items())
            written["error"] = written["error"] or endpoints
        self._write(written)

    def add_not_sent(self, user_id: str) -> None:
        """Writes a user whose turn didn't come."""
        self._write(
            {"user_id": user_id, "outcome": "NOT_SENT", "sent": "NOT_SENT", "attempts": 0, "reason": "NOT_SENT"}
            | {"error": _NOT_REACHED}
        )

    def add_bad_line(self, line: BadLine) -> None:
        """Writes a line that was left out."""
        self._write(
            {"user_id": line.user_id, "outcome": _BAD_LINE, "sent": "NOT_SENT", "attempts": 0, "reason": _BAD_LINE}
            | {"error": str(line), "line": line.line}
        )

    def flush(self) -> None:
        """Writes what isn't yet written."""
        with self._kept():
            self._file.flush()

    def _write(self, value: dict[str, Any]) -> None:
        if self.fault is not None:
            return
        with self._kept():
            if self._csv is None:
                self._file.write(json.dumps(value) + "\n")
            else:
                self._csv.writerow([value.get(column) for column in _COLUMNS])

    @contextlib.contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.fault = f"{self._path}: the report isn't whole ({error.strerror or error})"


def check_report(path: str | None, others: Iterable[str | None]) -> None:
    """Refuses a report that couldn't be written, before anything is sent.

    Args:
        path: Where it is to be.
        others: Files that it mustn't be.

    Raises:
        CommandError: What is wrong with it.
        OSError: It can't be written.
    """
    if path is None:
        return
    if not path.endswith((".jsonl", ".csv")):
        raise CommandError(f"--report {path}: the name tells the format, so it must end in .jsonl or .csv")
    where = Path(path)
    is_there = where.exists()
    there = [other for other in others if other is not None and Path(other).exists()]
    if path in others or (is_there and any(map(where.samefile, there))):
        raise CommandError(f"--report {path}: would overwrite what the run reads: name another file")
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    if not is_there:
        where.unlink()


@contextlib.contextmanager
def report_file(path: str | None) -> Iterator[ReportFile | None]:
    """Opens the report, which only its owner can read if it is new; None where none is wanted.

    Raises:
        OSError: It can't be opened.
    """
    if path is None:
        yield None
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    newline = "" if path.endswith(".csv") else "\n"
    file = os.fdopen(descriptor, "w", encoding="utf-8", newline=newline, errors="backslashreplace")
    report = ReportFile(file, path)
    try:
        yield report
        report.flush()
    finally:
        with contextlib.suppress(OSError):  # `flush` has told
            file.close()
