"""The file of `--report`: a line a user, as JSON Lines or as CSV."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any

from typing_extensions import Self

from pinpoint_users._files.faults import BadLine
from pinpoint_users._files.spreadsheet import SafeCSVWriter
from pinpoint_users.cli.exits import CommandError
from pinpoint_users.cli.outputs import refuse_to_overwrite
from pinpoint_users.user_result import UserResult

_COLUMNS = ("user_id", "outcome", "sent", "attempts", "reason", "error", "line")
_BAD_LINE = "BAD_LINE"


class ReportFile:
    """Takes what became of each user. A disk that is full ends the report, and not the run.

    The file is made, for its owner alone, when the first line is written: where no run begins, an earlier report stays.

    Args:
        path: Where it is; its ending tells the format.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._is_csv = path.endswith(".csv")
        self._file: IO[str] | None = None
        self.fault: str | None = None
        """Why it isn't whole."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()
        if self._file is not None:
            with contextlib.suppress(OSError):  # `flush` has told
                self._file.close()

    def add(self, result: UserResult) -> None:
        """Writes a user's result."""
        written = {**result.to_dict(), "reason": result.reason and str(result.reason)}
        if self._is_csv:
            endpoints = "; ".join(f"{endpoint_id} {endpoint}" for endpoint_id, endpoint in result.endpoints.items())
            written["error"] = written["error"] or endpoints
        self._write(written)

    def add_bad_line(self, line: BadLine) -> None:
        """Writes a line that was left out."""
        self._write(
            {"user_id": line.user_id, "outcome": _BAD_LINE, "sent": "NOT_SENT", "attempts": 0, "reason": _BAD_LINE}
            | {"error": str(line), "line": line.line}
        )

    def flush(self) -> None:
        """Writes what isn't yet written."""
        with self._kept():
            if self._file is not None:
                self._file.flush()

    def _write(self, value: dict[str, Any]) -> None:
        if self.fault is not None:
            return
        with self._kept():
            file = self._file or self._opened()
            if self._is_csv:
                SafeCSVWriter(file).writerow([value.get(column) for column in _COLUMNS])
            else:
                file.write(json.dumps(value) + "\n")

    def _opened(self) -> IO[str]:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        newline = "" if self._is_csv else "\n"
        self._file = file = os.fdopen(descriptor, "w", encoding="utf-8", newline=newline, errors="backslashreplace")
        if self._is_csv:
            SafeCSVWriter(file).writerow(_COLUMNS)
        return file

    @contextlib.contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.fault = f"{self._path}: the report isn't whole ({error.strerror})"


def check_report(path: str | None, others: Collection[str | None]) -> None:
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
    refuse_to_overwrite("--report ", path, others)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    if not is_there:
        where.unlink()
