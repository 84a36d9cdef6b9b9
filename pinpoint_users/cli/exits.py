"""How a command ends: its exit code, and one line for each fault."""

from __future__ import annotations

import enum
import errno
from collections.abc import Iterable, Iterator, Mapping

from pinpoint_users._files.faults import MAX_SHOWN, FileFaultsError, shown_faults
from pinpoint_users._files.terminal_text import visible
from pinpoint_users.errors import ConfigurationError, DirectoryError, Fault, JournalError, PinpointUsersError, ValidationError


class ExitCode(enum.IntEnum):
    """What a command's exit code says."""

    SUCCESSFUL = 0
    """All users got the message, or all of what was asked for was done."""
    SOME_NOT = 1
    """Some users did not."""
    WRONG_INPUT = 2
    """Wrong usage or input; nothing was sent."""
    STOPPED = 3
    """Credentials or configuration stopped it."""
    INTERRUPTED = 130
    """Ctrl-C."""
    CLOSED_PIPE = 141
    """Who reads the output went away before its end: 128 and the number of SIGPIPE, as of other programs."""


class CommandError(Exception):
    """Something that ends a command.

    Args:
        lines: What is wrong and what to do, a line a fault.
        code: The exit code.
    """

    def __init__(self, *lines: str, code: ExitCode = ExitCode.WRONG_INPUT) -> None:
        super().__init__(*lines)
        self.lines = lines
        self.code = code


def code_of(error: BaseException) -> ExitCode:
    """The exit code that an error comes to, where it ends a command before anything was sent."""
    if isinstance(error, CommandError):
        return error.code
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    return ExitCode.STOPPED if isinstance(error, (ConfigurationError, DirectoryError)) else ExitCode.WRONG_INPUT


def lines_of(error: BaseException) -> list[str]:
    """What is told of an error: the first twenty faults, a line each, and how many more there are."""
    if isinstance(error, FileFaultsError):
        return list(shown_faults(error.faults, len(error.faults)))
    if isinstance(error, CommandError):
        return [visible(line) for line in error.lines]
    if isinstance(error, ValidationError):
        return list(_first(_fault_line(error.subject, fault) for fault in error.faults))
    if isinstance(error, KeyboardInterrupt):
        return ["interrupted; nothing was sent"]
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        remedy = _REMEDIES.get(error.errno or 0, "see that it is there and may be used")
        return [visible(f"{where}{error.strerror or error}: {remedy}")]
    return [visible(in_option_words(str(error)))]


def in_option_words(text: str) -> str:
    """What the library says of its arguments, with the options in their place."""
    for words, option in _OPTIONS.items():
        text = text.replace(words, option)
    return text


def _fault_line(subject: str, fault: Fault) -> str:
    problem = in_option_words(fault.problem)
    option = _PATHS.get(fault.path)
    if option is not None:
        return f"{option}: {problem}"
    return ": ".join(filter(None, ["--templates" if subject == "templates" else subject, fault.path, problem]))


_PATHS: Mapping[str, str] = {
    "application_id": "--application-id",
    "concurrency": "--concurrency",
    "configuration_set_name": "--configuration-set",
    "endpoint_url": "--endpoint-url",
    "from_email_address": "--from-email-address",
    "origination_identity": "--origination-identity",
    "requests_per_second": "--rate",
}
_OPTIONS: Mapping[str, str] = {
    ", or allow_plain_http=True where that will do": "",
    "PinpointUsers(…, templates=…) a folder or a mapping of templates": "--templates FOLDER, which has them",
    "isn't called name.kind or name@version.kind": "isn't called NAME.KIND.json or NAME@VERSION.KIND.json",
    "PinpointUsers(…, directory=…) sends the same message; docs/moving.md shows the way": "send by --directory; "
    "docs/moving.md shows the way",
    ', or, if Pinpoint looks users up, do without it by RetryPolicy(scope="user")': "",
    "templates=": "--templates ",
    "the stream was closed": "the run was interrupted",
    "the settings of SES(…)": "--from-email-address and --configuration-set",
    "there is pinpoint_users.local.LocalPinpoint": "there is `pinpoint-users local`",
    "region_name": "--region",
    "profile_name": "--profile",
    "endpoint_url": "--endpoint-url",
    ", or, to go on with those users who weren't finished, Journal(path, force=True)": ", which sends to all of its users",
    ", or, if this is all that is left, Journal(path, force=True)": "",
}
_REMEDIES = {errno.ENOSPC: "make room on the disk"}

EXPECTED = (CommandError, PinpointUsersError, OSError, ImportError, KeyboardInterrupt)
"""What ends a command with a line; anything else is a fault of this package, and has its traceback."""


def journal_error(error: JournalError) -> CommandError:
    """A journal's error in the words of the command line."""
    return CommandError(in_option_words(str(error)))


def _first(lines: Iterable[str]) -> Iterator[str]:
    every = [visible(line) for line in lines]
    yield from every[:MAX_SHOWN]
    if len(every) > MAX_SHOWN:
        yield f"… and {len(every) - MAX_SHOWN:,} more"
