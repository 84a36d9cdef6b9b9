"""The message of a command: its file, with its templates, for the channels that the options name."""

from __future__ import annotations

import attrs

from pinpoint_users._files.faults import FileFault
from pinpoint_users._files.message_file import MessageFile, read_message
from pinpoint_users._rendering.content import only_for
from pinpoint_users._rendering.template_store import TemplateStore
from pinpoint_users._requests.preflight import unread_texts
from pinpoint_users._routes.channels import channels_of
from pinpoint_users.cli.connection import channel_words, channels_reached
from pinpoint_users.cli.exits import CommandError
from pinpoint_users.cli.facts import sha256_of
from pinpoint_users.cli.options import SendOptions
from pinpoint_users.enums import ChannelType
from pinpoint_users.messages.configuration import DirectMessageConfiguration


@attrs.frozen(kw_only=True)
class Content:
    """What is sent."""

    file: MessageFile
    """What the message's file says, as far as it is for the channels."""
    message: DirectMessageConfiguration
    """Its message; an empty one where the service's templates stand for it."""
    channels: list[ChannelType]
    """The channels that it goes to."""
    chosen: list[ChannelType] | None
    """The channels that the options name; None for all that the message has something for."""
    first_of: list[ChannelType] | None
    """Of which each user gets it by the first one that reaches."""
    sha256: str
    """The digest of the file."""

    @property
    def groups(self) -> list[frozenset[ChannelType]]:
        """Channels of which each user gets the message by the first group that reaches."""
        return [frozenset(self.channels)] if self.first_of is None else list(map(channels_of, self.first_of))


def content_of(options: SendOptions) -> Content:
    """Reads the message that the options name.

    Raises:
        CommandError: A channel is none, or the message has nothing for any of the channels.
        FileFaultsError: Every fault of the message.
        ValidationError: Every fault of the templates.
        OSError: The file can't be read.
    """
    if options.message == "-":
        raise CommandError("--message -: write the message to a file, as resuming a run takes it again")
    words = channel_words(options.channels, "--channels")
    first_of = channel_words(options.first_of, "--first-of")
    if first_of is not None and options.directory is None and not options.local:
        raise CommandError("--first-of: takes --directory: by Pinpoint's look-up a user gets all channels at once")
    file = read_message(options.message)
    sha256 = sha256_of(options.message)
    message = file.message or DirectMessageConfiguration()
    if options.templates is not None:
        message = TemplateStore.of(options.templates).resolve(file.template_configuration, message)
        told = {*unread_texts(file.message or DirectMessageConfiguration())}
        found = [FileFault(options.templates, None, *each) for each in unread_texts(message) if each not in told]
        file = attrs.evolve(file, template_configuration=None, notes=(*file.notes, *found))
    elif file.template_configuration is not None and (options.directory is not None or options.local):
        named = [
            f"{template.name}.{field.removesuffix('_template')}.json"
            for field, template in attrs.asdict(file.template_configuration, recurse=False).items()
            if template is not None
        ]
        raise CommandError(
            f"{options.message}: template_configuration: the service no longer keeps templates: give --templates FOLDER, "
            f"with {', '.join(named)} in it"
        )
    for option, chosen in (("--channels", words), ("--first-of", first_of)):
        if chosen is not None:
            message = only_for(message, frozenset[ChannelType]().union(*map(channels_of, chosen)))
            if message == DirectMessageConfiguration() and file.template_configuration is None:
                raise CommandError(
                    f"{option} {','.join(chosen)}: the message has nothing for that: add it, or name another channel"
                )
    return Content(
        file=attrs.evolve(file, message=message),
        message=message,
        channels=channels_reached(message, words),
        chosen=words,
        first_of=first_of,
        sha256=sha256,
    )
