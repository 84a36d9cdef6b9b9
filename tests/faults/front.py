"""The stub over HTTP: a thread a connection, at the level of bytes, so that it can end in any way."""

from __future__ import annotations

import contextlib
import re
import socket
import threading

from faults.relay import Incoming, reset
from faults.stub import Fault, Reply, Stub

_PATHS = {
    b"/v2/email/outbound-emails": "SendEmail",
    b"/v2/email/outbound-bulk-emails": "SendBulkEmail",
}
_TARGET = re.compile(rb"\r\nx-amz-target: PinpointSMSVoiceV2\.(\w+)", re.IGNORECASE)
_SECONDS = 30.0
"""How long a connection may be idle."""
_A_BYTE = 1.0
"""Seconds for each byte of an answer that drips."""


class Front:
    """A server of a stub, on loopback.

    Args:
        stub: The stub.
    """

    def __init__(self, stub: Stub) -> None:
        self._stub = stub
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()
        self._released = threading.Event()
        self._is_closed = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._listen()

    def _listen(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.settimeout(_SECONDS)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.add(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def pause(self) -> None:
        """Closes every connection and refuses new ones, until it resumes."""
        self._unlisten()
        self._drop_all()

    def resume(self) -> None:
        """Takes connections again, at the same port, unless it is closed."""
        with self._changed:
            if self._listener.fileno() < 0 and not self._is_closed:
                self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
                self._listen()

    def settle(self) -> None:
        """Waits, once the clients are closed, until every request that came has been carried out."""
        self.resume()
        self._released.set()
        with contextlib.closing(socket.create_connection(("127.0.0.1", self.port), _SECONDS)) as last:
            last.shutdown(socket.SHUT_WR)  # it is accepted after all that came before
            while last.recv(1):
                pass
        with self._changed:
            if not self._changed.wait_for(lambda: not self._open, _SECONDS):
                raise RuntimeError("a request hangs")
        self._released.clear()

    def close(self) -> None:
        """Ends it."""
        with self._changed:
            self._is_closed = True
        self._unlisten()
        self._released.set()
        self._drop_all()

    def _unlisten(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _drop_all(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _serve(self, connection: socket.socket) -> None:
        incoming = Incoming(connection)
        with contextlib.suppress(OSError), connection:
            while incoming.has_more and self._carry(connection, incoming):
                pass
        with self._changed:
            self._open.discard(connection)
            self._changed.notify_all()

    def _carry(self, connection: socket.socket, incoming: Incoming) -> bool:
        """One request; whether there may be another one."""
        fault = self._stub.meet()
        if fault.ends == "drop-before-body":
            self._stub.reply(Fault(ends=fault.ends, accept=False), "SendMessages", b"{}")
            reset(connection)
            return False
        request = incoming.read()
        if not request:
            return False
        head, _, body = request.partition(b"\r\n\r\n")
        reply = self._stub.reply(fault, operation_of(head), body)
        if reply.ends == "hang":
            self._released.wait(_SECONDS)
        elif reply.ends == "drop":
            reset(connection)
        elif reply.ends == "truncate":
            connection.sendall(_head(reply) + reply.body[: len(reply.body) // 2])
        elif reply.ends == "drip":
            self._drip(connection, reply)
        else:
            connection.sendall(_head(reply) + reply.body)
        return reply.ends == "well"

    def _drip(self, connection: socket.socket, reply: Reply) -> None:
        connection.sendall(_head(reply))
        for byte in reply.body:
            if self._released.wait(_A_BYTE):
                return
            connection.sendall(bytes([byte]))


def operation_of(head: bytes) -> str:
    target = _TARGET.search(head)
    if target:
        return target[1].decode()
    path = head.split(b" ", 2)[1]
    return _PATHS.get(path, "SendUsersMessages" if path.endswith(b"users-messages") else "SendMessages")


def _head(reply: Reply) -> bytes:
    error = f"x-amzn-ErrorType: {reply.code}\r\n" if reply.code else ""
    return (
        f"HTTP/1.1 {reply.status} So\r\nContent-Type: {reply.content_type}\r\nx-amzn-RequestId: r-1\r\n{error}"
        f"Content-Length: {len(reply.body)}\r\n\r\n"
    ).encode()
