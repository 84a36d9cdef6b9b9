"""The service as an ASGI application, and how a request comes to a bad end there. Needs Starlette."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Coroutine, Mapping
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pinpoint_users._transport.operations import operation_at, operation_named
from pinpoint_users.local._inbox.app import ROOT, Inbox, error_page, is_inbox
from pinpoint_users.local._operations import OPERATIONS
from pinpoint_users.local._reply import PINPOINT, SES, TEXT_MESSAGING, ErrorReplyError, Reply, error_reply
from pinpoint_users.local._service import Service
from pinpoint_users.local._signature import Signature

_DIALECTS = {dialect.service: dialect for dialect in (PINPOINT, SES, TEXT_MESSAGING)}


class Drop(Protocol):
    """Breaks the connection of a request, with a reset or by closing it."""

    def __call__(self, scope: Scope, *, reset: bool) -> None: ...


class Hanging:
    """The requests that wait for an answer that doesn't come, or for the rest of one. Belongs to the event loop's thread."""

    def __init__(self) -> None:
        self._ends: set[asyncio.Event] = set()

    def __len__(self) -> int:
        return len(self._ends)

    def release(self) -> None:
        """Lets those that hang now come to an end."""
        for end in [*self._ends]:  # in one step: others may come and go
            end.set()

    async def hang(self, receive: Receive, answering: Coroutine[Any, Any, Any]) -> bool:
        """Waits until the answer is out, or until the request is released or its client has gone, which ends the answer.

        Returns:
            Whether the answer is out.
        """
        end = asyncio.Event()
        self._ends.add(end)
        answer = asyncio.ensure_future(answering)
        waits = [answer, asyncio.ensure_future(end.wait()), asyncio.ensure_future(_gone(receive))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            return answer.done()
        finally:
            self._ends.remove(end)
            for wait in waits:
                wait.cancel()


def application(
    service: Service, hanging: Hanging, drop: Drop, *, hosts: Collection[str], signature: Signature | None
) -> Starlette:
    """The service over HTTP.

    Args:
        service: What answers.
        hanging: Where requests hang.
        drop: Breaks the connection of a request.
        hosts: The only hosts that a request may name.
        signature: What checks how requests are signed; None lets every request pass.
    """
    endpoints = {name: _Endpoint(service, name, hanging, drop, signature) for name in OPERATIONS}
    places = {name: operation.place for name, operation in OPERATIONS.items()}
    routes = [
        Route(path, endpoints[name], methods=[place.method], name=name)
        for name, place in places.items()
        if place.target is None
        for path in _paths(place.path)
    ]
    targets = {place.target: endpoints[name] for name, place in places.items() if place.target is not None}
    routes.append(Route("/", _Targets(targets), methods=["POST"]))
    routes += Inbox(service, hanging).routes()
    return Starlette(
        routes=routes,
        middleware=[Middleware(_OnlyHosts, hosts=hosts)],
        exception_handlers={HTTPException: _refuse},
    )


class _OnlyHosts:
    """Turns away requests that name another host: a web page that has made its own name point here is one."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        named = hosts[0].decode("latin-1").lower() if len(hosts) == 1 else ""
        host = named[1 : named.index("]")] if named.startswith("[") and "]" in named else named.partition(":")[0]
        if host in self._hosts:
            await self._app(scope, receive, send)
        else:
            text = "Invalid host header: a host other than this machine's own needs --allow-host, or allowed_hosts."
            await Response(text, 400, media_type="text/plain")(scope, receive, send)


class Switch:
    """Services that share a server, each below a path of its own, as an ASGI application. Belongs to the event loop's thread.

    Args:
        otherwise: Who answers below every other path.
    """

    def __init__(self, otherwise: ASGIApp) -> None:
        self._otherwise = otherwise
        self._below: dict[str, tuple[ASGIApp, Hanging]] = {}

    def add(self, name: str, app: ASGIApp, hanging: Hanging) -> None:
        """Lets an application answer below `/name`, whose requests hang there."""
        self._below[name] = app, hanging

    def remove(self, name: str) -> None:
        """Ends that, and the requests that hang."""
        _, hanging = self._below.pop(name)
        hanging.release()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name, _, rest = scope["path"].removeprefix("/").partition("/")
        if name in self._below:
            # The application is to see what it would see at a port of its own.
            raw = scope["raw_path"].removeprefix(f"/{name}".encode())
            scope = {**scope, "path": f"/{rest}", "raw_path": raw or b"/", ROOT: f"/{name}"}
        app, _ = self._below.get(name, (self._otherwise, None))
        await app(scope, receive, send)


class _Endpoint:
    """One operation, as an ASGI application: only below Starlette's responses can a connection be broken."""

    def __init__(self, service: Service, name: str, hanging: Hanging, drop: Drop, signature: Signature | None) -> None:
        self._service = service
        self._name = name
        self._operation = OPERATIONS[name]
        self._status = self._operation.place.status
        self._signature = signature
        self._hanging = hanging
        self._drop = drop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        parameters = {name.replace("_", "-"): value for name, value in request.path_params.items()}
        fault = self._service.meet(self._name)
        try:
            body = b"" if fault is not None and fault.before_body else await _body(request, self._operation.max_body)
        except ClientDisconnect:
            return
        if self._signature is not None:
            try:
                self._signature.check(scope["method"], scope["raw_path"], scope["query_string"], scope["headers"], body)
            except ErrorReplyError as error:
                refusal = error_reply(error.status, error.message, code=error.code, dialect=self._operation.dialect)
                await _response(refusal)(scope, receive, send)
                return
        # The service is one thing after another behind its lock: a thread for each request would only wait there.
        reply = self._service.call(self._name, {**request.query_params, **parameters}, body, fault)
        if await self._is_answered(reply, scope, receive, send):
            return
        self._drop(scope, reset=reply.ends in {"drop", "refuse"})
        await _gone(receive)

    async def _is_answered(self, reply: Reply, scope: Scope, receive: Receive, send: Send) -> bool:
        """Sends as much of the answer as goes out, and tells whether that is the whole."""
        if reply.ends == "answer":
            await _response(reply, self._status)(scope, receive, send)
            return True
        if reply.ends == "hang":
            return await self._hanging.hang(receive, asyncio.Event().wait())
        if reply.ends == "drip":
            return await self._hanging.hang(receive, _drip(reply, send))
        if reply.ends == "truncate":
            await _begin(reply, send)
            await _continue(reply.body[: len(reply.body) // 2], send)
        return False


class _Targets:
    """The operations that a header tells, as an ASGI application."""

    def __init__(self, endpoints: Mapping[str, _Endpoint]) -> None:
        self._endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        target = Request(scope).headers.get("x-amz-target", "")
        name = operation_named(target)
        named = None if name is None else (TEXT_MESSAGING.service, name)
        application = self._endpoints.get(target) or _refusal(named, 404)
        await application(scope, receive, send)


async def _body(request: Request, most: int) -> bytes:
    """The body, of which no more is kept than shows that it is too large."""
    kept = bytearray()
    async for chunk in request.stream():
        if len(kept) <= most:
            kept += chunk
    return bytes(kept)


async def _begin(reply: Reply, send: Send) -> None:
    response = _response(reply)
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})


async def _continue(part: bytes, send: Send, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": part, "more_body": more})


async def _drip(reply: Reply, send: Send) -> None:
    await _begin(reply, send)
    for byte in reply.body:
        await _continue(bytes([byte]), send)
        await asyncio.sleep(reply.seconds_per_byte)
    await _continue(b"", send, more=False)


async def _gone(receive: Receive) -> None:
    """Waits until the connection is closed; what there still is of the request's body goes by."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(request: Request, error: Exception) -> Response:
    status, words = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, "")
    if is_inbox(request):
        return error_page(request, status, words)
    return _refusal(operation_at(request.method, request.url.path), status)


def _refusal(operation: tuple[str, str] | None, status: int) -> Response:
    """What is answered for an operation that isn't here, or that isn't AWS's."""
    if operation is not None:
        service, name = operation
        here = ", ".join(sorted(each.name for each in OPERATIONS.values() if each.dialect.service == service))
        text = f"{name} of {service} isn't emulated by this embedded service, which has: {here}."
        return _response(error_reply(501, text, code="NotImplementedException", dialect=_DIALECTS[service]))
    words = "There is no such operation." if status == 404 else "The method isn't allowed."
    return _response(error_reply(status, words))


def _response(reply: Reply, success: int = 200) -> Response:
    headers = {"x-amzn-RequestId": reply.request_id}
    if reply.error_name:
        headers["x-amzn-ErrorType"] = reply.error_name
    return Response(reply.body, success if reply.status == 200 else reply.status, headers, reply.content_type)


def _paths(path: str) -> list[str]:
    """The paths as Starlette has them: with a slash at the end too, or with a last parameter that may hold encoded slashes."""
    path = re.sub(r"\{[a-z-]+\}", lambda found: found[0].replace("-", "_"), path)
    if path.endswith(("endpoint_id}", "user_id}")):
        return [path.removesuffix("_id}") + "_id:path}"]
    return [path, f"{path}/"]
