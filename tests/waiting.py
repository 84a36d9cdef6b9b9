"""Waiting in an event loop for what comes from threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], object]) -> None:
    """Waits until something is so; the test's own limit of time ends it."""
    while not condition():  # noqa: ASYNC110 - threads know of no event of this loop
        await asyncio.sleep(0.001)
