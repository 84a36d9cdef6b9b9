"""The inbox over HTTP: which address has what. Needs Starlette."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from pinpoint_users.local._inbox import fault_form, pages
from pinpoint_users.local._inbox.archive import Archive, Exchange, Filter, Item
from pinpoint_users.local._inbox.mail import html_of, mail_of
from pinpoint_users.local._inbox.phone import call_of, text_of
from pinpoint_users.local._inbox.push import notification_of
from pinpoint_users.local._inbox.security import DATA, MAX_FORM, PAGE, Gate, mail_headers
from pinpoint_users.local._service import Service

ROOT = "pinpoint_users.root"
"""Where a request's scope has the path below which its service is, if that shares a server: links begin with it."""
_ASSETS = {"inbox.css": "text/css", "inbox.js": "text/javascript", "icon.svg": "image/svg+xml"}
_VIEWS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "EMAIL": ("mail.html", mail_of),
    "SMS": ("text.html", text_of),
    "VOICE": ("call.html", call_of),
}
"""The template of a channel, and what it shows; the others are push channels."""
_MESSAGE = "/inbox/messages/{number:int}"


class Hanging(Protocol):
    """The requests that wait for an answer that doesn't come."""

    def __len__(self) -> int: ...

    def release(self) -> None:
        """Lets those that hang now come to an end."""


class Inbox:
    """The pages.

    Args:
        service: Whose deliveries are shown, and whose faults scripted.
        hanging: The requests that hang.
    """

    def __init__(self, service: Service, hanging: Hanging) -> None:
        self._service = service
        self._hanging = hanging
        self._archive = Archive(service.store)
        self._gate = Gate()

    def routes(self) -> list[Route]:
        """Its addresses."""
        gets = {
            "/": self._index,
            "/inbox/list": self._list,
            "/inbox/faults": self._faults,
            "/inbox/assets/{name}": self._asset,
            _MESSAGE: self._message,
            f"{_MESSAGE}/html": self._html,
            f"{_MESSAGE}/source": self._source,
            f"{_MESSAGE}/request": self._exchange_json,
            f"{_MESSAGE}/answer": self._exchange_json,
            f"{_MESSAGE}/attachments/{{file:int}}": self._attachment,
        }
        posts = {
            "/inbox/clear": self._clear,
            "/inbox/faults": self._script,
            "/inbox/faults/clear": self._clear_faults,
            "/inbox/faults/release": self._release,
        }
        return [
            *(Route(path, handler, methods=["GET"]) for path, handler in gets.items()),
            *(Route(path, handler, methods=["POST"]) for path, handler in posts.items()),
        ]

    # --- the list

    async def _index(self, request: Request) -> Response:
        wanted = _filter(request)
        values = {"wanted": wanted, "state": self._archive.state(), "page": self._archive.page(wanted)}
        return self._page(request, "list.html", {**values, "max_deliveries": self._archive.max_deliveries})

    async def _list(self, request: Request) -> Response:
        """The list alone, for a page that is open; nothing if it has it already."""
        state = self._archive.state()
        if request.query_params.get("state") == state:
            return Response(status_code=204, headers=dict(PAGE))
        wanted = _filter(request)
        return self._page(request, "_list.html", {"wanted": wanted, "page": self._archive.page(wanted), "state": state})

    async def _clear(self, request: Request) -> Response:
        await self._form(request)
        self._archive.clear()
        self._service.clear_counts()
        return _see(request, "/")

    # --- a message

    async def _message(self, request: Request) -> Response:
        item = self._item(request)
        template, view = _VIEWS.get(item.delivery.channel_type, ("push.html", notification_of))
        newer, older = self._archive.neighbours(item.number)
        seen = view(item.delivery)
        message = json.dumps(item.delivery.message, ensure_ascii=False, default=dict).encode("utf-8", "replace")
        values = {
            "item": item,
            "seen": seen,
            "newer": newer,
            "older": older,
            "any": Filter(),
            "message_json": pages.as_shown(message, is_json=True)[0],
            "exchange": self._shown_exchange(item),
        }
        if template == "mail.html":
            values["source"], values["is_whole_source"] = pages.as_shown(seen.source)
            values["loads_images"] = request.query_params.get("images") == "yes"
        return self._page(request, template, values)

    def _shown_exchange(self, item: Item) -> Mapping[str, Any] | None:
        exchange = self._archive.exchange(item.number)
        if exchange is None:
            return None
        sides = [("Request", "request", exchange.request), ("Answer", "answer", exchange.answer)] if exchange.request else []
        return {
            "about": exchange,
            "sides": [(label, part, *pages.as_shown(body, is_json=True)) for label, part, body in sides],
        }

    async def _html(self, request: Request) -> Response:
        headers = mail_headers(loads_images=request.query_params.get("images") == "yes")
        return Response(
            html_of(self._item(request, "EMAIL").delivery).encode("utf-8", "replace"),
            200,
            dict(headers),
            "text/html; charset=utf-8",
        )

    async def _source(self, request: Request) -> Response:
        return Response(mail_of(self._item(request, "EMAIL").delivery).source, 200, dict(DATA), "text/plain; charset=utf-8")

    async def _attachment(self, request: Request) -> Response:
        files = mail_of(self._item(request, "EMAIL").delivery).attachments
        number = request.path_params["file"]
        if not 1 <= number <= len(files):
            raise HTTPException(404, "There is no such attachment.")
        file = files[number - 1]
        disposition = f"attachment; filename*=UTF-8''{quote(file.name, safe='', errors='replace')}"
        return Response(file.data, 200, {**DATA, "Content-Disposition": disposition}, "application/octet-stream")

    async def _exchange_json(self, request: Request) -> Response:
        exchange = self._archive.exchange(self._item(request).number)
        if exchange is None or not exchange.request:
            raise HTTPException(404, "The request isn't kept.")
        return Response(_part(exchange, request.url.path), 200, dict(DATA), "application/json")

    # --- faults

    async def _faults(self, request: Request) -> Response:
        return self._fault_page(request, done=request.query_params.get("done", ""))

    async def _script(self, request: Request) -> Response:
        form = await self._form(request)
        try:
            done = fault_form.script(self._service.faults, form)
        except fault_form.FormError as error:
            return self._fault_page(request, wrong=str(error), form=form, status=400)
        return _see(request, f"/inbox/faults?{urlencode({'done': done})}")

    async def _clear_faults(self, request: Request) -> Response:
        await self._form(request)
        self._service.faults.clear()
        return _see(request, "/inbox/faults")

    async def _release(self, request: Request) -> Response:
        await self._form(request)
        self._hanging.release()
        return _see(request, "/inbox/faults")

    def _fault_page(
        self, request: Request, *, done: str = "", wrong: str = "", form: Mapping[str, str] | None = None, status: int = 200
    ) -> Response:
        counts = sorted(self._service.counts().items(), key=lambda each: each[0] or 0)
        values = {
            "kinds": fault_form.KINDS,
            "operations": fault_form.OPERATIONS,
            "max_times": fault_form.MAX_TIMES,
            "pending": fault_form.pending(self._service.faults),
            "counts": counts,
            "hanging": len(self._hanging),
            "done": done,
            "wrong": wrong,
            "form": form or {},
        }
        return self._page(request, "faults.html", values, status)

    # --- what they share

    async def _asset(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _ASSETS:
            raise HTTPException(404, "There is no such file.")
        data = resources.files("pinpoint_users.local._inbox").joinpath("assets", name).read_bytes()
        tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        headers = {**PAGE, "Cache-Control": "no-cache", "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(data, 200, headers, f"{_ASSETS[name]}; charset=utf-8")

    def _item(self, request: Request, channel: str | None = None) -> Item:
        item = self._archive.item(min(request.path_params["number"], 2**63 - 1))
        if item is None or channel not in {None, item.delivery.channel_type}:
            raise HTTPException(404, "This message isn't there, or isn't there any longer.")
        return item

    async def _form(self, request: Request) -> Mapping[str, str]:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_FORM:
                raise HTTPException(413, "The form is too large.")
        form = dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=100))
        self._gate.check(request, form)
        return form

    def _page(self, request: Request, template: str, values: Mapping[str, Any], status: int = 200) -> Response:
        html = pages.render(template, {"token": self._gate.token, "root": _root(request), **values})
        return Response(html, status, dict(PAGE), "text/html; charset=utf-8")


def is_inbox(request: Request) -> bool:
    """Whether a request is for a page of an inbox."""
    return request.url.path.startswith("/inbox/")


def error_page(request: Request, status: int, words: str) -> Response:
    """What is shown instead of a page of the inbox."""
    html = pages.render("error.html", {"status": status, "words": words, "root": _root(request)})
    return Response(html, status, dict(PAGE), "text/html; charset=utf-8")


def _root(request: Request) -> str:
    """The path below which the service is, which shares a server then; nothing where it has one of its own."""
    return str(request.scope.get(ROOT, ""))


def _see(request: Request, path: str) -> Response:
    return RedirectResponse(f"{_root(request)}{path}", 303, dict(PAGE))


def _part(exchange: Exchange, path: str) -> bytes:
    return exchange.answer if path.endswith("/answer") else exchange.request


def _filter(request: Request) -> Filter:
    query = request.query_params
    page = query.get("page", "1")
    channel = query.get("channel", "")
    return Filter(
        text=query.get("q", "").strip(),
        user=query.get("user", "").strip(),
        channel=channel if channel in pages.CHANNELS else "",
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
    )
