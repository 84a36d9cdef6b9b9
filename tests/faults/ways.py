"""The ways in which the messages of the fault table go out, and the endpoints that its users have in each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import attrs
from faults.from_asyncio import FromThread

from pinpoint_users import (
    DirectMessageConfiguration,
    EmailMessage,
    GCMMessage,
    PinpointUsers,
    SimpleEmail,
    SMSMessage,
    VoiceMessage,
)
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.routes import SES, ListManagementOptions, TextMessaging, VoiceMessaging

MESSAGE = DirectMessageConfiguration(
    sms_message=SMSMessage(body="hello"),
    voice_message=VoiceMessage(body="hello"),
    gcm_message=GCMMessage(body="hello"),
    email_message=EmailMessage(
        from_address="news@example.com", simple_email=SimpleEmail(subject="hello", text_part="hello {{User.UserId}}")
    ),
)
FORMATS = {"SMS": "+1206{:07}", "VOICE": "+1207{:07}", "GCM": "token-{}", "EMAIL": "u{}@example.com"}


@attrs.frozen(eq=False)
class Way:
    """How users are looked up and messages go out."""

    name: str
    """Its name on the command line."""
    title: str
    """What it is, in the page's words."""
    channels: tuple[str, ...]
    """The channels by which each user is reached."""
    requests_for: Callable[[int], int]
    """How many requests so many users take."""
    routes: Mapping[Any, Any] | None = None
    """The routes of a client with a directory; None where Pinpoint looks users up."""
    throttled: int = 8
    """Of how many users one is throttled, where some are."""
    size: int | None = None
    """How many users a run has at most."""
    client: Callable[..., Any] = PinpointUsers
    """The client."""

    def endpoints_of(self, user_id: str) -> list[str]:
        """The IDs of a user's endpoints."""
        return [f"{user_id}-{channel}" for channel in self.channels]


LOOK_UP = Way("look-up", "Pinpoint's look-up", ("SMS", "GCM"), lambda users: -(-users // 100))
ADDRESSES = Way(
    "addresses",
    "a directory: push and SMS by `SendMessages` with addresses, e-mail by `SendBulkEmail`",
    ("SMS", "GCM", "EMAIL"),
    lambda users: -(-users // 50) + 2 * -(-users // 100),
    routes={},
)
SINGLES = Way(
    "singles",
    "a directory: `SendTextMessage`, `SendVoiceMessage` and `SendEmail`, a request for each recipient",
    ("SMS", "VOICE", "EMAIL"),
    lambda users: 3 * users,
    throttled=60,  # each is an HTTP 429, to which the pace adapts, in real time
    size=1_000,
    routes={
        "SMS": TextMessaging(),
        "VOICE": VoiceMessaging(origination_identity="+12065550199"),
        "EMAIL": SES(list_management_options=ListManagementOptions(contact_list_name="everybody")),
    },
)
ASYNCIO = attrs.evolve(LOOK_UP, name="asyncio", title="Pinpoint's look-up, from asyncio", client=FromThread)
WAYS = {way.name: way for way in (LOOK_UP, ADDRESSES, SINGLES, ASYNCIO)}


class Directory:
    """Each user's endpoints by a function, which remembers whose the addresses are.

    Args:
        way: The way.
        user_ids: Users whose addresses are to be known from the beginning.
    """

    def __init__(self, way: Way, user_ids: Collection[str] = ()) -> None:
        self._way = way
        self.ids: dict[str, str] = {}
        """The endpoints' IDs by their addresses."""
        self(user_ids)

    def __call__(self, user_ids: Collection[str]) -> dict[str, list[Endpoint]]:
        return {user_id: [self._endpoint(user_id, channel) for channel in self._way.channels] for user_id in user_ids}

    def _endpoint(self, user_id: str, channel: Any) -> Endpoint:
        endpoint = Endpoint(
            channel_type=channel,
            address=FORMATS[channel].format(int(user_id.rsplit("-", 1)[1])),
            id=f"{user_id}-{channel}",
        )
        self.ids[endpoint.address] = endpoint.endpoint_id
        return endpoint
