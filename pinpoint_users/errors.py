"""Every error that this library raises.

    PinpointUsersError                     above all of them
    +-- ValidationError                    (ValueError) a value that would be refused; every fault with its path
    +-- RunStoppedError                    a run ended early; `.report` has every user, `.reason` is one of those below
    +-- UndeliveredError                   what `SendReport.raise_for_failures()` raises; `.report` has every user
    +-- UsersError                         reason: the users that were handed in can't be read to the end
    +-- StoppedError                       reason: the client or the stream was closed, or Ctrl-C was pressed
    +-- DeadlineExceededError              reason: (TimeoutError) the run's `deadline` has passed
    +-- StalledError                       reason: (TimeoutError) nothing got through for `RetryPolicy.give_up_after`
    +-- DirectoryError                     reason: the directory of endpoints can't be read; raised itself by the directory
    +-- RateLimitError                     reason: (ConnectionError) the store of a shared rate was never reached
    +-- JournalError                       reason: the journal can't be used; raised itself where a run does not begin
    |   +-- RunNotFoundError               (LookupError) raised itself: a journal that is only read has no such run
    +-- RequestError                       a request failed; `.sent` says whether its message went out
        +-- ConfigurationError             reason: every request would fail alike; not sent
        |   +-- CredentialsError           no credentials, or they can't be fetched
        |   +-- RegionError                (ValueError) no Region, or one without Pinpoint
        |   +-- AccessDeniedError          (PermissionError) HTTP 403; refused credentials
        |   |   +-- EndOfSupportError      AWS no longer looks users up
        |   +-- ApplicationNotFoundError   (LookupError) HTTP 404
        |   +-- BadRequestError            (ValueError) HTTP 400 and 405
        +-- ThrottledError                 HTTP 429; not sent
        +-- PayloadTooLargeError           (ValueError) over 7 MB, or HTTP 413; not sent
        +-- ConnectionFailedError          (ConnectionError) no connection was made; not sent
        +-- ConnectionLostError            (ConnectionError) the connection broke; perhaps sent
        +-- ReadTimeoutError               (TimeoutError) no answer in time; perhaps sent
        +-- ServiceError                   HTTP 5xx; perhaps sent
        +-- UnreadableResponseError        (ValueError) an answer that can't be read; perhaps sent
        +-- MissingResultError             (LookupError) an answer that leaves somebody out; perhaps sent
        +-- InFlightError                  an earlier run with the same journal ended before the answer; perhaps sent
            +-- InHandError                another worker with the same journal has the user in hand; perhaps sent

Each can be pickled. A reason is also the `error` of the users whose turn hadn't come. `RunInterrupted` is not among them: like
the `KeyboardInterrupt` that it is, it must not be caught by `except Exception`. `MessageWarning` is none of them: a warning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import attrs

from pinpoint_users.enums import Sent

_SHOWN = 20
"""How many faults an error's text shows; `faults` has all."""
_SHOWN_ALIKE = 5
"""How many of them say the same."""


class PinpointUsersError(Exception):
    """The root of this library's errors."""

    sent: Sent = Sent.NOT_SENT
    """Whether the message that the error is about went out."""


@attrs.frozen
class Fault:
    """One thing that is wrong with a value."""

    path: str
    """Where: `sms_message.body`, `substitutions['code'][0]`; from `from_dict`, in AWS's names."""
    problem: str
    """What is wrong, what is allowed, and what to do."""

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}" if self.path else self.problem


class ValidationError(PinpointUsersError, ValueError):
    """A value that the service would refuse or misread; nothing of it was sent.

    Args:
        subject: What was being made or read, such as a class's name.
        faults: Every fault, in the order of the value.

    Raises:
        TypeError: Text in the place of faults, as a result backend in JSON hands in, which then shows it as it is.
    """

    def __init__(self, subject: str, faults: Iterable[Fault]) -> None:
        if isinstance(faults, str):
            raise TypeError(f"the faults of a ValidationError are Fault objects, not text: {faults}")
        self.subject = subject
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__(subject, self.faults)

    def __str__(self) -> str:
        if len(self.faults) == 1:
            return f"{self.subject}: {self.faults[0]}"
        shown = self._shown()
        lines = "".join(f"\n  {fault}" for fault in shown)
        more = len(self.faults) - len(shown)
        return f"{self.subject} has {len(self.faults):,} faults:{lines}" + (f"\n  … and {more:,} more" if more else "")

    def _shown(self) -> list[Fault]:
        """The first faults, of the same in several places a few."""
        times = Counter[str]()
        shown = []
        for fault in self.faults:
            times[fault.problem] += 1
            if times[fault.problem] <= _SHOWN_ALIKE:
                shown.append(fault)
        return shown[:_SHOWN]


class MessageWarning(UserWarning):
    """The service may take a value, and its sender can hardly mean it: it is sent as it is.

    Warned of when a value is made: a push type that AWS doesn't list, the action URL or DEEP_LINK without a `url`, a request
    whose message shows nothing. `warnings.filterwarnings("ignore", category=MessageWarning)` silences it.
    """


class UsersError(PinpointUsersError):
    """Reading the users that were handed in raised an error, which is the cause of this one."""


class StoppedError(PinpointUsersError):
    """The client or the stream was closed, or the run interrupted, before this user's turn; nothing was sent."""


class DeadlineExceededError(PinpointUsersError, TimeoutError):
    """The run's `deadline` has passed: nothing more goes out, and the users of requests still out are UNKNOWN."""


class StalledError(PinpointUsersError, TimeoutError):
    """Nothing got through for `RetryPolicy.give_up_after` seconds: the run stopped, and what had not gone out was not sent."""


class JournalError(PinpointUsersError):
    """The journal can't be opened, belongs to another message or another run, or can't be written, as on a full disk.

    Before a run, it is raised as it is, and nothing was sent. During one, the run stops.
    """


class RunNotFoundError(JournalError, LookupError):
    """A journal that is only read has no such run, or none yet."""


class DirectoryError(PinpointUsersError):
    """A directory of endpoints can't be read or written: its file, its database, its table, or what it gave isn't endpoints.

    During a run, the run stops, and users who were being looked up are not sent to.
    """


class RateLimitError(PinpointUsersError, ConnectionError):
    """The store of a shared rate can't be reached, and never was, so that nobody knows how fast requests may go.

    The run stops, and what had not gone out was not sent.
    """


class RequestError(PinpointUsersError):
    """A request to the service failed.

    Args:
        message: What happened and what to do.
        sent: Whether the message of the request went out; by default what is true of the class.
        status_code: The HTTP status, where there was an answer.
        code: AWS's name of the error, such as `TooManyRequestsException`.
        request_id: AWS's ID of the request, where there was an answer.
        retry_after: The seconds that the answer asks to wait before another request, where it does.
        reason: AWS's reason, which SMS and voice version 2 gives, such as `DESTINATION_PHONE_NUMBER_OPTED_OUT`.
    """

    sent: Sent = Sent.PERHAPS_SENT

    def __init__(
        self,
        message: str,
        *,
        sent: Sent | None = None,
        status_code: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        reason: str | None = None,
    ) -> None:
        super().__init__(message)
        if sent is not None:
            self.sent = sent
        self.status_code = status_code
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        self.reason = reason


class ConfigurationError(RequestError):
    """Every request would fail alike, as where TLS can't be agreed on or a proxy wants a password (HTTP 407), so the run stops.

    Nothing of the request was sent.
    """

    sent: Sent = Sent.NOT_SENT


class CredentialsError(ConfigurationError):
    """There are no AWS credentials, or they are incomplete, can't be fetched, or have a line break in them."""


class RegionError(ConfigurationError, ValueError):
    """No Region is set, or Pinpoint isn't offered in it."""


class AccessDeniedError(ConfigurationError, PermissionError):
    """HTTP 401 or 403, or another refusal of the credentials: they aren't valid, have expired, or lack an IAM action."""


class EndOfSupportError(AccessDeniedError):
    """HTTP 403 or 410 with AWS's words about the end of support: Pinpoint no longer looks users up.

    The same message goes out by `PinpointUsers(…, directory=…)`; docs/moving.md shows how to get there.
    """


class ApplicationNotFoundError(ConfigurationError, LookupError):
    """HTTP 404: there is no such application in this account and Region.

    A 404 of a server that isn't Pinpoint, or doesn't have the operation, is a `ConfigurationError`.
    """


class BadRequestError(ConfigurationError, ValueError):
    """HTTP 400 or 405: the service refuses the request as a whole."""


class ThrottledError(RequestError):
    """HTTP 429: the account's rate is used up. Nothing of the request was sent, and waiting helps."""

    sent: Sent = Sent.NOT_SENT


class PayloadTooLargeError(RequestError, ValueError):
    """The request or its answer would be over 7 MB, or the service said so with HTTP 413. Nothing was sent."""

    sent: Sent = Sent.NOT_SENT


class ConnectionFailedError(RequestError, ConnectionError):
    """No connection was made: refused, not resolved, timed out, or cut off while TLS began. Nothing was sent."""

    sent: Sent = Sent.NOT_SENT


class ConnectionLostError(RequestError, ConnectionError):
    """The connection broke after it was made; the service may have taken the request."""


class ReadTimeoutError(RequestError, TimeoutError):
    """The answer did not come in time; the service may have taken the request."""


class ServiceError(RequestError):
    """HTTP 5xx, or another status that says nothing of what was done; the service may have taken the request."""


class UnreadableResponseError(RequestError, ValueError):
    """The answer isn't what the service's model says; the service may have taken the request."""

    answer: object = None
    """From `send_users_messages`, the answer as it came. It may hold addresses, which the error's text doesn't show."""


class MissingResultError(RequestError, LookupError):
    """The answer says nothing of this user or endpoint; the service may have sent the message."""


class InFlightError(RequestError):
    """An earlier run with the same journal ended while the request was out; the service may have taken it."""


class InHandError(InFlightError):
    """Another worker with the same journal has the user in hand, and may have sent the message, or may yet.

    A later run with the journal, or `read_report`, tells what became of the user.
    """
