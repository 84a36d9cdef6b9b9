"""What the inbox reads of the store: pages of deliveries, one delivery, the exchange behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import attrs

from pinpoint_users.enums import ChannelType
from pinpoint_users.local._delivery import Delivery, delivery_of
from pinpoint_users.local._store import Store

PAGE_SIZE = 50
"""Deliveries a page."""
MAX_FOUND = 1000
"""How many deliveries a search finds at most, newest first, and are counted by channel: there may be very many."""

# What isn't JSON to SQLite, such as NaN, is kept all the same; it is only not found by what it says.
_DOCUMENT = "(CASE WHEN json_valid(document) THEN document ELSE '{}' END)"
_CHANNEL = f"coalesce(json_extract({_DOCUMENT}, '$.channel_type'), '')"
_SEARCHED = " || char(10) || ".join(
    f"coalesce(json_extract({_DOCUMENT}, '$.{name}'), '')"
    for name in ("user_id", "address", "title", "body", "html", "message.RawContent", "message_id", "request_id", "trace_id")
)
_EXCHANGE = "FROM exchanges WHERE exchanges.number >= deliveries.number ORDER BY exchanges.number LIMIT 1"

_ITEM = f"SELECT number, (SELECT at {_EXCHANGE}), document FROM deliveries WHERE number = ?"  # noqa: S608 - names only


@attrs.frozen(kw_only=True)
class Filter:
    """Which deliveries are to be shown."""

    text: str = ""
    """What is to be found in user, address, text or an ID, in any case."""
    user: str = ""
    """A user's ID."""
    channel: str = ""
    """A channel."""
    page: int = 1
    """The page, from 1."""


@attrs.frozen(kw_only=True)
class Item:
    """A delivery and its place."""

    number: int
    """Its number, which grows."""
    at: str
    """When it was sent, in ISO 8601."""
    delivery: Delivery
    """The delivery."""


@attrs.frozen(kw_only=True)
class Page:
    """A page of deliveries, newest first."""

    items: list[Item]
    """Those of the page."""
    number: int
    """The page, from 1."""
    pages: int
    """How many pages there are, at least 1."""
    total: int
    """How many deliveries the filter lets through; of a search at most `MAX_FOUND`."""
    kept: int
    """How many there are."""
    by_channel: Mapping[str, int]
    """How many there are of each channel, among the newest `MAX_FOUND`."""


@attrs.frozen(kw_only=True)
class Exchange:
    """A request and its answer."""

    at: str
    """When the request came, in ISO 8601."""
    operation: str
    """AWS's name of the operation."""
    ends: str
    """How the request ended: "answer" unless by a fault."""
    status: int
    """The status of the answer."""
    request: bytes
    """The body of the request; empty if it gave way to newer ones."""
    answer: bytes
    """The body of the answer."""


class Archive:
    """The store, as the inbox reads it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def max_deliveries(self) -> int:
        """How many deliveries are kept."""
        return self._store.max_deliveries

    def state(self) -> str:
        """Another text whenever another delivery has come or gone."""
        with self._store.transaction():
            ((first, last),) = self._store.rows("SELECT min(number), max(number) FROM deliveries")
            newest = self._store.rows("SELECT at FROM exchanges ORDER BY number DESC LIMIT 1")
        return f"{first}-{last}-{newest[0][0] if newest else ''}"

    def page(self, wanted: Filter) -> Page:
        """The page that a filter asks for, or the last one if there are fewer."""
        conditions, parameters = _conditions(wanted)
        with self._store.transaction():
            ((first, last),) = self._store.rows("SELECT coalesce(min(number), 1), coalesce(max(number), 0) FROM deliveries")
            by_channel = self._store.rows(
                f"SELECT {_CHANNEL}, count(*) FROM (SELECT document FROM deliveries ORDER BY number DESC LIMIT ?) "  # noqa: S608 - names only
                "GROUP BY 1 ORDER BY 1",
                (MAX_FOUND,),
            )
            found: Sequence[int] = range(last, first - 1, -1)  # without a gap, as the oldest go first
            if conditions:
                rows = self._store.rows(
                    f"SELECT number FROM deliveries WHERE {conditions} ORDER BY number DESC LIMIT ?",  # noqa: S608 - likewise
                    (*parameters, MAX_FOUND),
                )
                found = [number for (number,) in rows]
            pages = max(1, -(-len(found) // PAGE_SIZE))
            page = min(max(1, wanted.page), pages)
            shown = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
            items = [_item(*row) for number in shown for row in self._store.rows(_ITEM, (number,))]
        return Page(
            items=items,
            number=page,
            pages=pages,
            total=len(found),
            kept=last - first + 1,
            by_channel=dict(by_channel),
        )

    def item(self, number: int) -> Item | None:
        """One delivery, or None."""
        with self._store.transaction():
            found = self._store.rows(_ITEM, (number,))
        return _item(*found[0]) if found else None

    def neighbours(self, number: int) -> tuple[int | None, int | None]:
        """The next newer and the next older delivery."""
        with self._store.transaction():
            ((newer,),) = self._store.rows("SELECT min(number) FROM deliveries WHERE number > ?", (number,))
            ((older,),) = self._store.rows("SELECT max(number) FROM deliveries WHERE number < ?", (number,))
        return newer, older

    def exchange(self, number: int) -> Exchange | None:
        """The request that made a delivery, or None for one that was kept before requests were."""
        with self._store.transaction():
            found = self._store.rows(
                "SELECT at, operation, ends, status, request, answer FROM exchanges WHERE number >= ? ORDER BY number LIMIT 1",
                (number,),
            )
        names = ("at", "operation", "ends", "status", "request", "answer")
        return Exchange(**dict(zip(names, found[0], strict=True))) if found else None

    def clear(self) -> None:
        """Forgets every delivery."""
        with self._store.transaction():
            self._store.deliveries.clear()


def _conditions(wanted: Filter) -> tuple[str, list[str]]:
    conditions: list[str] = []
    parameters: list[str] = []
    if wanted.channel:
        conditions.append(f"{_CHANNEL} = ?")
        parameters.append(ChannelType(wanted.channel).value)
    if wanted.user:
        conditions.append(f"json_extract({_DOCUMENT}, '$.user_id') = ?")
        parameters.append(wanted.user)
    if wanted.text:
        conditions.append(f"instr(casefold(CAST({_SEARCHED} AS BLOB)), ?) > 0")
        parameters.append(wanted.text.casefold())
    return " AND ".join(conditions), parameters


def _item(number: int, at: str | None, document: str) -> Item:
    return Item(number=number, at=at or "", delivery=delivery_of(json.loads(document)))
