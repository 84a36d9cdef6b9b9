"""What became of a run, counted: by outcome, by channel, and the reasons of failures grouped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any

from pinpoint_users._files.terminal_text import visible
from pinpoint_users.cli.terminal import counted
from pinpoint_users.enums import ChannelType, DeliveryStatus, FailureReason, Outcome
from pinpoint_users.results import masked_within
from pinpoint_users.user_result import UserResult

LookUp = Callable[[str], Mapping[str, ChannelType]]
"""Tells the channels of a user's endpoints, by endpoint ID."""

_PHONE = re.compile(r"\+[0-9]+")
_SUCCESSFUL = Outcome.SUCCESSFUL
_LONGEST = 120
_PHONES = frozenset({"SMS", "VOICE"})
_OTHERS = _PHONES | {"EMAIL"}


class Tally:
    """Counts results as they come, in constant memory.

    Args:
        channels: The channels that the message goes to, where PUSH stands for every push service.
        look_up: Tells SMS from calls, where the message is for both.
    """

    def __init__(self, channels: Collection[str], look_up: LookUp | None = None) -> None:
        self.users: int = 0
        self.failed: int = 0
        """Users who didn't get the message on every channel, as far as it had something for them."""
        self.throttled: int = 0
        """Users who had to be sent to again, most of them since the service throttled."""
        self.outcomes: Counter[Outcome] = Counter()
        self.channels: dict[str, Counter[DeliveryStatus]] = {}
        self.reasons: dict[FailureReason, int] = {}
        self._examples: dict[FailureReason, str] = {}
        self._channels = channels
        self._only = next(iter(channels)) if len(channels) == 1 else None
        phones = _PHONES & {*channels}
        self._phone = next(iter(phones)) if len(phones) == 1 else None
        self._look_up = look_up

    def add(self, result: UserResult) -> None:
        """Counts a user."""
        self.users += 1
        self.outcomes[result.outcome] += 1
        if result.attempts > 1 or result.outcome is Outcome.THROTTLED:
            self.throttled += 1
        for endpoint_id, endpoint in result.endpoints.items():
            channel = self._only or self._channel_of(result.user_id, endpoint_id, endpoint.address)
            counter = self.channels.get(channel)
            if counter is None:
                counter = self.channels[channel] = Counter()
            counter[endpoint.delivery_status] += 1
        if result.outcome is not _SUCCESSFUL:
            self._add_failure(result)

    def add_not_sent(self, count: int) -> None:
        """Counts users whose turn didn't come."""
        if count:
            self.users += count
            self.failed += count
            self.outcomes[Outcome.NOT_SENT] += count
            self.reasons[FailureReason.NOT_SENT] = self.reasons.get(FailureReason.NOT_SENT, 0) + count
            self._examples.setdefault(FailureReason.NOT_SENT, "the run ended before their turn")

    def lines(self, *, with_channels: bool = True) -> list[str]:
        """The summary for people."""
        shown = [f"{counted(self.users, 'user')}:"]
        shown += [f"  {count:>11,}  {outcome}" for outcome, count in _ordered(self.outcomes, Outcome)]
        if self.channels and with_channels:
            shown.append("by channel:")
            for channel in sorted(self.channels):
                said = ", ".join(f"{count:,} {status}" for status, count in self.channels[channel].most_common())
                shown.append(f"  {channel:>11}  {visible(said)}")
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
            "throttled": self.throttled,
        }

    def _channel_of(self, user_id: str, endpoint_id: str, address: str | None) -> str:
        if not address:
            return "(earlier run)" if endpoint_id else "(no endpoint)"
        if "@" in address and "EMAIL" in self._channels:
            return "EMAIL"
        if _PHONE.fullmatch(address) is None:
            return "PUSH"
        if self._phone is not None:
            return self._phone
        channel = None if self._look_up is None else self._look_up(user_id).get(endpoint_id)
        return "SMS or VOICE" if channel is None else family_of(channel)

    def _add_failure(self, result: UserResult) -> None:
        reason = result.reason
        if result.is_fine() or reason is None:
            return
        self.failed += 1
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
        if reason not in self._examples:
            self._examples[reason] = example_of(result, reason)


def family_of(channel: ChannelType) -> str:
    """The channel's name, PUSH for every push service."""
    return channel.value if channel.value in _OTHERS else "PUSH"


def example_of(result: UserResult, reason: FailureReason) -> str:
    """What was said of a user, in one line, addresses masked."""
    said = next((endpoint for endpoint in result.endpoints.values() if endpoint.reason is reason), None)
    text = str(said) if said is not None else str(result.error or reason)
    line = visible(masked_within(text, "").splitlines()[0] if text else str(reason))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _ordered(counter: Counter[Any], words: Any) -> list[tuple[Any, int]]:
    return [(word, counter[word]) for word in words if counter[word]]
