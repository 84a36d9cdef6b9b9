"""The user whom an endpoint belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.builder import Builder, values_of
from pinpoint_users._shapes.converters import Substitutions, string, string_lists
from pinpoint_users._shapes.layout import unfrozen_layout
from pinpoint_users._shapes.shape import Shape, declared

__all__ = ["EndpointUser", "EndpointUserBuilder"]


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class EndpointUser(Shape):
    """The user whom an endpoint belongs to.

    A directory takes names of at most 50 characters, with at most 50 values of at most 100 characters each.

    Source: Amazon Pinpoint API reference, `EndpointUser`;
    botocore's model `pinpoint/2016-12-01`, shape `EndpointUser`.
    """

    user_attributes: Mapping[str, tuple[str, ...]] | None = attrs.field(default=None, converter=string_lists)
    """What is known of the user, each a list of strings: `{{User.UserAttributes.name}}` in a message."""
    user_id: str | None = attrs.field(default=None, converter=string)
    """The user's ID, which messages are sent to: `{{User.UserId}}` in a message."""

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(self, *, user_attributes: Substitutions | None = None, user_id: str | None = None) -> None: ...

    @classmethod
    def builder(cls) -> EndpointUserBuilder:
        """Starts a builder."""
        return EndpointUserBuilder()

    def to_builder(self) -> EndpointUserBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return EndpointUserBuilder(**values_of(self))


class EndpointUserBuilder(Builder[EndpointUser], shape=EndpointUser):
    """Builds `EndpointUser`."""

    __slots__ = ()

    def user_attributes(self, value: Substitutions | None, /) -> Self:
        """What is known of the user, each a list of strings: `{{User.UserAttributes.name}}` in a message."""
        return self._set("user_attributes", value)

    def user_attribute(self, name: str, value: str, /, *more: str) -> Self:
        """Adds an attribute to `user_attributes`: its name and its value, or several values."""
        return self._put("user_attributes", name, (value, *more))

    def user_id(self, value: str | None, /) -> Self:
        """The user's ID, which messages are sent to: `{{User.UserId}}` in a message."""
        return self._set("user_id", value)


# The end of the builder.


_UnfrozenUser = unfrozen_layout(EndpointUser)


def user_of(user_id: str, attributes: Mapping[str, tuple[str, ...]] | None = None) -> EndpointUser:
    """A user of values that have been checked."""
    made: Any = _UnfrozenUser()
    made.user_attributes = attributes
    made.user_id = user_id
    made.__class__ = EndpointUser
    user: EndpointUser = made
    return user
