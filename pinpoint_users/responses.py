"""What the service answers to a request as a whole: a result for each endpoint of each user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.answer import NO_MEMBERS, Answer, json_members
from pinpoint_users._shapes.builder import Builder, values_of
from pinpoint_users._shapes.converters import (
    InvalidValue,
    any_string,
    counted,
    instance_of,
    key_problems,
    map_of,
    shown,
)
from pinpoint_users._shapes.frozen import FrozenDict, UnfrozenDict
from pinpoint_users._shapes.layout import unfrozen_layout
from pinpoint_users._shapes.shape import declared
from pinpoint_users.results import EndpointMessageResult, EndpointMessageResultBuilder, try_fast_read

__all__ = [
    "SendUsersMessageResponse",
    "SendUsersMessageResponseBuilder",
    "SendUsersMessagesResponse",
    "SendUsersMessagesResponseBuilder",
]


def _result(value: Mapping[str, Mapping[str, EndpointMessageResult]]) -> Mapping[str, Mapping[str, EndpointMessageResult]]:
    if value is None:
        return value
    problems = list(key_problems(value))
    frozen = {}
    for user_id, endpoints in value.items() if isinstance(value, Mapping) else ():
        try:
            frozen[user_id] = map_of(endpoints, EndpointMessageResult)
        except InvalidValue as refusal:  # noqa: PERF203 - to collect the faults of all users
            problems += [(f"[{shown(user_id)}]{below}", problem) for below, problem in refusal.problems]
    if problems:
        raise InvalidValue(*problems)
    return FrozenDict(frozen)


def _application_id(value: str) -> str:
    return cast("str", any_string(value))


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class SendUsersMessageResponse(Answer):
    """The answer to one request: a result for each endpoint of each user.

    Source: Amazon Pinpoint API reference, `SendUsersMessageResponse`;
    botocore's model `pinpoint/2016-12-01`, shape `SendUsersMessageResponse`.
    """

    WHERE_UNREADABLE: ClassVar[Mapping[str, object]] = FrozenDict(application_id="")

    application_id: str = attrs.field(converter=_application_id)
    """The application (project) that sent the message; empty if the answer doesn't say."""
    request_id: str | None = attrs.field(default=None, converter=any_string)
    """The service's ID of the request."""
    result: Mapping[str, Mapping[str, EndpointMessageResult]] | None = attrs.field(default=None, converter=_result)
    """Each user ID with its endpoint IDs and what became of the message there; an empty endpoint ID means none."""
    unknown_members: Mapping[str, object] = attrs.field(default=NO_MEMBERS, converter=json_members)
    """Members of the answer that AWS's model doesn't have, or that can't be read, as they came."""

    @classmethod
    def _try_fast_read(cls, data: object) -> SendUsersMessageResponse | None:
        return _try_fast_read_answer(data) if cls is SendUsersMessageResponse else None

    def __str__(self) -> str:
        lines = [
            f"\n  {user} {endpoint or '(no endpoint)'}: {result}"
            for user, endpoints in (self.result or {}).items()
            for endpoint, result in endpoints.items()
        ]
        users = counted(len(self.result or ()), "user")
        return f"request {self.request_id} of application {self.application_id}: {users}" + "".join(lines)

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            application_id: str,
            request_id: str | None = None,
            result: Mapping[str, Mapping[str, EndpointMessageResult]] | None = None,
            unknown_members: Mapping[str, object] | None = None,
        ) -> None: ...

    @classmethod
    def builder(cls, *, application_id: str) -> SendUsersMessageResponseBuilder:
        """Starts a builder with the required fields."""
        return SendUsersMessageResponseBuilder(application_id=application_id)

    def to_builder(self) -> SendUsersMessageResponseBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return SendUsersMessageResponseBuilder(**values_of(self))


class SendUsersMessageResponseBuilder(Builder[SendUsersMessageResponse], shape=SendUsersMessageResponse):
    """Builds `SendUsersMessageResponse`."""

    __slots__ = ()

    def application_id(self, value: str, /) -> Self:
        """The application (project) that sent the message; empty if the answer doesn't say."""
        return self._set("application_id", value)

    def request_id(self, value: str | None, /) -> Self:
        """The service's ID of the request."""
        return self._set("request_id", value)

    def result(self, value: Mapping[str, Mapping[str, EndpointMessageResult | EndpointMessageResultBuilder]] | None, /) -> Self:
        """Each user ID with its endpoint IDs and what became of the message there; an empty endpoint ID means none."""
        return self._set("result", value)

    def user_result(
        self, user_id: str, endpoints: Mapping[str, EndpointMessageResult | EndpointMessageResultBuilder], /
    ) -> Self:
        """Adds a user to `result`."""
        return self._put("result", user_id, endpoints)

    def unknown_members(self, value: Mapping[str, object] | None, /) -> Self:
        """Members of the answer that AWS's model doesn't have, or that can't be read, as they came."""
        return self._set("unknown_members", value)

    def unknown_member(self, name: str, value: object, /) -> Self:
        """Adds a member to `unknown_members`."""
        return self._put("unknown_members", name, value)


# The end of the builder.


_UnfrozenAnswer = unfrozen_layout(SendUsersMessageResponse)


def _try_fast_read_answer(data: object) -> SendUsersMessageResponse | None:
    """Reads an answer whose results are read fast; gives None for any other."""
    if type(data) is not dict or data.keys() != {"ApplicationId", "RequestId", "Result"}:
        return None
    application_id, request_id, result = data["ApplicationId"], data["RequestId"], data["Result"]
    if type(application_id) is not str or type(request_id) is not str or type(result) is not dict:
        return None
    users = {}
    for user_id, value in result.items():
        if type(user_id) is not str or type(value) is not dict:
            return None
        endpoints: Any = UnfrozenDict()
        for endpoint_id, item in value.items():
            endpoint = try_fast_read(item)
            if endpoint is None or type(endpoint_id) is not str:
                return None
            endpoints[endpoint_id] = endpoint
        endpoints.__class__ = FrozenDict
        users[user_id] = endpoints
    made: Any = _UnfrozenAnswer()
    made.application_id = application_id
    made.request_id = request_id
    made.result = FrozenDict(users)
    made.unknown_members = NO_MEMBERS
    made.__class__ = SendUsersMessageResponse
    answer: SendUsersMessageResponse = made
    return answer


def _response(value: SendUsersMessageResponse) -> SendUsersMessageResponse:
    return instance_of(value, SendUsersMessageResponse)


@declared
@attrs.frozen(kw_only=True, repr=False, eq=False)
class SendUsersMessagesResponse(Answer):
    """The output of the operation, as boto3's `send_users_messages` returns it, `ResponseMetadata` among the unknown members.

    Source: Amazon Pinpoint API reference, `SendUsersMessages`;
    botocore's model `pinpoint/2016-12-01`, shape `SendUsersMessagesResponse`.
    """

    send_users_message_response: SendUsersMessageResponse = attrs.field(converter=_response)
    """The answer: a result for each endpoint of each user."""
    unknown_members: Mapping[str, object] = attrs.field(default=NO_MEMBERS, converter=json_members)
    """Members of the answer that AWS's model doesn't have, or that can't be read, as they came."""

    # Generated from the fields above by `nox -s generate`, up to the end of the builder.

    if TYPE_CHECKING:

        def __init__(
            self, *, send_users_message_response: SendUsersMessageResponse, unknown_members: Mapping[str, object] | None = None
        ) -> None: ...

    @classmethod
    def builder(
        cls, *, send_users_message_response: SendUsersMessageResponse | SendUsersMessageResponseBuilder
    ) -> SendUsersMessagesResponseBuilder:
        """Starts a builder with the required fields."""
        return SendUsersMessagesResponseBuilder(send_users_message_response=send_users_message_response)

    def to_builder(self) -> SendUsersMessagesResponseBuilder:
        """Starts a builder with the fields of this object, to make a changed copy."""
        return SendUsersMessagesResponseBuilder(**values_of(self))


class SendUsersMessagesResponseBuilder(Builder[SendUsersMessagesResponse], shape=SendUsersMessagesResponse):
    """Builds `SendUsersMessagesResponse`."""

    __slots__ = ()

    def send_users_message_response(self, value: SendUsersMessageResponse | SendUsersMessageResponseBuilder, /) -> Self:
        """The answer: a result for each endpoint of each user."""
        return self._set("send_users_message_response", value)

    def unknown_members(self, value: Mapping[str, object] | None, /) -> Self:
        """Members of the answer that AWS's model doesn't have, or that can't be read, as they came."""
        return self._set("unknown_members", value)

    def unknown_member(self, name: str, value: object, /) -> Self:
        """Adds a member to `unknown_members`."""
        return self._put("unknown_members", name, value)


# The end of the builder.
