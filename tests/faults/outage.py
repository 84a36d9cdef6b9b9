"""A server that is away for as long as it takes until its clients have met that, and no longer."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections import Counter
from typing import Any, Protocol

_A_MOMENT = 0.02
_AT_MOST = 30.0
"""Seconds."""

_attempts: Counter[int] = Counter()
"""How often somebody has wanted to connect to each port."""


def _count(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        _attempts[arguments[1][1]] += 1


sys.addaudithook(_count)  # a refused connection never reaches the server, so it can't count them


class Server(Protocol):
    """What can go away and come back."""

    @property
    def port(self) -> int: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


def go_away(server: Server) -> None:
    """Closes every connection and refuses new ones, until a client has tried twice: once certainly in vain."""
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
