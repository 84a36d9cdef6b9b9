"""A MIME message with variables in it."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_string
from email.policy import Compat32, EmailPolicy
from typing import Any

import attrs

from pinpoint_users._rendering.filling import Filler
from pinpoint_users._shapes.placeholders import Node, parse


class Utf8Headers(EmailPolicy):
    """The standard library's policy, but headers that aren't encoded are read as UTF-8, as mail programs read them."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """A header's value."""
        return super().header_fetch_parse(name, _as_utf8(value))


class PlainUtf8Headers(Compat32):
    """The same for headers as they stand, which no mistake in them breaks."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """A header's value."""
        return super().header_fetch_parse(name, _as_utf8(value))


def _as_utf8(value: str) -> str:
    return value if value.isascii() else value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


@attrs.frozen
class MimeText:
    """What a MIME message is made of."""

    _stretches: tuple[tuple[tuple[Node, ...], bool], ...]
    """Each with whether it is HTML."""

    def fill(self, filler: Filler) -> bytes:
        """The message for one recipient. Bytes that aren't UTF-8 stay as they are."""
        filled = "".join(filler.render(nodes, is_html=is_html) for nodes, is_html in self._stretches)
        return filled.encode("utf-8", "surrogateescape")


def parse_mime(data: bytes) -> MimeText:
    """A MIME message, in whose HTML parts variables are filled as in HTML, unless a part's text is encoded."""
    return MimeText(
        tuple((parse(stretch.decode("utf-8", "surrogateescape")), is_html) for stretch, is_html in _stretches_of(data))
    )


def _stretches_of(data: bytes) -> Iterator[tuple[bytes, bool]]:
    for part in message_from_string(data.decode("latin-1")).walk() if b"{{" in data else ():
        payload = part.get_payload()
        if part.get_content_type() == "text/html" and isinstance(payload, str) and payload:
            before, html, data = data.partition(payload.encode("latin-1"))
            yield before, False
            yield html, True
    yield data, False
