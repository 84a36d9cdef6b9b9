"""What is written to the terminal, and what is asked there."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from pinpoint_users.cli.exits import CommandError

_STDERR = 2
_TERMINAL = Path("/dev/tty")
"""The terminal of a process, wherever its standard input is from."""


def say(*lines: str) -> None:
    """Writes lines to standard output.

    Raises:
        BrokenPipeError: Who reads has seen enough.
        OSError: It can't be written, as on a full disk.
    """
    try:
        _write(sys.stdout, lines)
    except OSError:
        sys.stdout = None  # else what its buffer still has would fail again at the process's end
        raise


def tell(*lines: str) -> None:
    """Writes lines to standard error, which a script's pipes leave alone. That nobody can read them stops nothing."""
    try:
        _write(sys.stderr, lines)
    except OSError:
        sys.stderr = None  # as above


def tell_at_once(line: str) -> None:
    """Writes a line to standard error from a signal's handler, which may have struck within `tell`."""
    if sys.stderr is None:  # then what is open as 2 is another file
        return
    start = "\r\x1b[2K" if is_terminal(sys.stderr) else ""  # in place of a progress bar
    with contextlib.suppress(OSError):
        os.write(_STDERR, f"{start}{line}\n".encode(errors="backslashreplace"))


def say_json(value: Mapping[str, Any]) -> None:
    """Writes a JSON object to standard output, in ASCII, on one line.

    Raises:
        OSError: As from `say`.
    """
    say(json.dumps(value))


def _write(stream: Any, lines: Iterable[str]) -> None:
    if stream is None:  # closed before the process began
        return
    text = "".join(f"{line}\n" for line in lines)
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def is_terminal(stream: Any) -> bool:
    """Whether somebody looks at a stream."""
    return stream is not None and stream.isatty()


def confirm(question: str) -> None:
    """Asks whether to go on.

    Raises:
        CommandError: The answer isn't yes, or nobody is there to ask.
    """
    with contextlib.ExitStack() as stack:
        keyboard: BinaryIO | None = sys.stdin.buffer if is_terminal(sys.stdin) else None
        if keyboard is None:  # the users came by it
            with contextlib.suppress(OSError):
                keyboard = stack.enter_context(_TERMINAL.open("rb", buffering=0))
        if keyboard is None or not is_terminal(sys.stderr):
            raise CommandError("there is no terminal to ask at: look at what --dry-run says, then add --yes; nothing was sent")
        sys.stderr.write(f"{question} [y/N] ")
        sys.stderr.flush()
        if keyboard.readline().strip().lower() not in {b"y", b"yes"}:
            raise CommandError("nothing was sent")


def duration(seconds: float) -> str:
    """Seconds for people.

    >>> duration(0.4), duration(75), duration(7300)
    ('under a second', '1 min 15 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 1:
        return "under a second"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
