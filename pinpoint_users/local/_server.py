"""The door of HTTP: a server, on loopback unless it is told otherwise, in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import re
import socket
import struct
import threading
from collections.abc import Collection, Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

from pinpoint_users._clock import monotonic
from pinpoint_users.local._service import Service
from pinpoint_users.local._signature import Signature

if TYPE_CHECKING:
    from pinpoint_users.local._protocol import BoundedProtocol

ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_PINPOINT", "AWS_ENDPOINT_URL_SESV2", "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2")
"""The environment variables that tell boto3 and the AWS CLI where the services that are here are."""
LOOPBACK_HOST = "127.0.0.1"
_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")
"""The hosts that a request may name in any case."""
_RESET_ON_CLOSE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
"""The value of SO_LINGER that makes closing a connection reset it."""
NEEDS_ALLOWED_HOST = (
    "{host} is open to more than this machine: whoever reaches it can read every message and send others, and a web page can "
    "make its own name point here (DNS rebinding). Name the hosts that clients call it by with --allow-host NAME, or "
    "allowed_hosts=; requests that name another are turned away"
)
"""What is said where a host other than loopback is asked for, and no name that requests may have."""


class LocalServer:
    """A running HTTP server, made by `LocalPinpoint.serve()`; a context manager that closes itself."""

    def __init__(
        self,
        service: Service,
        *,
        port: int,
        host: str = LOOPBACK_HOST,
        allowed_hosts: Collection[str] = (),
        secret_access_key: str | None = None,
    ) -> None:
        try:
            from pinpoint_users.local._http import Hanging, Switch, application  # noqa: PLC0415 - comes with the extra `local`
            from pinpoint_users.local._protocol import server_of  # noqa: PLC0415 - likewise
        except ImportError as error:
            raise ImportError(
                f"serve() needs Starlette and uvicorn ({error}), which come with the extra `local`: in a clone, "
                "pip install '.[local]'"
            ) from error
        if not is_loopback(host) and not allowed_hosts:
            raise ValueError(NEEDS_ALLOWED_HOST.format(host=host))
        for name in allowed_hosts:
            if not _is_host(name):
                raise ValueError(
                    f"{name!r} is no host's name: give it without a scheme, a port or a path, such as pinpoint.test"
                )
        self._address = _address(host, port)
        self._socket = _bind(*self._address, listens=True)
        self._host = host if is_loopback(host) else next(iter(allowed_hosts))
        self.port: int = self._socket.getsockname()[1]
        """The port that it listens at."""
        self._hanging = Hanging()
        signature = None if secret_access_key is None else Signature(secret_access_key)
        self._hosts = [*_LOOPBACK_NAMES, *allowed_hosts]
        self._switch = Switch(application(service, self._hanging, self._drop, hosts=self._hosts, signature=signature))
        self._started = threading.Event()
        self._server = server_of(self._switch, self._note_start)
        self._lock = threading.Lock()
        self._is_paused = False
        self._end_of_pause: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()
        self._loop = asyncio.new_event_loop()
        self._loop.time = monotonic  # type: ignore[method-assign] # else a test that freezes time stops the server, too
        self._thread = threading.Thread(target=self._run, name=f"pinpoint-users-local-{self.port}", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address for a client's `endpoint_url`, the same for every service."""
        return f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables by which boto3 and the AWS CLI find Pinpoint, SES v2, and SMS and voice version 2 here."""
        return dict.fromkeys(ENDPOINT_VARIABLES, self.url)

    @property
    def hanging(self) -> int:
        """How many requests hang or drip now, because of `LocalPinpoint.hang_next()` or `drip_next()`."""
        return len(self._hanging)

    def release(self) -> None:
        """Drops the connections of the requests that hang or drip now."""
        self._loop.call_soon_threadsafe(self._hanging.release)

    def pause(self, seconds: float | None = None) -> None:
        """Closes every connection, those of requests that hang among them, and refuses new ones, like a server that is down.

        What is kept stays. The port is held meanwhile.

        Args:
            seconds: The seconds after which it resumes by itself; by default it waits for `resume()`.

        Raises:
            RuntimeError: The server is closed.
        """
        self._do(self._pause(seconds))

    def resume(self) -> None:
        """Ends a pause: connections are taken again, at the same port.

        Raises:
            RuntimeError: The server is closed.
        """
        self._do(self._resume())

    def add(self, name: str, service: Service) -> None:
        """Lets another service answer below a path of its own: `LocalPinpoint.mount()`.

        Args:
            name: The path, a single step without slashes.
            service: What answers there.

        Raises:
            RuntimeError: The server is closed.
        """
        self._do(self._add(name, service))

    def remove(self, name: str) -> None:
        """Ends that; the connections of its requests that hang are dropped. There is nothing to do if the server is closed.

        Args:
            name: The path.
        """
        with contextlib.suppress(RuntimeError):
            self._do(self._remove(name))

    def close(self) -> None:
        """Stops the server and closes its connections, those of hanging requests among them. More than once does no more."""
        with self._lock:
            if self._thread.is_alive():
                asyncio.run_coroutine_threadsafe(self._stop(), self._loop)
                self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._server.serve(sockets=[self._socket]))
        finally:
            self._loop.close()
            self._socket.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        """Does something in the loop's thread and waits until it is done."""
        with self._lock:
            if not self._thread.is_alive():
                work.close()
                raise RuntimeError("the server is closed")
            self._started.wait()
            asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _note_start(self) -> None:
        self._started.set()

    async def _add(self, name: str, service: Service) -> None:
        from pinpoint_users.local._http import Hanging, application  # noqa: PLC0415 - comes with the extra `local`

        hanging = Hanging()
        app = application(service, hanging, self._drop, hosts=self._hosts, signature=None)
        self._switch.add(name, app, hanging)

    async def _remove(self, name: str) -> None:
        self._switch.remove(name)

    async def _pause(self, seconds: float | None) -> None:
        self._forget_end_of_pause()
        async with self._changing:
            await self._go_down()
        if seconds is not None:
            self._end_of_pause = self._loop.create_task(self._resume_after(seconds))

    async def _go_down(self) -> None:
        if not self._is_paused:
            self._is_paused = True
            await self._close_connections()
            self._socket = _bind(self._address[0], (*self._address[1][:1], self.port, *self._address[1][2:]), listens=False)

    async def _resume_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._end_of_pause = None
        await self._resume()

    async def _resume(self) -> None:
        self._forget_end_of_pause()
        async with self._changing:
            if self._is_paused:
                self._is_paused = False
                await self._server.startup(sockets=[self._socket])

    def _forget_end_of_pause(self) -> None:
        if self._end_of_pause is not None:
            self._end_of_pause.cancel()
            self._end_of_pause = None

    async def _stop(self) -> None:
        self._server.should_exit = True
        self._forget_end_of_pause()
        await self._close_connections()

    async def _close_connections(self) -> None:
        """Closes every connection at once, for which uvicorn would wait: a client may hold one open for long."""
        listeners = getattr(self._server, "servers", [])
        for listening in [each for listener in listeners for each in listener.sockets]:
            with contextlib.suppress(NotImplementedError):  # not on Windows
                self._loop.remove_reader(listening.fileno())
        for _ in range(3):  # so many turns of the loop it takes until a connection that it has accepted is among uvicorn's
            await asyncio.sleep(0)
        for listener in listeners:
            listener.close()
        for connection in self._connections():
            connection.transport.close()

    def _drop(self, scope: Any, *, reset: bool) -> None:
        """Breaks the connection of a request, which ASGI has no word for: it is found among uvicorn's by its client's port."""
        for connection in self._connections():
            if connection.client == scope["client"]:
                if reset:
                    connection.transport.get_extra_info("socket").setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE
                    )
                connection.transport.abort()

    def _connections(self) -> list[BoundedProtocol]:
        from pinpoint_users.local._protocol import BoundedProtocol  # noqa: PLC0415 - comes with the extra `local`

        return [each for each in list(self._server.server_state.connections) if isinstance(each, BoundedProtocol)]


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_host(name: str) -> bool:
    """Whether it is an address, or a name as the header `Host` has it."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name) is not None
    return True


def _address(host: str, port: int) -> tuple[socket.AddressFamily, tuple[Any, ...]]:
    """The family and the address of a host and a port."""
    family, _, _, _, address = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0]
    return family, (address[0], port, *address[2:])  # getaddrinfo would take a port that is none for another


def _bind(family: socket.AddressFamily, address: tuple[Any, ...], *, listens: bool) -> socket.socket:
    """A socket that holds the port; unless it listens, connections are refused."""
    # With the protocol named, asyncio turns off Nagle's algorithm, which would hold each answer back for 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        if listens:
            bound.listen(128)
    except OSError as error:
        bound.close()
        raise OSError(error.errno, f"{error.strerror}: {address[0]}, port {address[1]}") from error
    except BaseException:
        bound.close()
        raise
    return bound
