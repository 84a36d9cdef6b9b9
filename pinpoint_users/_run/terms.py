"""The terms of a run: what its caller says besides the message and the users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import attrs

from pinpoint_users._requests.prepared import Templates
from pinpoint_users._routes.channels import channel_faults, channels_of
from pinpoint_users._run.arguments import run_faults
from pinpoint_users.enums import Channels, ChannelType
from pinpoint_users.errors import Fault, ValidationError
from pinpoint_users.journal import Journal

Choices: TypeAlias = Sequence[frozenset[ChannelType]]
MissingVariables: TypeAlias = Literal["refuse", "empty"]


@attrs.frozen(eq=False)
class Terms:
    """What `send` and `stream` are told; docs of each are there."""

    template_configuration: Templates | None
    context: Mapping[str, str] | None
    trace_id: str | None
    deadline: float | None
    journal: Journal | None
    max_wait: float
    missing_variables: MissingVariables
    channels: Channels | None
    first_of: Channels | None

    def check(self, *, has_directory: bool) -> None:
        """Refuses what can't be.

        Args:
            has_directory: Whether users are looked up in a directory.

        Raises:
            ValidationError: Every fault at once.
        """
        faults = run_faults(self.deadline, self.journal, self.max_wait, self.missing_variables)
        faults += [] if self.channels is None else channel_faults("channels", self.channels)
        if self.first_of is not None:
            faults += channel_faults("first_of", self.first_of)
            if not has_directory:
                faults.append(Fault("first_of", "takes a directory: by Pinpoint's look-up a user gets all channels at once"))
        if faults:
            raise ValidationError("the run", faults)

    @property
    def chosen_channels(self) -> frozenset[ChannelType] | None:
        """The channels that the message goes to; None for all."""
        words = self.channels
        return None if words is None else frozenset[ChannelType]().union(*map(channels_of, words))

    @property
    def choices(self) -> Choices:
        """Groups of channels of which each user gets the message by the first one that reaches."""
        return [channels_of(word) for word in self.first_of or ()]
