"""A server that is away for as long as it takes until its clients have met that, and no longer."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import Counter
from typing import Any, Protocol

_A_MOMENT = 0.02
_AT_MOST = 30.0
"""Seconds."""

_attempts: Counter[int] = Counter()
"""How often somebody has wanted to connect to each port."""


def _count() -> None:
    """Counts attempts from here on, as a refused connection never reaches the server.

    Not by an audit hook: with one, a thread that starts while another does can't be traced, and dies of it. And not
    once for all, as the plugin that forbids other hosts puts a method of its own there before each test.
    """
    connect = socket.socket.connect
    if connect.__qualname__.startswith(_count.__name__):
        return

    def counting(sock: socket.socket, address: Any) -> None:
        if isinstance(address, tuple):
            _attempts[address[1]] += 1
        connect(sock, address)

    socket.socket.connect = counting


class Server(Protocol):
    """What can go away and come back."""

    @property
    def port(self) -> int: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


def go_away(server: Server) -> None:
    """Closes every connection and refuses new ones, until a client has tried twice: once certainly in vain."""
    _count()
    server.pause()
    enough = _attempts[server.port] + 2

    def come_back() -> None:
        end = time.monotonic() + _AT_MOST
        while _attempts[server.port] < enough and time.monotonic() < end:
            time.sleep(_A_MOMENT)
        time.sleep(_A_MOMENT)
        with contextlib.suppress(RuntimeError):  # it is closed by now
            server.resume()

    threading.Thread(target=come_back, daemon=True).start()
