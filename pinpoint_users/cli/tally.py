"""What became of a run, counted: by outcome, by channel, and the reasons of failures grouped.

Who has an address on a channel that the message has nothing for got the message all the same, if it went everywhere else; the
service calls such an address a failure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any

import attrs

from pinpoint_users._files.terminal_text import visible
from pinpoint_users._shapes.converters import counted
from pinpoint_users.cli.exits import in_option_words
from pinpoint_users.enums import ChannelType, DeliveryStatus, FailureReason, Outcome
from pinpoint_users.errors import PayloadTooLargeError
from pinpoint_users.results import EndpointMessageResult, masked_within
from pinpoint_users.user_result import UserResult

LookUp = Callable[[str], Mapping[str, ChannelType]]
"""Tells the channels of a user's endpoints, by endpoint ID."""

_PHONE = re.compile(r"\+[0-9]+")
_SUCCESSFUL = Outcome.SUCCESSFUL
_FAILED = DeliveryStatus.PERMANENT_FAILURE
_LEFT_OUT = FailureReason.NO_MESSAGE_FOR_CHANNEL
_LONGEST = 400
_PHONES = frozenset({"SMS", "VOICE"})
_OTHERS = _PHONES | {"EMAIL"}


class Tally:
    """Counts results as they come, in constant memory.

    Args:
        channels: The channels that the message goes to, where PUSH stands for every push service.
        look_up: Tells what an address doesn't, such as SMS from calls.
    """

    def __init__(self, channels: Collection[str], look_up: LookUp | None = None) -> None:
        self.users: int = 0
        self.failed: int = 0
        """Users who didn't get the message on every channel, as far as it had something for them, though it was tried."""
        self.left: int = 0
        """Users to whom another run with the same journal would send."""
        self.throttled: int = 0
        """Requests that the service throttled, or endpoints of them. Who watches the run counts them."""
        self.left_out: int = 0
        """Endpoints whose channel the message has nothing for."""
        self.outcomes: Counter[Outcome] = Counter()
        self.channels: dict[str, Counter[DeliveryStatus]] = {}
        self.reasons: dict[FailureReason, int] = {}
        self._examples: dict[FailureReason, str] = {}
        self._channels = channels
        self._only = next(iter(channels)) if len(channels) == 1 else None
        phones = _PHONES & {*channels}
        self._phone = next(iter(phones)) if len(phones) == 1 else None
        self._look_up = look_up

    @property
    def not_sent(self) -> int:
        """Users to whom nothing went out."""
        return self.outcomes[Outcome.NOT_SENT]

    @property
    def unsuccessful(self) -> int:
        """Users who didn't get the message on every channel, whether or not it was tried."""
        return self.failed + self.not_sent

    def add(self, result: UserResult, *, is_left: bool | None = None) -> None:
        """Counts a user.

        Args:
            result: The user's result, as `as_asked_for` gives it.
            is_left: Whether something is still to go to the user; None is as far as the result tells.
        """
        self.users += 1
        self.outcomes[result.outcome] += 1
        for endpoint_id, endpoint in result.endpoints.items():
            status = endpoint.delivery_status
            if status is _FAILED and endpoint.reason is _LEFT_OUT:
                self.left_out += 1
                continue
            channel = (endpoint_id and self._only) or self._channel_of(result.user_id, endpoint_id, endpoint)
            counter = self.channels.get(channel)
            if counter is None:
                counter = self.channels[channel] = Counter()
            counter[status] += 1
        if result.outcome is not _SUCCESSFUL:
            self.left += _is_left(result) if is_left is None else is_left
            self._add_reason(result)

    def add_not_sent(self, count: int) -> None:
        """Counts users whose turn hasn't come, and of whom nothing else is known."""
        if count:
            self.users += count
            self.left += count
            self.outcomes[Outcome.NOT_SENT] += count
            self.reasons[FailureReason.NOT_SENT] = self.reasons.get(FailureReason.NOT_SENT, 0) + count
            self._examples.setdefault(FailureReason.NOT_SENT, "their turn hasn't come")

    def lines(self, *, with_channels: bool = True) -> list[str]:
        """The summary for people."""
        shown = [f"{counted(self.users, 'user')}:"]
        shown += [f"  {count:>11,}  {outcome}" for outcome, count in _ordered(self.outcomes, Outcome)]
        if self.channels and with_channels:
            shown.append("by channel:")
            for channel in sorted(self.channels):
                said = ", ".join(f"{count:,} {status}" for status, count in self.channels[channel].most_common())
                shown.append(f"  {channel:>11}  {visible(said)}")
        if self.left_out:
            shown.append(f"{counted(self.left_out, 'endpoint')} of channels that the message has nothing for")
        if self.reasons:
            shown.append("why not:")
            for reason, count in sorted(self.reasons.items(), key=lambda item: -item[1]):
                shown.append(f"  {count:>11,}  {reason}, such as: {self._examples[reason]}")
        return shown

    def to_dict(self) -> dict[str, Any]:
        """The summary for machines."""
        return {
            "users": self.users,
            "outcomes": {str(outcome): self.outcomes[outcome] for outcome in Outcome},
            "channels": {
                channel: {str(status): count for status, count in counter.items()}
                for channel, counter in sorted(self.channels.items())
            },
            "reasons": {
                str(reason): {"users": count, "example": self._examples[reason]} for reason, count in self.reasons.items()
            },
            "endpoints_of_other_channels": self.left_out,
            "throttled": self.throttled,
        }

    def _channel_of(self, user_id: str, endpoint_id: str, endpoint: EndpointMessageResult) -> str:
        address = endpoint.address
        if not address:
            return "(earlier run)" if endpoint_id else "(no endpoint)"
        is_phone = _PHONE.fullmatch(address) is not None
        if is_phone and self._phone is not None:
            return self._phone
        if "@" in address and "EMAIL" in self._channels:
            return "EMAIL"
        if not is_phone and endpoint.delivery_status is not _FAILED and "PUSH" in self._channels:
            return "PUSH"  # what failed may be anything
        channel = None if self._look_up is None else self._look_up(user_id).get(endpoint_id)
        if channel is not None:
            return family_of(channel)
        return "SMS or VOICE" if is_phone else "PUSH" if "PUSH" in self._channels else " or ".join(sorted(self._channels))

    def _add_reason(self, result: UserResult) -> None:
        self.failed += result.outcome is not Outcome.NOT_SENT
        reason = result.reason or FailureReason.OTHER
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
        if reason not in self._examples:
            self._examples[reason] = example_of(result, reason)


def as_asked_for(result: UserResult) -> UserResult:
    """A result, SUCCESSFUL if the user got the message everywhere but on channels that it has nothing for."""
    if result.outcome is Outcome.PARTIAL and result.is_fine():
        return attrs.evolve(result, outcome=_SUCCESSFUL)
    return result


def _is_left(result: UserResult) -> bool:
    if isinstance(result.error, PayloadTooLargeError) and result.error.status_code is None:
        return False  # never sent at that size, and no smaller the next time
    statuses = {endpoint.delivery_status for endpoint in result.endpoints.values()}
    is_cut_short = result.outcome in {Outcome.PARTIAL, Outcome.FAILED} and result.error is not None
    return result.outcome is Outcome.NOT_SENT or is_cut_short or DeliveryStatus.THROTTLED in statuses


def family_of(channel: ChannelType) -> str:
    """The channel's name, PUSH for every push service."""
    return channel.value if channel.value in _OTHERS else "PUSH"


def example_of(result: UserResult, reason: FailureReason) -> str:
    """What was said of a user, in one line, addresses masked."""
    said = next((endpoint for endpoint in result.endpoints.values() if endpoint.reason is reason), None)
    text = str(said) if said is not None else in_option_words(str(result.error or reason))
    line = visible(masked_within(text, "").splitlines()[0] if text else str(reason))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _ordered(counter: Counter[Any], words: Any) -> list[tuple[Any, int]]:
    return [(word, counter[word]) for word in words if counter[word]]
