"""A proxy, tunnel, or TLS or plain front of an embedded Pinpoint, on loopback, which fails in ways of its own.

It speaks for the service's server at the level of bytes, and hands it whole requests; so what it doesn't hand on wasn't sent.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from random import Random
from typing import Literal

import attrs
from typing_extensions import Self

Kind = Literal["plain", "tls", "proxy", "tunnel"]
Mishap = Literal["none", "accept", "connect", "handshake", "before", "half", "after", "reset-after", "cut"]

SECONDS = 10.0
"""How long a connection may be idle."""
LATE = 0.005
"""The most seconds until something comes that is late."""


@attrs.define(eq=False)
class Relay:
    """Listens once it is entered."""

    kind: Kind
    to: int
    """The port of the server behind it."""
    random: Random
    mishaps: tuple[Mishap, ...]
    """What may go wrong."""
    share: float = 0.0
    """With which chance it does, each time that something can be met."""
    context: ssl.SSLContext | None = None
    say: Callable[[bytes, bytes], tuple[bytes, bytes]] = lambda _previous, answer: (answer, b"")
    """What is said instead of an answer, at once and some time later, given the answer before on this connection."""
    met: int = 0
    """What went wrong, and answers that were more than an answer."""
    port: int = 0
    _lock: threading.Lock = attrs.field(factory=threading.Lock)
    _listener: socket.socket | None = None
    _open: set[socket.socket] = attrs.field(factory=set)
    _threads: list[threading.Thread] = attrs.field(factory=list)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._start(self._accept, self._listener)
        return self

    def __exit__(self, *_exc: object) -> None:
        assert self._listener is not None
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(SECONDS)

    def _start(self, target: Callable[[socket.socket], None], sock: socket.socket) -> None:
        thread = threading.Thread(target=target, args=(sock,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.settimeout(SECONDS)
                self._start(self._serve, connection)

    def _meets(self, *mishaps: Mishap) -> Mishap:
        """What goes wrong now, if anything."""
        with self._lock:
            possible = [mishap for mishap in self.mishaps if mishap in mishaps]
            if not possible or self.random.random() >= self.share:
                return "none"
            self.met += 1
            return self.random.choice(possible)

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            stack.enter_context(sock)
            self._open.add(sock)
            stack.callback(lambda: self._open.discard(sock))
            if self._meets("accept") == "accept":
                return
            if self.kind == "tunnel":
                Incoming(sock).read()
                if self._meets("connect") == "connect":
                    sock.sendall(self.random.choice([b"", b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"]))
                    return
                sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            if self.kind in {"tls", "tunnel"}:
                if self._meets("handshake") == "handshake":
                    sock.recv(65536)  # the client speaks first
                    return
                assert self.context is not None
                sock = stack.enter_context(self.context.wrap_socket(sock, server_side=True))
            server = stack.enter_context(socket.create_connection(("127.0.0.1", self.to), SECONDS))
            previous, incoming, answers = b"", Incoming(sock), Incoming(server)
            while previous := self._carry(sock, incoming, server, answers, previous):
                pass

    def _carry(
        self, sock: socket.socket, incoming: Incoming, server: socket.socket, answers: Incoming, previous: bytes
    ) -> bytes:
        """One request and its answer, which it gives; nothing if the connection ends."""
        met = self._meets("before", "half", "after", "reset-after", "cut")
        if met == "half":
            sock.recv(1000)
            reset(sock)
            return b""
        request = incoming.read()
        if not request or met == "before":
            return b""
        server.sendall(_to_server(request))
        answer = answers.read()
        if met == "reset-after":
            reset(sock)
        elif met == "cut":
            sock.sendall(answer[: self.random.randint(1, len(answer) - 1)])
        if met != "none":
            return b""
        said, later = self.say(previous, answer)
        self.met += (said, later) != (answer, b"")
        sock.sendall(said)
        if later:
            time.sleep(self.random.uniform(0.0, LATE))
            sock.sendall(later)
        return answer


def reset(sock: socket.socket) -> None:
    """Has the connection closed by a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _to_server(request: bytes) -> bytes:
    """A request as the server takes it, which knows nothing of proxies and is at this machine only."""
    return re.sub(rb"(?i)\r\nHost: [^\r]*", b"\r\nHost: localhost", re.sub(rb"^POST http://[^/]*", b"POST ", request), count=1)


class Incoming:
    """The requests or answers that come on a connection, one after another.

    Args:
        sock: The connection.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._data = b""

    @property
    def has_more(self) -> bool:
        """Whether another one begins, for which it waits."""
        return bool(self._data or self._sock.recv(1, socket.MSG_PEEK))

    def read(self) -> bytes:
        """The next one; nothing if there is no more, or not all of it."""
        while b"\r\n\r\n" not in self._data:
            if not self._receive():
                return b""
        head, _, _ = self._data.partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        end = len(head) + 4 + (int(lengths[0]) if lengths else 0)
        while len(self._data) < end:
            if not self._receive():
                return b""
        message, self._data = self._data[:end], self._data[end:]
        return message

    def _receive(self) -> bool:
        more = self._sock.recv(1 << 20)
        self._data += more
        return bool(more)
