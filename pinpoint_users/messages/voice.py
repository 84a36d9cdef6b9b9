"""The message for phone calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.builder import Builder, values_of
from pinpoint_users._shapes.converters import Substitutions, string, string_lists
from pinpoint_users._shapes.limits import voice_body
from pinpoint_users._shapes.shape import Shape, declared


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class VoiceMessage(Shape):
    """A phone call that reads a text out.

    A body of at most 3,000 spoken characters, 6,000 with SSML's tags.

    Source: Amazon Pinpoint API reference, `VoiceMessage`;
    botocore's model `pinpoint/2016-12-01`, shape `VoiceMessage`.
    """

    body: str | None = attrs.field(default=None, converter=string, validator=voice_body)
    """The text to read out, plain or SSML. At most 3,000 spoken characters, or 6,000 with SSML's tags."""
    language_code: str | None = attrs.field(default=None, converter=string)
    """The language to read in, such as `en-US`; Amazon Polly lists them."""
    origination_number: str | None = attrs.field(default=None, converter=string)
    """The long code to call from, one of the account's own; E.164 form, such as +12065550100, is best."""
    substitutions: Mapping[str, tuple[str, ...]] | None = attrs.field(default=None, converter=string_lists)
    """Values for the `{{variables}}` of the texts, each a list of strings; a user's own values win."""
    voice_id: str | None = attrs.field(default=None, converter=string)
    """The voice to read with, such as `Joanna`; Amazon Polly lists them."""

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            body: str | None = None,
            language_code: str | None = None,
            origination_number: str | None = None,
            substitutions: Substitutions | None = None,
            voice_id: str | None = None,
        ) -> None: ...

    @classmethod
    def builder(cls) -> VoiceMessageBuilder:
        """Starts a builder."""
        return VoiceMessageBuilder()

    def to_builder(self) -> VoiceMessageBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return VoiceMessageBuilder(**values_of(self))


class VoiceMessageBuilder(Builder[VoiceMessage], shape=VoiceMessage):
    """Builds `VoiceMessage`."""

    __slots__ = ()

    def body(self, value: str | None, /) -> Self:
        """The text to read out, plain or SSML. At most 3,000 spoken characters, or 6,000 with SSML's tags."""
        return self._set("body", value)

    def language_code(self, value: str | None, /) -> Self:
        """The language to read in, such as `en-US`; Amazon Polly lists them."""
        return self._set("language_code", value)

    def origination_number(self, value: str | None, /) -> Self:
        """The long code to call from, one of the account's own; E.164 form, such as +12065550100, is best."""
        return self._set("origination_number", value)

    def substitutions(self, value: Substitutions | None, /) -> Self:
        """Values for the `{{variables}}` of the texts, each a list of strings; a user's own values win."""
        return self._set("substitutions", value)

    def substitution(self, name: str, value: str, /, *more: str) -> Self:
        """Adds a substitution to `substitutions`: its name and its value, or several values."""
        return self._put("substitutions", name, (value, *more))

    def voice_id(self, value: str | None, /) -> Self:
        """The voice to read with, such as `Joanna`; Amazon Polly lists them."""
        return self._set("voice_id", value)


# The end of the builder.
