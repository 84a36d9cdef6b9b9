"""uvicorn's server, which reads HTTP by httptools, with a bound for headers, which httptools has none for."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from starlette.types import ASGIApp
from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_KEEP_ALIVE = 3600
"""Seconds that an idle connection stays open: longer than a client's pool keeps it, which must not meet a closed one."""
_MAX_HEAD = 65_536
"""Bytes of a request's line and headers."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    _head = 0

    def on_message_begin(self) -> None:
        """A request begins."""
        self._head = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A piece of the request's line came."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header came."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > _MAX_HEAD:
            raise ValueError("the head of the request is too large")  # which uvicorn answers with a 400


def server_of(app: ASGIApp, note_start: Callable[[], Coroutine[Any, Any, None]]) -> Server:
    """A server that isn't started yet.

    Args:
        app: What answers.
        note_start: What is called once it runs.
    """
    return Server(
        Config(
            app,
            http=BoundedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE,
            callback_notify=note_start,
        )
    )
