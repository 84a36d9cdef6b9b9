"""Requests and answers as they go over the wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pinpoint_users._shapes.json_text import read_json, write_json
from pinpoint_users._shapes.limits import MAX_PAYLOAD
from pinpoint_users._shapes.writing import to_wire, wire_writer
from pinpoint_users.errors import PayloadTooLargeError, UnreadableResponseError
from pinpoint_users.messages.request import EndpointSendConfiguration, SendUsersMessageRequest


class Encoder:
    """Writes the bodies of a run's requests; what they have in common is written once."""

    def __init__(self, common: SendUsersMessageRequest) -> None:
        members = list(to_wire(common).items())
        at = [name for name, _ in members].index("Users")
        before, after = dict(members[:at]), dict(members[at + 1 :])
        self._start = write_json(before)[:-1] + b',"'
        self._end = b"," + write_json(after)[1:] if after else b"}"
        self._write: Callable[[EndpointSendConfiguration], dict[str, Any]] = wire_writer(EndpointSendConfiguration)

    def recipients(self, configurations: Mapping[str, EndpointSendConfiguration]) -> dict[str, Any]:
        """What recipients have of their own, in AWS's shape."""
        write = self._write
        return {
            recipient: write(own) if (variables := _variables_alone(own)) is None else {"Substitutions": variables}
            for recipient, own in configurations.items()
        }

    def body(self, member: str, recipients: Mapping[str, Any]) -> bytes:
        """The body of a request: what is common, and the recipients, in AWS's shape, under the member that has such.

        Raises:
            PayloadTooLargeError: It would be over 7 MB.
        """
        body = b"".join((self._start, member.encode(), b'":', write_json(recipients), self._end))
        if len(body) > MAX_PAYLOAD:
            raise PayloadTooLargeError(
                f"the request would be {len(body):,} bytes, at most {MAX_PAYLOAD:,} are allowed; nothing was sent"
            )
        return body


def _variables_alone(own: EndpointSendConfiguration) -> Mapping[str, tuple[str, ...]] | None:
    """The variables of a recipient who has nothing else, as nearly all; None for others."""
    if own.body_override is None and own.context is None and own.raw_content is None and own.title_override is None:
        return own.substitutions
    return None


def has_plain_texts(answer: bytes | Mapping[str, Any]) -> bool:
    """Whether it is certain, at a glance, that no text of an answer has a control character.

    In JSON they are escapes. Only JSON in UTF-16 or UTF-32, which can be parsed too, has zeros.
    """
    return isinstance(answer, bytes) and (b"\\" not in answer or (b"\\u00" not in answer and b"\0" not in answer))


def parse(answer: bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    """The JSON object of an answer.

    Raises:
        UnreadableResponseError: It isn't one.
    """
    if isinstance(answer, Mapping):
        return answer
    try:
        parsed = read_json(answer)
    except (TypeError, ValueError, RecursionError) as error:
        raise UnreadableResponseError(
            f"the answer isn't JSON ({error}); the message may have been sent all the same"
        ) from error
    if not isinstance(parsed, dict):
        raise UnreadableResponseError("the answer isn't a JSON object; the message may have been sent all the same")
    return parsed
