"""The way to the service, or to an embedded one, as the options say."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from pinpoint_users._rendering.content import content_of
from pinpoint_users._routes.channels import channel_faults, channels_of
from pinpoint_users.cli.exits import CommandError
from pinpoint_users.cli.options import SendOptions
from pinpoint_users.client import PinpointUsers
from pinpoint_users.directory.interface import EndpointDirectory
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.enums import ChannelType, ChannelTypeName
from pinpoint_users.journal import without_secrets
from pinpoint_users.messages.configuration import DirectMessageConfiguration
from pinpoint_users.routes import SES, Routes, Settings, TextMessaging, VoiceMessaging

if TYPE_CHECKING:
    from pinpoint_users.directory.stored import StoredDirectory
    from pinpoint_users.local import LocalPinpoint  # noqa: TC004 - imported again where it is used

_APPLICATION = "application"
_LOCAL_SENDER = "sender@example.com"
_OF_APNS = tuple(map(ChannelType, ("APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX")))
_REACHED = (*_OF_APNS, *map(ChannelType, ("GCM", "ADM", "BAIDU", "SMS", "VOICE", "EMAIL")))
_POSTGRES = ("postgresql://", "postgres://")
_DYNAMODB = "dynamodb://"
_TABLE = re.compile(r"[\w.-]{3,255}|arn:\S+", re.ASCII)


@attrs.frozen(kw_only=True)
class Connection:
    """What a run is sent by."""

    client: PinpointUsers
    application_id: str
    directory: EndpointDirectory | None
    routes: Routes
    """Which way e-mail, SMS and calls go, where it isn't the usual one."""
    local: LocalPinpoint | None
    """The embedded service."""

    @property
    def senders(self) -> dict[str, str]:
        """Who sends by a channel, where the options say that."""
        named = {
            str(channel): way.from_email_address if isinstance(way, SES) else getattr(way, "origination_identity", None)
            for channel, way in self.routes.items()
        }
        return {channel: sender for channel, sender in named.items() if sender is not None}


def channel_words(text: str | None, option: str) -> list[ChannelType] | None:
    """The channels of an option.

    Raises:
        CommandError: One of them is none.
    """
    if text is None:
        return None
    words = [word.strip().upper().replace("-", "_") for word in text.split(",") if word.strip()]
    faults = channel_faults(option, words)
    if faults:
        raise CommandError(*map(str, faults))
    return list(map(ChannelType, words))


def channels_reached(message: DirectMessageConfiguration, words: Sequence[str] | None) -> list[ChannelType]:
    """The channels that a message goes to."""
    chosen = None if words is None else frozenset().union(*map(channels_of, words))
    every = [channel for channel in _REACHED if content_of(message, channel) is not None]
    return every if chosen is None else [channel for channel in every if channel in chosen]


def is_postgres(url: str | None) -> bool:
    """Whether a directory is in PostgreSQL."""
    return url is not None and url.startswith(_POSTGRES)


def open_directory(url: str, *, may_be_new: bool = False) -> StoredDirectory:
    """Opens a directory.

    Args:
        url: A file of SQLite, postgresql://…, or dynamodb://TABLE.
        may_be_new: Whether a file that isn't there is made.

    Raises:
        CommandError: There is no such file, or it names no table.
        DirectoryError: It can't be opened.
        ImportError: The extra that it needs isn't installed.
    """
    if is_postgres(url):
        from pinpoint_users.directory.postgres import PostgresDirectory  # noqa: PLC0415 - for those who use it

        return PostgresDirectory(url)
    if url.startswith(_DYNAMODB):
        from pinpoint_users.directory.dynamodb import DynamoDBDirectory  # noqa: PLC0415 - likewise

        table = url.removeprefix(_DYNAMODB)
        if not _TABLE.fullmatch(table):
            raise CommandError(
                f"--directory {url}: write dynamodb://TABLE, with the table's name, such as dynamodb://endpoints"
            )
        return DynamoDBDirectory(table)
    from pinpoint_users.directory.sqlite import SQLiteDirectory  # noqa: PLC0415 - likewise

    if "://" in url:
        raise CommandError(f"--directory {without_secrets(url)}: write a file's name, postgresql://…, or dynamodb://TABLE")
    if not may_be_new and not Path(url).exists():
        raise CommandError(
            f"{url}: there is no such directory: `pinpoint-users endpoints import --directory {url} FILE` makes it"
        )
    return SQLiteDirectory(url)


@contextlib.contextmanager
def connected(options: SendOptions, message: DirectMessageConfiguration) -> Iterator[Connection]:
    """Opens what a run is sent by, and closes it.

    Raises:
        CommandError: An option is wrong.
        PinpointUsersError: As from `PinpointUsers` and directories.
    """
    if options.application_id is None and not options.local:
        raise CommandError("--application-id is required: `aws pinpoint get-apps` lists them; --local needs none")
    channels = channels_reached(message, channel_words(options.channels, "--channels"))
    with contextlib.ExitStack() as stack:
        directory: EndpointDirectory | None = None
        if options.directory is not None:
            directory = stack.enter_context(open_directory(options.directory))
        elif options.local:
            directory = MadeUpDirectory(channels)
        routes = _routes(options, channels, has_directory=directory is not None)
        application_id = options.application_id or _APPLICATION
        if options.local:
            application_id = f"local-{application_id}"  # so that no journal of a rehearsal is taken for that of a run
        local: LocalPinpoint | None = None
        if options.local:
            from pinpoint_users.local import LocalPinpoint  # noqa: PLC0415 - for those who use it

            local = stack.enter_context(LocalPinpoint(application_id=application_id))
        client = stack.enter_context(
            PinpointUsers(
                application_id,
                transport=None if local is None else local.transport,
                region_name=None if options.local else options.region,
                profile_name=None if options.local else options.profile,
                endpoint_url=None if options.local else options.endpoint_url,
                concurrency=options.concurrency,
                requests_per_second=options.rate,
                directory=directory,
                routes=routes or None,
                keeps_directory=not options.local,  # what isn't AWS's mustn't retire a token
                templates=options.templates,
            )
        )
        yield Connection(client=client, application_id=application_id, directory=directory, routes=routes, local=local)


def _routes(
    options: SendOptions, channels: Sequence[ChannelType], *, has_directory: bool
) -> dict[ChannelType | ChannelTypeName, Settings]:
    given = {
        "--from-email-address": options.from_email_address,
        "--configuration-set": options.configuration_set,
        "--origination-identity": options.origination_identity,
    }
    named = [name for name, value in given.items() if value is not None]
    if named and not has_directory:
        raise CommandError(f"{', '.join(named)}: takes --directory; Pinpoint itself finds the way to users whom it looks up")
    routes: dict[ChannelType | ChannelTypeName, Settings] = {}
    sender = options.from_email_address
    if ChannelType.EMAIL in channels and (sender is not None or options.configuration_set is not None or options.local):
        sender = _LOCAL_SENDER if sender is None and options.local else sender
        routes[ChannelType.EMAIL] = SES(from_email_address=sender, configuration_set_name=options.configuration_set)
    if options.origination_identity is not None:
        if ChannelType.SMS in channels:
            routes[ChannelType.SMS] = TextMessaging(origination_identity=options.origination_identity)
        if ChannelType.VOICE in channels:
            routes[ChannelType.VOICE] = VoiceMessaging(origination_identity=options.origination_identity)
    return routes


class MadeUpDirectory:
    """A directory in which each user has an address on each of some channels: nobody's.

    Args:
        channels: The channels, of which APNs' count as one.
    """

    def __init__(self, channels: Sequence[ChannelType]) -> None:
        others_of_apns = [channel for channel in channels if channel in _OF_APNS][1:]
        self._channels = [channel for channel in channels if channel not in others_of_apns]

    def endpoints_of(self, user_ids: Sequence[str], /) -> Mapping[str, Sequence[Endpoint]]:
        """The endpoints of users."""
        return {
            user_id: [Endpoint(channel_type=channel, address=_address(channel, user_id)) for channel in self._channels]
            for user_id in user_ids
        }


def _address(channel: ChannelType, user_id: str) -> str:
    import zlib  # noqa: PLC0415 - for who sends to an embedded service

    number = zlib.crc32(user_id.encode("utf-8", "surrogatepass"))
    if channel in {ChannelType.SMS, ChannelType.VOICE}:
        return f"+1555{number:010d}"
    return f"user-{number:010d}@example.com" if channel is ChannelType.EMAIL else f"{channel.value.lower()}-token-{number:010d}"
