"""Whom of the directory a message reaches, and how it will look there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from pinpoint_users._files.message_file import MessageFile
from pinpoint_users._files.preview import Preview, preview
from pinpoint_users._files.user_file import Pair
from pinpoint_users._shapes.limits import MAX_USERS
from pinpoint_users.directory.interface import EndpointDirectory
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.enums import ChannelType


def reached(endpoints: Iterable[Endpoint], groups: Sequence[Collection[ChannelType]]) -> list[Endpoint]:
    """The endpoints of a user that are sent to.

    Args:
        endpoints: What the directory has of the user.
        groups: Channels of which each user gets the message by the first group that reaches.
    """
    open_ones = [each for each in endpoints if each.opt_out != "ALL" and each.endpoint_status != "INACTIVE"]
    ways = ([each for each in open_ones if each.channel_type in group] for group in groups)
    return next(filter(None, ways), [])


def directory_preview(
    message: MessageFile,
    pairs: Iterable[Pair],
    directory: EndpointDirectory,
    groups: Sequence[Collection[ChannelType]],
    senders: Mapping[str, str] | None = None,
) -> Preview:
    """The message as the first of the users sees it who has an endpoint that is sent to, filled from the directory.

    Args:
        message: The message.
        pairs: The users, one at least, of whom the first hundred are looked up; the first one is shown if none is reached.
        directory: The directory.
        groups: As for `reached`.
        senders: Who sends by a channel, as the settings say.

    Raises:
        DirectoryError: The directory can't be read.
    """
    some = list(islice(pairs, MAX_USERS))
    found = directory.endpoints_of([user_id for user_id, _ in some])
    ways = [reached(found.get(user_id, ()), groups) for user_id, _ in some]
    (user_id, own), way = next(((pair, way) for pair, way in zip(some, ways, strict=True) if way), (some[0], []))
    return preview(message, user_id, own, endpoints=[_shape(each, user_id) for each in way], senders=senders)


def _shape(endpoint: Endpoint, user_id: str) -> dict[str, Any]:
    shape = endpoint.to_dict()
    return {**shape, "User": {"UserId": user_id, **shape.get("User", {})}}
