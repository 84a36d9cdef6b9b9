"""Deliveries as a short table, for a test that fails."""

from __future__ import annotations

from collections.abc import Sequence

from pinpoint_users.local._delivery import Delivery

_ROWS = 20
_WIDTHS = (20, 20, 36, 32, 60)
"""The most characters of a cell, by column."""
_HEAD = ("channel", "user", "address", "title", "body")


def table(found: Sequence[Delivery], others: Sequence[Delivery]) -> list[str]:
    """The lines of a table of at most 20 deliveries: those that were asked for, marked, and then the others."""
    rows = [(">", *_cells(delivery)) for delivery in found] + [(" ", *_cells(delivery)) for delivery in others]
    shown = [(" ", *_HEAD), *rows[:_ROWS]]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown]
    return lines if len(rows) <= _ROWS else [*lines, f"   … and {len(rows) - _ROWS:,} more"]


def clipped(text: str | None, most: int = _WIDTHS[-1]) -> str:
    """A text as Python writes it, on one line and no longer than that; None is a dash."""
    shown = "-" if text is None else repr(text)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def _cells(delivery: Delivery) -> tuple[str, ...]:
    names = (delivery.user_id, delivery.address, delivery.title, delivery.body)
    cells = (clipped(text, most) for text, most in zip(names, _WIDTHS[1:], strict=True))
    return (delivery.channel_type.value, *cells)
