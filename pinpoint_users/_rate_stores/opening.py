"""Which store a URL is of."""

from __future__ import annotations

from pinpoint_users._rate_stores.base import RateStore
from pinpoint_users.rate import POSTGRES_SCHEMES, scheme_of


def open_store(url: str) -> RateStore:
    """The store at a URL; nothing is connected yet.

    Raises:
        ImportError: The extra isn't installed.
    """
    if scheme_of(url) in POSTGRES_SCHEMES:
        from pinpoint_users._rate_stores.postgres import PostgresRateStore  # noqa: PLC0415 - few need it

        return PostgresRateStore(url)
    from pinpoint_users._rate_stores.redis import RedisRateStore  # noqa: PLC0415 - likewise

    return RedisRateStore(url)
