"""The command `preview`: a message as one user sees it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pinpoint_users._files.faults import FileFaultsError, shown_faults
from pinpoint_users._files.message_file import read_message
from pinpoint_users._files.preview import Preview, preview
from pinpoint_users._files.source import file_fault, name_of
from pinpoint_users._files.user_file import UserFormat, UserLine, read_users
from pinpoint_users.cli.connection import channels_reached, open_directory
from pinpoint_users.cli.exits import CommandError
from pinpoint_users.cli.outputs import refuse_to_overwrite
from pinpoint_users.cli.reach import directory_preview
from pinpoint_users.cli.terminal import say
from pinpoint_users.errors import ValidationError
from pinpoint_users.messages.configuration import DirectMessageConfiguration
from pinpoint_users.messages.request import EndpointSendConfiguration

if TYPE_CHECKING:
    from rich.console import Console

_STDOUT = "-"
BOTH = "--message - and --users -: one standard input can't have both: write one to a file"


def run_preview(
    console: Console,
    *,
    message: str,
    users: str | None = None,
    user: str | None = None,
    values: Mapping[str, str] | None = None,
    directory: str | None = None,
    html: str | None = None,
    format: UserFormat | None = None,  # noqa: A002 - the option's name
) -> int:
    """Shows a message in the terminal, or as a page.

    Args:
        console: Where to.
        message: The path of the message file.
        users: The path of the file that has the user; without it, the user has `values` only.
        user: The user's ID; by default the first user of the file.
        values: Values of variables, which win over the file's.
        directory: The directory whose endpoints of the user the message is shown for; by default every channel is shown.
        html: The path of a page to write instead, which an earlier one gives way to; `-` is standard output.
        format: The format of the users; by default what the content says.

    Returns:
        The exit code: 0, or 2 if the message can't be read, there is no such user, or the page can't be written.

    Raises:
        CommandError: Message and users are both to come by standard input, the page would be written over what is read, or
            there is no such directory.
        DirectoryError: The directory can't be read.
    """
    if message == users == "-":
        raise CommandError(BOTH)
    if html is not None and html != _STDOUT:
        refuse_to_overwrite("--html ", html, [message, users, directory])
    try:
        shown = find_preview(message, users=users, user=user, values=values or {}, directory=directory, format=format)
        if html is not None:
            _write_page(html, shown)
    except FileFaultsError as error:
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        return 2
    if html == _STDOUT:
        return 0
    for note in shown_faults(shown.notes, len(shown.notes)):
        console.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)
    if html is None:
        from pinpoint_users._files.preview_text import preview_text  # noqa: PLC0415 - it imports rich

        console.print(preview_text(shown))
    else:
        console.print(f"{html} written", markup=False, highlight=False, soft_wrap=True)
    return 0


def find_preview(
    message: str,
    *,
    users: str | None,
    user: str | None,
    values: Mapping[str, str],
    directory: str | None = None,
    format: UserFormat | None = None,  # noqa: A002 - as above
) -> Preview:
    """The preview for a user.

    Raises:
        FileFaultsError: The message or the users can't be read, or there is no such user.
    """
    read = read_message(message)
    user_id, own = (user or "user", EndpointSendConfiguration()) if users is None else _found(users, user, format)
    if values:
        substitutions = {**(own.substitutions or {}), **{name: (value,) for name, value in values.items()}}
        try:
            own = own.to_builder().substitutions(substitutions).build()
        except ValidationError as error:
            raise file_fault("--set", str(error)) from None
    if directory is None:
        return preview(read, user_id, own)
    channels = channels_reached(read.message or DirectMessageConfiguration(), None)
    with open_directory(directory) as store:
        return directory_preview(read, [(user_id, own)], store, [channels])


def _found(users: str, user: str | None, format: UserFormat | None) -> tuple[str, EndpointSendConfiguration]:  # noqa: A002 - as above
    for line in read_users(users, format=format):
        if isinstance(line, UserLine):
            if user is None or line.user_id == user:
                return line.user_id, line.configuration
        elif user is None or line.user_id == user:
            raise FileFaultsError(line.faults)
    wanted = "users" if user is None else f"user {user!r}: check the ID, in which case counts"
    raise file_fault(name_of(users), f"has no {wanted}")


def _write_page(path: str, shown: Preview) -> None:
    from pinpoint_users._files.preview_html import preview_page  # noqa: PLC0415 - most previews are for the terminal

    if path == _STDOUT:
        say(preview_page(shown))
        return
    try:
        Path(path).write_text(preview_page(shown), encoding="utf-8")
    except OSError as error:
        raise file_fault(path, f"can't be written ({error.strerror}): name a file in a folder that you may write to") from error
