"""A server, HTTP proxy or CONNECT proxy on loopback that answers well, until a test has it fail at a moment of its choice."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from typing import Any, Literal

import attrs
from typing_extensions import Self

At = Literal["accept", "connect", "handshake", "half", "request"]
Act = Callable[["Peer", socket.socket], None]


def result_of(users: Any) -> bytes:
    results = {user: {f"e-{user}": {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}} for user in users}
    return json.dumps({"ApplicationId": "app", "RequestId": "r", "Result": results}).encode()


def answer(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body
    )


def answer_to(body: bytes, **arguments: str) -> bytes:
    return answer(result_of(json.loads(body)["Users"]), **arguments)


def close(_peer: Peer, _sock: socket.socket) -> None:
    """The connection is closed when this returns."""


def reset(_peer: Peer, sock: socket.socket) -> None:
    """Has the connection closed by a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang(peer: Peer, _sock: socket.socket) -> None:
    peer.closing.wait(10)


def say(data: bytes, then: Act = close) -> Act:
    def act(peer: Peer, sock: socket.socket) -> None:
        sock.sendall(data)
        then(peer, sock)

    return act


@attrs.define(eq=False)
class Peer:
    """Listens once it is entered."""

    kind: Literal["http", "https", "proxy", "tunnel"] = "http"
    at: At | None = None
    act: Act = close
    context: ssl.SSLContext | None = None
    is_failing: bool = False
    requests: list[bytes] = attrs.field(factory=list)
    connections: list[socket.socket] = attrs.field(factory=list)
    ended: int = 0
    """Connections that are over."""
    heads: list[bytes] = attrs.field(factory=list)
    closing: threading.Event = attrs.field(factory=threading.Event)
    answers: Callable[[bytes], bytes] = answer_to
    port: int = 0
    _listener: Any = None
    _with_tls: list[socket.socket] = attrs.field(factory=list)
    _threads: list[threading.Thread] = attrs.field(factory=list)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.stop_listening()
        for connection in [*self.connections, *self._with_tls]:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(60)

    def stop_listening(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.settimeout(10)
                self.connections.append(connection)
                self._start(self._serve, connection)

    def _serve(self, sock: socket.socket) -> None:
        try:
            self._carry_on(sock)
        finally:
            self.ended += 1

    def _carry_on(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(sock)
            if self._fails("accept", sock):
                return
            if self.kind == "tunnel":
                _read(sock)
                if self._fails("connect", sock):
                    return
                sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            if self.kind in {"https", "tunnel"}:
                if self.is_failing and self.at == "handshake":
                    sock.recv(65536)  # the client speaks first
                    self.act(self, sock)
                    return
                assert self.context is not None
                sock = stack.enter_context(self.context.wrap_socket(sock, server_side=True))
                self._with_tls.append(sock)  # which has the other's file descriptor now
            while self._answer(sock):
                pass

    def _answer(self, sock: socket.socket) -> bool:
        if self.is_failing and self.at == "half":
            if first := sock.recv(1):
                self.requests.append(first)
                self.act(self, sock)
            return False
        head, body = _read(sock)
        if not head:
            return False
        self.heads.append(head)
        self.requests.append(body)
        if self._fails("request", sock):
            return False
        sock.sendall(self.answers(body))
        return True

    def _fails(self, at: At, sock: socket.socket) -> bool:
        if not self.is_failing or self.at != at:
            return False
        self.act(self, sock)
        return True


def _read(sock: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            return b"", b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0]):
        body += sock.recv(65536)
    return head, body
