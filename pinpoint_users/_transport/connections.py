"""Connections of botocore's that record how far a request has come, and that are given up when their bytes don't add up."""

from __future__ import annotations

import contextlib
import http.client
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import attrs
from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
    AWSResponse,
)
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.httpsession import ProxyConfiguration, URLLib3Session
from urllib3 import HTTPResponse, PoolManager

from pinpoint_users._transport.exchange import Answer, exchange, head_of, opening_of
from pinpoint_users._transport.failures import Moment, Progress
from pinpoint_users._transport.originals import Originals

_MAX_IDLE = 60.0
"""Seconds after which a connection isn't used again, as in AWS's SDK for Java. Its end may have gone unheard: NAT forgets idle
connections (AWS's after 350 seconds), and a process that is frozen hears nothing. What is written then is lost, or may be."""
_PACKAGES = frozenset({"abc", "botocore", "http", "io", "pinpoint_users", "typing", "urllib3"})
"""What connections, pools and answers are made of."""
_LOGGER = logging.getLogger("urllib3.connectionpool")


class Watch:
    """What is known of the connections of one HTTP session of botocore's."""

    def __init__(self) -> None:
        self.opened: set[Any] = set()
        """The connections that have a socket, or are about to."""
        self._thread = threading.local()
        self._ways: dict[str, tuple[_Pool, str]] = {}
        """By a URL, the pool of its connections, and what they are asked for."""
        self._gone_around = Originals(_gone_around(), (http.client,), packages=_PACKAGES)
        # Of these, one is made by contextlib, as what others put around a function may be too.
        self._answers = Originals(_made_by_packages(HTTPResponse), packages=_PACKAGES | {"contextlib"})

    def observe(self, progress: Progress | None) -> None:
        """Records in `progress` from now on how far a request comes that this thread makes; with None, nowhere."""
        self._thread.progress = progress

    def reach(self, moment: Moment, break_off: Callable[[], None] | None = None) -> None:
        """Records a moment of the request that this thread makes, if it is one of ours."""
        progress = getattr(self._thread, "progress", None)
        if progress is not None:
            progress.reach(moment, break_off)

    def arrive(self) -> None:
        """Records that this thread needs no connection any more for the request that it makes."""
        progress = getattr(self._thread, "progress", None)
        if progress is not None:
            progress.departure.arrive()

    def note_way(self, pool: _Pool, target: str) -> None:
        """Records by which pool the request goes that this thread makes."""
        self._thread.way = (pool, target)

    def send(self, http_session: Any, request: Any) -> Any:
        """Sends a request of the fast path: on a connection that has carried one like it, else by botocore's HTTP session."""
        answer = self._exchange(request)
        if answer is None:
            self._thread.way = None
            answer = http_session.send(request)
            if self._thread.way is not None:
                self._ways[request.url] = self._thread.way
        return answer

    def _exchange(self, request: Any) -> Answer | AWSResponse | None:
        """Sends a request without urllib3; None, and nothing is sent, if that can't be or somebody would see it otherwise.

        An answer that isn't 200 is botocore's to read.
        """
        pool, target = self._ways.get(request.url, (None, ""))
        if pool is None or _LOGGER.isEnabledFor(logging.DEBUG) or not self._is_unobserved():
            return None
        try:
            answer = pool.exchange(request, target)
        except TimeoutError as error:
            raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionClosedError(endpoint_url=request.url, request=request, error=error) from error
        if answer is None or answer.status_code == 200:
            return answer
        return AWSResponse(request.url, answer.status_code, answer.headers, answer)

    def _is_unobserved(self) -> bool:
        return self._gone_around.are_in_place() and self._answers.are_in_place()

    def shut_down(self) -> None:
        """Ends what is under way on the connections that are open: whoever waits for an answer gets an error."""
        for connection in [*self.opened]:
            _shut_down(connection.sock)

    def forget(self) -> None:
        """In a child process, closes its copies of the parent's sockets, of which the parent and the service notice nothing."""
        self._ways.clear()
        for connection in self.opened:
            with contextlib.suppress(AttributeError, OSError):  # it has no socket yet, or TLS is just taking it over
                os.close(_socket_of(connection.sock).detach())
        self.opened.clear()


def _socket_of(sock: Any) -> Any:
    """What has the file descriptor: in TLS within TLS, a part of what a connection has as its socket."""
    return getattr(sock, "socket", sock)


def _shut_down(sock: Any) -> None:
    with contextlib.suppress(OSError, TypeError):  # it may be closed at this moment, and be None then
        # Not TLS's own method, which would have what is under way go on without TLS.
        socket.socket.shutdown(_socket_of(sock), socket.SHUT_RDWR)


class _Response(http.client.HTTPResponse):
    """An answer that leaves its connection usable only if nothing came after it."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._connected_by = sock

    def begin(self) -> None:
        """Reads the head of the answer, which http.client takes for whole wherever it ends."""
        whole, head = self.fp, cast("Any", _Head(self.fp))
        self.fp = head
        try:
            super().begin()
        finally:
            self.fp = whole

    def _read_status(self) -> tuple[str, int, str]:
        """The status of the answer; what the server says before it ("103 Early Hints") is passed over."""
        of_http_client: Any = super()
        while True:
            version, status, reason = of_http_client._read_status()  # noqa: SLF001 - there is no other place between two answers
            if status == http.HTTPStatus.SWITCHING_PROTOCOLS:
                raise http.client.UnknownProtocol(f"{status} {reason}")
            if not 100 < status < 200:  # 100 is passed over by http.client
                return version, status, reason
            http.client.parse_headers(self.fp)

    def _close_conn(self) -> None:
        """Called by http.client at the end of the answer."""
        if _has_surplus(self._connected_by, self.fp):
            # To urllib3 this is a connection that the server has closed: it takes another for the next request.
            _shut_down(self._connected_by)
        of_http_client: Any = super()
        of_http_client._close_conn()  # noqa: SLF001 - likewise, of the end of an answer


class _Head:
    """The lines of an answer's head, which ends with an empty one."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def readline(self, limit: int) -> bytes:
        """The next line."""
        line: bytes = self._reader.readline(limit)
        if not line:
            raise http.client.RemoteDisconnected("the connection ended within the head of the answer")
        return line


def _has_surplus(sock: Any, reader: Any) -> bool:
    """Whether there is anything to read now, in the reader's buffer, in TLS's, or in the socket."""
    timeout = sock.gettimeout()
    try:
        sock.settimeout(0)
        return bool(reader.peek(1))
    except OSError:  # TLS has nothing to read, or the connection is broken, which urllib3 notices
        return False
    finally:
        with contextlib.suppress(OSError):
            sock.settimeout(timeout)


if TYPE_CHECKING:
    _Connection = http.client.HTTPConnection
else:
    _Connection = object  # VCR.py has its own in that place while a cassette is in, which is when this may be imported first


class _Watched(_Connection):
    """What is added to botocore's connections."""

    response_class = _Response

    watch: Watch

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_connecting = False
        self._held: list[bytes] | None = None
        """What of a request is to be written in one piece."""
        self._openings: dict[tuple[str, str], bytes] = {}
        """What urllib3 and http.client have written before the headers, by a request's method and target."""
        self.idle_since: float = time.time()

    def connect(self) -> None:
        self.watch.opened.add(self)
        self.watch.reach(Moment.CONNECTING)
        self._is_connecting = True
        try:
            super().connect()
        finally:
            self._is_connecting = False

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Sends a request: head and body at once, which urllib3 2 writes apart."""
        self.watch.reach(Moment.CONNECTING)
        self._held = [] if isinstance(kwargs.get("body"), bytes) else None
        try:
            super().request(*args, **kwargs)
            held, self._held = self._held, None
            if held:
                self.send(written := b"".join(held))
                self._learn(written, *args, **kwargs)
        finally:
            self._held = None

    def head(self, method: str, target: str, headers: Mapping[str, str]) -> bytes | None:
        """The head of a request; None if urllib3 and http.client are needed for it, or the connection isn't open."""
        # With a debuglevel, http.client prints what it reads. A socket that is somebody else's may have more than is seen here.
        is_ours = isinstance(self.sock, socket.socket) and not self.debuglevel
        opening = self._openings.get((method, target)) if is_ours else None
        return None if opening is None else head_of(opening, headers)

    def _learn(self, written: bytes, method: str, target: str, *, headers: Mapping[str, str], **_: Any) -> None:
        opening = opening_of(written, headers) if type(headers) is dict else None
        if opening is not None:
            self._openings[method, target] = opening

    def send(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is None:
            self.connect()  # as http.client would do, but before anything counts as written
        if not self._is_connecting:  # a proxy's CONNECT is no part of the request
            if self._held is not None:
                self._held.append(*args)
                return
            self.watch.reach(Moment.EXCHANGING, partial(_shut_down, self.sock))
        super().send(*args, **kwargs)

    def close(self) -> None:
        super().close()
        self.watch.opened.discard(self)


class _HTTPConnection(_Watched, AWSHTTPConnection):  # type: ignore[misc]  # botocore has no types
    pass


class _HTTPSConnection(_Watched, AWSHTTPSConnection):  # type: ignore[misc]  # likewise
    pass


_WATCHED = (_HTTPConnection, _HTTPSConnection)


class _Pool:
    """What is added to botocore's pools."""

    watch: Watch
    pool: Any
    proxy: Any
    ConnectionCls: Any

    def urlopen(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        """Called by botocore for a request."""
        if self.proxy is None:
            self.watch.note_way(self, url)
        of_urllib3: Any = super()
        return of_urllib3.urlopen(method, url, *args, **kwargs)

    def exchange(self, request: Any, target: str) -> Answer | None:
        """Sends a request on a connection that has carried one like it; None, and nothing is sent, if there is none.

        Raises:
            OSError: The connection broke, or nothing came in time.
            http.client.HTTPException: The answer can't be read.
        """
        if self.pool is None:  # closed meanwhile, or because there are too many
            return None
        connection = self._get_conn()
        try:
            is_ours = isinstance(connection, _Watched)  # not one that somebody, such as VCR.py, put in its place
            head = connection.head(request.method, target, request.headers) if is_ours else None
            answer = None if head is None else exchange(connection, head + request.body)
        except BaseException:
            connection.close()
            raise
        finally:
            self._put_conn(connection)
        return answer

    def _new_conn(self) -> Any:
        """Called by urllib3 for a new connection."""
        of_urllib3: Any = super()
        connection = of_urllib3._new_conn()  # noqa: SLF001 - there is no other place where all of them come by
        if isinstance(connection, _Watched):
            connection.watch = self.watch
        return connection

    def _get_conn(self, timeout: float | None = None) -> Any:
        """Called by urllib3 for a connection, which it connects if it is closed."""
        of_urllib3: Any = super()
        connection = of_urllib3._get_conn(timeout)  # noqa: SLF001 - there is no other place before a kept connection is used
        if not isinstance(connection, _Watched) and self.ConnectionCls in _WATCHED:
            connection.close()  # VCR.py leaves its own, which go on with their cassette, though it is out
            connection = self._new_conn()
        if abs(time.time() - getattr(connection, "idle_since", time.time())) > _MAX_IDLE:
            connection.close()
        return connection

    def _put_conn(self, conn: Any) -> None:
        """Called by urllib3 when an answer is read."""
        self.watch.arrive()
        if isinstance(conn, _Watched):
            conn.idle_since = time.time()  # not the monotonic clock, which may stand still with the machine
        of_urllib3: Any = super()
        of_urllib3._put_conn(conn)  # noqa: SLF001 - likewise


class _ConnectionClass:
    """The class of a pool's connections: botocore's, watched, unless somebody, such as VCR.py, has put another in its place."""

    def __init__(self, pool_class: Any, botocores: Any, watched: type[_Watched]) -> None:
        self._pool_class = pool_class
        self._botocores = botocores
        self._watched = watched

    def __get__(self, pool: object, owner: type) -> Any:
        now = self._pool_class.ConnectionCls
        return self._watched if now is self._botocores else now


class _HTTPPool(_Pool, AWSHTTPConnectionPool):  # type: ignore[misc]  # botocore has no types
    ConnectionCls = _ConnectionClass(AWSHTTPConnectionPool, AWSHTTPConnection, _HTTPConnection)


class _HTTPSPool(_Pool, AWSHTTPSConnectionPool):  # type: ignore[misc]  # likewise
    ConnectionCls = _ConnectionClass(AWSHTTPSConnectionPool, AWSHTTPSConnection, _HTTPSConnection)


def _gone_around() -> set[type]:
    """The classes whose functions an exchange without urllib3 does without, but for those of urllib3's answers."""
    connecting = (URLLib3Session, ProxyConfiguration, PoolManager, _HTTPPool, _HTTPSPool, _HTTPConnection, _HTTPSConnection)
    return _made_by_packages(*connecting, _Response)


def _made_by_packages(*classes: type) -> set[type]:
    return {owner for made in classes for owner in made.__mro__ if owner.__module__.partition(".")[0] in _PACKAGES}


@attrs.frozen(eq=False)
class _NewPool:
    """Makes the pools of one kind: botocore's own, with connections that are watched."""

    pool_class: Any
    watch: Watch

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        pool = self.pool_class(*args, **kwargs)
        pool.watch = self.watch
        return pool


def watch_of(pool_classes: dict[str, Any]) -> Watch:
    """Has the pools of an HTTP session watched, if they are botocore's own.

    Args:
        pool_classes: botocore's classes of pools, by the scheme of the address. Of several calls with one dict, all return
            one watch.
    """
    made = pool_classes.get("http")
    if isinstance(made, _NewPool):
        return made.watch
    watch = Watch()
    if pool_classes == {"http": AWSHTTPConnectionPool, "https": AWSHTTPSConnectionPool}:
        pool_classes["http"] = _NewPool(_HTTPPool, watch)
        pool_classes["https"] = _NewPool(_HTTPSPool, watch)
    return watch
