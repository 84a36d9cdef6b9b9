"""The door of HTTP: a server on loopback, in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

from pinpoint_users.local._service import Service

if TYPE_CHECKING:
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol

_HOST = "127.0.0.1"
_KEEP_ALIVE = 3600
"""Seconds that an idle connection stays open: longer than a client's pool keeps it, which must not meet a closed one."""


class LocalServer:
    """A running HTTP server, made by `LocalPinpoint.serve()`; a context manager that closes itself."""

    def __init__(self, service: Service, *, port: int) -> None:
        try:
            import uvicorn  # noqa: PLC0415 - comes with the extra `local`

            from pinpoint_users.local._http import Hanging, application  # noqa: PLC0415 - likewise
        except ImportError as error:
            raise ImportError(
                "serve() needs Starlette and uvicorn, which come with: pip install 'pinpoint-users[local]'"
            ) from error
        self._socket = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        """The port that it listens at."""
        self._hanging = Hanging()
        app = application(service, self._hanging, self._drop)
        self._server = uvicorn.Server(_configuration(app))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=f"pinpoint-users-local-{self.port}", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address for a client's `endpoint_url`."""
        return f"http://{_HOST}:{self.port}"

    @property
    def hanging(self) -> int:
        """How many requests hang now, because of `LocalPinpoint.hang_next()`."""
        return len(self._hanging)

    def release(self) -> None:
        """Drops the connections of the requests that hang now."""
        self._loop.call_soon_threadsafe(self._hanging.release)

    def close(self) -> None:
        """Stops the server and closes its connections, those of hanging requests among them. More than once does no more."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop)
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

    def _stop(self) -> None:
        # uvicorn would wait for its connections, which a client may hold open for long. None is in the middle of an answer now,
        # since this runs in the loop's thread, as the service does.
        self._server.should_exit = True
        for listener in getattr(self._server, "servers", []):
            listener.close()
        for connection in self._connections():
            connection.transport.close()

    def _drop(self, scope: Any) -> None:
        """Breaks the connection of a request, which ASGI has no word for: it is found among uvicorn's by its client's port."""
        for connection in self._connections():
            if connection.client == scope["client"]:
                connection.transport.abort()

    def _connections(self) -> list[H11Protocol]:
        from uvicorn.protocols.http.h11_impl import H11Protocol  # noqa: PLC0415 - comes with the extra `local`

        return [each for each in list(self._server.server_state.connections) if isinstance(each, H11Protocol)]


def _listen(port: int) -> socket.socket:
    # With the protocol named, asyncio turns off Nagle's algorithm, which would hold each answer back for 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((_HOST, port))
        listening.listen(128)
    except BaseException:
        listening.close()
        raise
    return listening


def _configuration(app: Any) -> uvicorn.Config:
    import uvicorn  # noqa: PLC0415 - comes with the extra `local`

    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
    )
