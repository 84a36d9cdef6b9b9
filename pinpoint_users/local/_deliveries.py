"""What came, as a test asks for it: `Deliveries`, and the error that shows what did come."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Protocol, overload

import attrs
from typing_extensions import Self

from pinpoint_users.enums import ChannelType
from pinpoint_users.local._delivery import Delivery
from pinpoint_users.local._table import clipped, table

_STEP = 0.01
"""Seconds between two looks while it waits."""
_APNS = frozenset({ChannelType.APNS, ChannelType.APNS_SANDBOX, ChannelType.APNS_VOIP, ChannelType.APNS_VOIP_SANDBOX})
_PUSH = _APNS | {ChannelType.GCM, ChannelType.ADM, ChannelType.BAIDU}


class _Keeper(Protocol):
    """A `LocalPinpoint`, as far as it is asked here."""

    @property
    def requests(self) -> Mapping[int | None, int]: ...

    def deliveries(self) -> tuple[Delivery, ...]: ...


class DeliveryAssertionError(AssertionError):
    """Other messages came than a test expects. Its text lists those that did."""

    def __init__(self, message: str, deliveries: tuple[Delivery, ...]) -> None:
        super().__init__(message, deliveries)
        self.deliveries = deliveries
        """What came in all, in the order of sending."""

    def __str__(self) -> str:
        return str(self.args[0])


DeliveryAssertionError.__module__ = "pinpoint_users.local"  # where callers find it, and what a failed test shows


@attrs.frozen
class _Filter:
    words: str
    matches: Callable[[Delivery], bool]


@attrs.frozen(repr=False, eq=False)
class Deliveries:
    """What a `LocalPinpoint` delivered, narrowed down step by step, for a test to look at.

    `to()`, `at()` and the channels' methods each give a narrower selection, which looks anew whenever it is asked something.
    `body`, `title`, `html`, `message`, `context` and `address` are those of the one delivery that there is; if there is none,
    or more than one, they fail and list what came. A selection can be counted, indexed and iterated over, and is true if it
    has any.

    Args:
        local: What delivers: `LocalPinpoint`.

    Example:
        >>> from pinpoint_users import DirectMessageConfiguration, SMSMessage
        >>> from pinpoint_users.local import Deliveries, LocalPinpoint
        >>> with LocalPinpoint() as local:
        ...     endpoint_id = local.add_endpoint(user_id="u-1", channel_type="SMS", address="+12065550100")
        ...     message = DirectMessageConfiguration(sms_message=SMSMessage(body="Hello"))
        ...     report = local.client().send(message, ["u-1"])
        ...     deliveries = Deliveries(local)
        ...     assert deliveries.to("u-1").sms().body == "Hello"
        ...     deliveries.to("u-2").assert_none()
    """

    _local: _Keeper
    _channel: str = attrs.field(default="delivery", kw_only=True)
    _filters: tuple[_Filter, ...] = attrs.field(default=(), kw_only=True)
    _seconds: float = attrs.field(default=0.0, kw_only=True)

    # --- narrowing down

    def to(self, user_id: str) -> Self:
        """Those to a user's endpoints, by `SendUsersMessages`, or by `SendMessages` to an endpoint's ID.

        What is sent to an address, such as all that SES v2 and SMS and voice version 2 send, has no user: see `at()`.

        Args:
            user_id: The user's ID.
        """
        return self._narrowed(f"to {user_id!r}", lambda delivery: delivery.user_id == user_id)

    def at(self, address: str) -> Self:
        """Those at an address, whatever sent them.

        Args:
            address: The phone number, e-mail address or device token, as it was sent to.
        """
        return self._narrowed(f"at {address!r}", lambda delivery: delivery.address == address)

    def sms(self) -> Self:
        """Text messages, of Pinpoint and of SMS and voice version 2."""
        return self._of("SMS", {ChannelType.SMS})

    def email(self) -> Self:
        """E-mails, of Pinpoint and of SES v2; `title` is the subject, `body` the text part, `html` the HTML part."""
        return self._of("e-mail", {ChannelType.EMAIL})

    def voice(self) -> Self:
        """Voice messages, of Pinpoint and of SMS and voice version 2; `body` is the script."""
        return self._of("voice message", {ChannelType.VOICE})

    def push(self) -> Self:
        """Push notifications: those of `apns()`, `gcm()`, `adm()` and `baidu()`."""
        return self._of("push notification", _PUSH)

    def apns(self) -> Self:
        """Push notifications to Apple's devices, VoIP and the sandbox included."""
        return self._of("push notification by APNs", _APNS)

    def gcm(self) -> Self:
        """Push notifications to Android, by Firebase Cloud Messaging."""
        return self._of("push notification by GCM", {ChannelType.GCM})

    def adm(self) -> Self:
        """Push notifications to Amazon's devices."""
        return self._of("push notification by ADM", {ChannelType.ADM})

    def baidu(self) -> Self:
        """Push notifications by Baidu."""
        return self._of("push notification by Baidu", {ChannelType.BAIDU})

    def within(self, seconds: float) -> Self:
        """The same selection, which waits when it is asked something: for code that sends in another thread or process.

        It waits until one delivery is there, or as many as `exactly()` is told; `assert_none()` waits the whole time. Inside of
        an event loop ask in a thread, by `asyncio.to_thread`, as nothing else in the loop goes on meanwhile.

        Args:
            seconds: The longest wait. By default, without `within()`, there is none.

        Raises:
            ValueError: It isn't a number of seconds, 0 or more.
        """
        if not 0 <= seconds < math.inf:
            raise ValueError(f"{seconds} isn't a wait: it must be a number of seconds, 0 or more")
        return attrs.evolve(self, seconds=seconds)

    # --- what there is

    def all(self) -> tuple[Delivery, ...]:
        """Those that there are, in the order of sending; perhaps none."""
        return self._wait(1)

    def one(self) -> Delivery:
        """The only one there is.

        Raises:
            DeliveryAssertionError: There is none, or more than one.
        """
        __tracebackhide__ = True
        return self.exactly(1)[0]

    def exactly(self, count: int) -> tuple[Delivery, ...]:
        """So many, in the order of sending.

        Args:
            count: How many there must be.

        Raises:
            DeliveryAssertionError: There are more, or fewer.
        """
        __tracebackhide__ = True
        found = self._wait(count)
        if len(found) != count:
            self._fail(count, found)
        return found

    def assert_none(self) -> None:
        """There is none. After `within()` none comes in all that time.

        Raises:
            DeliveryAssertionError: There is one, or more.
        """
        __tracebackhide__ = True
        found = self._wait(1)
        if found:
            self._fail(0, found)

    def __len__(self) -> int:
        return len(self.all())

    def __iter__(self) -> Iterator[Delivery]:
        return iter(self.all())

    @overload
    def __getitem__(self, index: int) -> Delivery: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Delivery, ...]: ...
    def __getitem__(self, index: int | slice) -> Delivery | tuple[Delivery, ...]:
        return self.all()[index]

    # --- of the only one there is

    @property
    def address(self) -> str:
        """The phone number, e-mail address or device token."""
        __tracebackhide__ = True
        return self.one().address

    @property
    def title(self) -> str | None:
        """The title of a push notification or the subject of an e-mail."""
        __tracebackhide__ = True
        return self.one().title

    @property
    def body(self) -> str | None:
        """The text; of an e-mail its text part."""
        __tracebackhide__ = True
        return self.one().body

    @property
    def html(self) -> str | None:
        """The HTML part of an e-mail."""
        __tracebackhide__ = True
        return self.one().html

    @property
    def message(self) -> Mapping[str, Any]:
        """The channel's whole message in AWS's shape, as `Delivery.message`."""
        __tracebackhide__ = True
        return self.one().message

    @property
    def context(self) -> Mapping[str, str]:
        """The request's context and the recipient's; of SES v2 the tags."""
        __tracebackhide__ = True
        return self.one().context

    def __repr__(self) -> str:
        """One line, as pytest shows it: what is asked for, and what there is now."""
        found = [f"{delivery.channel_type.value} {clipped(delivery.body)}" for delivery in self._now()]
        return f"<{self._asked(len(found))}{': ' if found else ''}{', '.join(found)}>"

    # ---

    def _of(self, words: str, channels: Collection[ChannelType]) -> Self:
        return attrs.evolve(self._narrowed("", lambda delivery: delivery.channel_type in channels), channel=words)

    def _narrowed(self, words: str, matches: Callable[[Delivery], bool]) -> Self:
        return attrs.evolve(self, filters=(*self._filters, _Filter(words, matches)))

    def _wait(self, count: int) -> tuple[Delivery, ...]:
        # Steps are counted, and the clock isn't asked: a test may have stopped it.
        for _ in range(math.ceil(self._seconds / _STEP)):
            found = self._now()
            if len(found) >= max(count, 1):
                return found
            threading.Event().wait(_STEP)
        return self._now()

    def _now(self) -> tuple[Delivery, ...]:
        return tuple(filter(self._matches, self._local.deliveries()))

    def _matches(self, delivery: Delivery) -> bool:
        return all(each.matches(delivery) for each in self._filters)

    def _asked(self, count: int) -> str:
        channel = self._channel if count == 1 else _plural(self._channel)
        return " ".join([str(count or "no"), channel, *(each.words for each in self._filters if each.words)])

    def _fail(self, count: int, found: tuple[Delivery, ...]) -> None:
        __tracebackhide__ = True
        came = self._local.deliveries()
        others = [delivery for delivery in came if not self._matches(delivery)]
        asked = f"expected {self._asked(count)}{f' within {self._seconds:g} s' if self._seconds else ''}"
        if not came:
            raise DeliveryAssertionError(f"{asked}, but nothing came at all; {self._answers()}", came)
        lines = [f"{asked}, and there {'is' if len(found) == 1 else 'are'} {len(found) or 'none'}. What came:"]
        lines += table(found, others)
        unknown = sum(delivery.user_id is None for delivery in others)
        if unknown and not found and any(each.words.startswith("to ") for each in self._filters):
            lines.append("What is sent to an address has no user: ask by .at(address)")
        raise DeliveryAssertionError("\n".join(lines), came)

    def _answers(self) -> str:
        counts = [
            f"{count:,} {'without an answer' if status is None else f'by HTTP {status}'}"
            for status, count in sorted(self._local.requests.items(), key=lambda item: item[0] or 0)
        ]
        return f"sends were answered: {', '.join(counts)}" if counts else "no send was asked for"


def _plural(words: str) -> str:
    first, by, rest = words.partition(" by ")
    return {"SMS": "SMS", "delivery": "deliveries"}.get(first, f"{first}s") + by + rest
