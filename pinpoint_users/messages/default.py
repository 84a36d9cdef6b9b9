"""The message for all channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.builder import Builder, values_of
from pinpoint_users._shapes.converters import Substitutions, string, string_lists
from pinpoint_users._shapes.shape import Shape, declared


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class DefaultMessage(Shape):
    """The message for every channel without a message of its own.

    Source: Amazon Pinpoint API reference, `DefaultMessage`;
    botocore's model `pinpoint/2016-12-01`, shape `DefaultMessage`.
    """

    body: str | None = attrs.field(default=None, converter=string)
    """The text of the message."""
    substitutions: Mapping[str, tuple[str, ...]] | None = attrs.field(default=None, converter=string_lists)
    """Values for the `{{variables}}` of the texts, each a list of strings; a user's own values win."""

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(self, *, body: str | None = None, substitutions: Substitutions | None = None) -> None: ...

    @classmethod
    def builder(cls) -> DefaultMessageBuilder:
        """Starts a builder."""
        return DefaultMessageBuilder()

    def to_builder(self) -> DefaultMessageBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return DefaultMessageBuilder(**values_of(self))


class DefaultMessageBuilder(Builder[DefaultMessage], shape=DefaultMessage):
    """Builds `DefaultMessage`."""

    __slots__ = ()

    def body(self, value: str | None, /) -> Self:
        """The text of the message."""
        return self._set("body", value)

    def substitutions(self, value: Substitutions | None, /) -> Self:
        """Values for the `{{variables}}` of the texts, each a list of strings; a user's own values win."""
        return self._set("substitutions", value)

    def substitution(self, name: str, value: str, /, *more: str) -> Self:
        """Adds a substitution to `substitutions`: its name and its value, or several values."""
        return self._put("substitutions", name, (value, *more))


# The end of the builder.
