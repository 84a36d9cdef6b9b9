"""The file of `--report`: a line a user, as JSON Lines or as CSV."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

from pinpoint_users._files.faults import BadLine
from pinpoint_users._files.spreadsheet import SafeCSVWriter
from pinpoint_users.cli.exits import CommandError
from pinpoint_users.user_result import UserResult

_COLUMNS = ("user_id", "outcome", "sent", "attempts", "reason", "detail", "line")
_BAD_LINE = "BAD_LINE"
_NOT_REACHED = "the run ended before this user's turn"


class ReportFile(Protocol):
    """Takes what became of each user."""

    def add(self, result: UserResult) -> None:
        """Writes a user's result."""
        ...

    def add_not_sent(self, user_id: str) -> None:
        """Writes a user whose turn didn't come."""
        ...

    def add_bad_line(self, line: BadLine) -> None:
        """Writes a line that makes no user."""
        ...


class _JSONLines:
    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def add(self, result: UserResult) -> None:
        self._write({**result.to_dict(), "reason": result.reason and str(result.reason)})

    def add_not_sent(self, user_id: str) -> None:
        self._write({"user_id": user_id, "outcome": "NOT_SENT", "sent": "NOT_SENT", "attempts": 0, "error": _NOT_REACHED})

    def add_bad_line(self, line: BadLine) -> None:
        self._write({"user_id": line.user_id, "outcome": _BAD_LINE, "sent": "NOT_SENT", "line": line.line, "error": str(line)})

    def _write(self, value: dict[str, object]) -> None:
        self._file.write(json.dumps(value) + "\n")


class _CSV:
    def __init__(self, file: IO[str]) -> None:
        self._writer = SafeCSVWriter(file)
        self._writer.writerow(_COLUMNS)

    def add(self, result: UserResult) -> None:
        detail = "; ".join(f"{endpoint_id} {endpoint}" for endpoint_id, endpoint in result.endpoints.items())
        error = result.error and f"{type(result.error).__name__}: {result.error}"
        self._writer.writerow(
            [result.user_id, result.outcome, result.sent, result.attempts, result.reason, error or detail, None]
        )

    def add_not_sent(self, user_id: str) -> None:
        self._writer.writerow([user_id, "NOT_SENT", "NOT_SENT", 0, "NOT_SENT", _NOT_REACHED, None])

    def add_bad_line(self, line: BadLine) -> None:
        self._writer.writerow([line.user_id, _BAD_LINE, "NOT_SENT", 0, None, str(line), line.line])


def check_report(path: str | None) -> None:
    """Refuses a name that doesn't tell a format.

    Raises:
        CommandError: The name, and what is allowed.
    """
    if path is not None and not path.endswith((".jsonl", ".csv")):
        raise CommandError(f"--report {path}: the name tells the format, so it must end in .jsonl or .csv")


@contextlib.contextmanager
def report_file(path: str | None) -> Iterator[ReportFile | None]:
    """Opens the report; None where none is wanted.

    Raises:
        OSError: It can't be written.
    """
    if path is None:
        yield None
        return
    is_csv = path.endswith(".csv")
    with Path(path).open("w", encoding="utf-8", newline="" if is_csv else "\n", errors="backslashreplace") as file:
        yield _CSV(file) if is_csv else _JSONLines(file)
