"""The command `check`: all faults of a message and its users, without network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinpoint_users._files.check import Checked, check
from pinpoint_users._files.faults import shown_faults
from pinpoint_users._files.terminal_text import visible
from pinpoint_users._files.user_file import UserFormat
from pinpoint_users._shapes.converters import counted
from pinpoint_users.cli.exits import CommandError
from pinpoint_users.cli.preview import BOTH

if TYPE_CHECKING:
    from rich.console import Console


def run_check(
    console: Console,
    *,
    message: str,
    users: str,
    format: UserFormat | None = None,  # noqa: A002 - the option's name
    demands_variables: bool = True,
) -> int:
    """Prints every fault of both, and what was found.

    Args:
        console: Where to.
        message: The path of the message file.
        users: The path of the file of users; `-` for standard input.
        format: The format of the users; by default what the content says.
        demands_variables: Whether a variable without a value is a fault.

    Returns:
        The exit code: 0 if there is no fault, else 2.

    Raises:
        CommandError: Message and users are both to come by standard input.
    """
    if message == users == "-":
        raise CommandError(BOTH)
    checked = check(message, users, format=format, demands_variables=demands_variables)
    for line in checked_lines(checked):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return 0 if checked.is_right else 2


def checked_lines(checked: Checked) -> list[str]:
    """What a check has found, a line each: faults, notes, then the counts."""
    lines = [*shown_faults(checked.faults, checked.fault_count)]
    lines += [f"note: {line}" for line in shown_faults(checked.notes, len(checked.notes))]
    counts = [counted(checked.users, "user"), counted(checked.fault_count, "fault")]
    if checked.bad_lines:
        counts.append(f"{counted(checked.bad_lines, 'line')} that can't be sent to")
    if checked.duplicates:
        counts.append(counted(checked.duplicates, "duplicate"))
    lines.append(", ".join(counts))
    if checked.message is not None and checked.message.template_configuration is not None:
        lines.append("note: the texts of its templates weren't looked at: `send --templates FOLDER --dry-run` does that")
    parts = checked.sms_parts
    if parts is not None:
        each = counted(parts.least, "part") if parts.least == parts.most else f"{parts.least} to {parts.most} parts"
        lines.append(f"SMS of {each}, {counted(parts.total, 'part')} for the first {counted(parts.users, 'user')}")
    return [visible(line) for line in lines]
