"""What is wrong with one user of a file, by the message that is to go there."""

from __future__ import annotations

from pinpoint_users._files.faults import BadLine, FileFault
from pinpoint_users._files.objects import UserLine
from pinpoint_users._rendering.texts import for_text
from pinpoint_users._requests.preflight import Variables
from pinpoint_users._shapes.limits import MAX_SMS_OTHER, sms_problem
from pinpoint_users.messages.configuration import DirectMessageConfiguration
from pinpoint_users.messages.request import EndpointSendConfiguration


class LineCheck:
    """Looks at users one by one: each variable has a value, and the SMS isn't too long.

    Args:
        name: The file's name.
        message: The message.
        demands_variables: Whether a user lacks something without a value for each variable that every channel uses.
    """

    def __init__(self, name: str, message: DirectMessageConfiguration, *, demands_variables: bool = True) -> None:
        self._name = name
        self.variables = Variables(message, is_demanding=demands_variables)
        self._sms = for_text(message, "SMS")

    @property
    def has_sms(self) -> bool:
        """Whether the message has something for SMS."""
        return self._sms is not None

    def sms(self, configuration: EndpointSendConfiguration) -> str | None:
        """A user's SMS."""
        return None if self._sms is None else self._sms.render(configuration, {})

    def bad_line(self, line: UserLine) -> BadLine | None:
        """What is wrong with a user; None if nothing is."""
        user_id, configuration, number = line
        missing = self.variables.missing(configuration)
        if missing:
            remedy = f"give user {user_id!r} one"
            return BadLine(
                number,
                tuple(
                    FileFault(self._name, number, name, f"has no value, and the text uses {{{{{name}}}}}: {remedy}")
                    for name in sorted(missing)
                ),
                user_id,
            )
        text = self.sms(configuration)
        problem = sms_problem(text) if text is not None and len(text) > MAX_SMS_OTHER else None
        if problem is None:
            return None
        return BadLine(number, (FileFault(self._name, number, "", f"makes an SMS of {problem}"),), user_id)

    def repeated_line(self, line: int, user_id: str, before: int) -> BadLine:
        """What is wrong with a line whose user was in a line before."""
        problem = f"user {user_id!r} is in line {before} already: take one of both out"
        return BadLine(line, (FileFault(self._name, line, "user_id", problem),), user_id)
