"""uvicorn's server, which reads HTTP by httptools, with a bound for headers, which httptools has none for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from typing import Any

import httptools
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
    _received = b""

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._received = data
        super().data_received(data)

    def _should_upgrade(self) -> bool:
        return self._get_upgrade() is not None

    def handle_websocket_upgrade(self) -> None:
        """Answers a request that would like another protocol in HTTP/1.1: Java's clients ask for HTTP/2 in each request.

        httptools takes what follows the head of such a request for the other protocol, and its body would be lost. uvicorn
        calls this as it handles httptools' error, whose argument is where the head ends.
        """
        error = sys.exc_info()[1]
        assert isinstance(error, httptools.HttpParserUpgrade)  # noqa: S101 - as uvicorn calls this
        rest = self._received[error.args[0] :]
        lines = [b"%b %b HTTP/%b" % (self.scope["method"].encode(), self.url, self.scope["http_version"].encode())]
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(b"\r\n".join([*lines, b"", rest]))

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
