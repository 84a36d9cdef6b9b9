"""The service as an ASGI application, and how a request comes to a bad end there. Needs Starlette."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from pinpoint_users._limits import MAX_PAYLOAD
from pinpoint_users.local._service import OPERATIONS, Operation, Reply, Service, error_reply

_LOOPBACK = ["127.0.0.1", "localhost"]
"""The only hosts that a request may name: a web page that has made its own name point here is turned away."""


class Hanging:
    """The requests that wait for an answer that doesn't come. Belongs to the event loop's thread."""

    def __init__(self) -> None:
        self._ends: set[asyncio.Event] = set()

    def __len__(self) -> int:
        return len(self._ends)

    def release(self) -> None:
        """Lets those that hang now come to an end."""
        for end in self._ends:
            end.set()

    async def hang(self, receive: Receive) -> None:
        """Waits until the request is released or its client has gone."""
        end = asyncio.Event()
        self._ends.add(end)
        waits = [asyncio.ensure_future(end.wait()), asyncio.ensure_future(_gone(receive))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._ends.remove(end)
            for wait in waits:
                wait.cancel()


def application(service: Service, hanging: Hanging, drop: Callable[[Scope], None]) -> Starlette:
    """The service over HTTP.

    Args:
        service: What answers.
        hanging: Where requests hang.
        drop: Breaks the connection of a request.
    """
    routes = [
        Route(_path(operation), _Endpoint(service, name, hanging, drop), methods=[operation.method], name=name)
        for name, operation in OPERATIONS.items()
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=_LOOPBACK, www_redirect=False)],
        exception_handlers={404: _refuse, 405: _refuse},
    )


class _Endpoint:
    """One operation, as an ASGI application: only below Starlette's responses can a connection be broken."""

    def __init__(self, service: Service, name: str, hanging: Hanging, drop: Callable[[Scope], None]) -> None:
        self._service = service
        self._name = name
        self._hanging = hanging
        self._drop = drop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        parameters = {name.replace("_", "-"): value for name, value in request.path_params.items()}
        try:
            body = await _body(request)
        except ClientDisconnect:
            return
        # The service is one thing after another behind its lock: a thread for each request would only wait there.
        reply = self._service.call(self._name, {**request.query_params, **parameters}, body)
        if reply.ends == "answer":
            await _response(reply)(scope, receive, send)
            return
        if reply.ends == "hang":
            await self._hanging.hang(receive)
        elif reply.ends == "truncate":
            await _send_half(reply, send)
        self._drop(scope)
        await _gone(receive)


async def _body(request: Request) -> bytes:
    """The body, of which no more is kept than shows that it is too large."""
    kept = bytearray()
    async for chunk in request.stream():
        if len(kept) <= MAX_PAYLOAD:
            kept += chunk
    return bytes(kept)


async def _send_half(reply: Reply, send: Send) -> None:
    response = _response(reply)
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": reply.body[: len(reply.body) // 2], "more_body": True})


async def _gone(receive: Receive) -> None:
    """Waits until the connection is closed: once the body is read, nothing else can be received."""
    await receive()


async def _refuse(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _response(error_reply(status, "There is no such operation." if status == 404 else "The method isn't allowed."))


def _response(reply: Reply) -> Response:
    headers = {"x-amzn-RequestId": reply.request_id}
    if reply.error_name:
        headers["x-amzn-ErrorType"] = reply.error_name
    return Response(reply.body, reply.status, headers, reply.content_type)


def _path(operation: Operation) -> str:
    """The path as Starlette has it; the last parameter may hold encoded slashes."""
    path = operation.path.replace("-id}", "_id}")
    return path.removesuffix("_id}") + "_id:path}" if path.endswith(("endpoint_id}", "user_id}")) else path
