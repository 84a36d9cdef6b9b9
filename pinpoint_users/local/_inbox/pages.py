"""The pages, from the templates beside this. Needs Jinja2, which escapes whatever a template puts into them."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import jinja2

from pinpoint_users.local._delivery_log import MAX_DELIVERY_BYTES
from pinpoint_users.local._exchanges import MAX_EXCHANGE_BYTES
from pinpoint_users.local._inbox.archive import MAX_FOUND, Filter, Item
from pinpoint_users.local._inbox.push import notification_of

_MAX_SHOWN = 100_000
"""Characters of JSON or source that a page shows; the whole is a link away."""
CHANNELS: Mapping[str, str] = {
    "APNS": "iOS",
    "APNS_SANDBOX": "iOS sandbox",
    "APNS_VOIP": "iOS VoIP",
    "APNS_VOIP_SANDBOX": "iOS VoIP sandbox",
    "GCM": "Android",
    "ADM": "Amazon",
    "BAIDU": "Baidu",
    "PUSH": "Push",
    "SMS": "SMS",
    "EMAIL": "E-mail",
    "VOICE": "Voice",
}
"""The names of channels, for who reads them."""


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pinpoint_users.local._inbox"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {"time": _time, "day": _day, "size": _size, "channel": _channel, "heading": heading, "web": _web}
    environment.globals |= {
        "list_url": list_url,
        "channels": CHANNELS,
        "max_found": MAX_FOUND,
        "max_delivery_bytes": MAX_DELIVERY_BYTES,
        "max_exchange_bytes": MAX_EXCHANGE_BYTES,
    }
    return environment


def render(template: str, values: Mapping[str, Any]) -> bytes:
    """A page, or a part of one. A lone surrogate, which isn't text, becomes a question mark."""
    return _environment().get_template(template).render({**values, "here": template}).encode("utf-8", "replace")


def list_url(wanted: Filter, *, path: str = "/", **changes: Any) -> str:
    """The address of a list; changes of the filter lead to its first page."""
    fields = {"q": wanted.text, "user": wanted.user, "channel": wanted.channel, "page": wanted.page}
    query = urlencode(
        {name: value for name, value in {**fields, "page": 1, **changes}.items() if value not in {"", 1}}, errors="replace"
    )
    return f"{path}?{query}" if query else path


def heading(item: Item) -> tuple[str, str]:
    """What a list shows of a message: a title, which may be empty, and the beginning of its text."""
    delivery = item.delivery
    title, body = delivery.title or "", delivery.body or ""
    if "RawContent" in delivery.message:
        notification = notification_of(delivery)
        title, body = notification.title, notification.body or (notification.raw or "")
    return title[:200], " ".join(body[:400].split())


def as_shown(data: bytes, *, is_json: bool = False) -> tuple[str, bool]:
    """Bytes as a page shows them, and whether that is the whole. JSON is laid out."""
    text = data.decode("utf-8", "replace")
    if is_json and len(text) <= _MAX_SHOWN:
        with contextlib.suppress(ValueError, RecursionError):
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return text[:_MAX_SHOWN], len(text) <= _MAX_SHOWN


def _channel(channel: str) -> str:
    return CHANNELS.get(channel, channel)


def _time(at: str) -> str:
    return at[11:19]


def _day(at: str) -> str:
    return dt.date.fromisoformat(at[:10]).strftime("%d %b %Y").lstrip("0") if at else ""


def _size(data: bytes) -> str:
    return f"{len(data):,} bytes" if len(data) < 1000 else f"{len(data) / 1000:,.1f} kB"


def _web(url: str) -> bool:
    """Whether an address may be a link: a page over HTTP, and no script."""
    return url.lower().startswith(("http://", "https://"))
