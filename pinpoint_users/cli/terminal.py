"""What is written to the terminal, and what is asked there."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from pinpoint_users.cli.exits import CommandError


def say(*lines: str) -> None:
    """Writes lines to standard output."""
    _write(sys.stdout, lines)


def tell(*lines: str) -> None:
    """Writes lines to standard error, which a script's pipes leave alone."""
    _write(sys.stderr, lines)


def say_json(value: Mapping[str, Any]) -> None:
    """Writes a JSON object to standard output, in ASCII, on one line."""
    _write(sys.stdout, [json.dumps(value)])


def _write(stream: Any, lines: Iterable[str]) -> None:
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
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        raise CommandError("there is no terminal to ask at: look at what --dry-run says, then add --yes; nothing was sent")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise CommandError("nothing was sent")


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "user"), counted(2_000, "user")
    ('1 user', '2,000 users')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


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
