"""Rates in Redis, or what speaks its protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pinpoint_users._rate_stores.base import ANSWER_TIMEOUT, CONNECT_TIMEOUT, store_error, url_refused

T = TypeVar("T")

_REPLACE = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""


class RedisRateStore:
    """Keys of Redis, `pinpoint_users:rate:…`: the extra `redis`.

    Args:
        url: How to connect.
    """

    def __init__(self, url: str) -> None:
        try:
            import redis  # noqa: PLC0415 - of the extra, for those who use it
            from redis.backoff import NoBackoff  # noqa: PLC0415 - likewise
            from redis.retry import Retry  # noqa: PLC0415 - likewise
        except ImportError as error:
            raise ImportError(
                f"RateLimit.shared needs redis-py for Redis ({error}), which comes with the extra `redis`: in a clone, "
                "pip install '.[redis]'"
            ) from error
        retry = Retry(NoBackoff(), 1)  # the server may have closed a connection
        try:
            self._client: Any = redis.Redis.from_url(
                url, socket_connect_timeout=CONNECT_TIMEOUT, socket_timeout=ANSWER_TIMEOUT, retry=retry
            )
            pool = self._client.connection_pool
            pool.connection_class(**pool.connection_kwargs)  # which knows the parameters; it connects when it is used
        except (TypeError, ValueError, redis.RedisError):
            raise url_refused("Redis") from None
        self._errors = (redis.RedisError, OSError)
        self._url = url

    def read(self, key: str) -> tuple[str | None, float]:
        """The text of a key, and the store's time."""
        state, (seconds, microseconds) = self._run(
            lambda client: client.pipeline(transaction=False).get(_named(key)).time().execute()
        )
        return None if state is None else state.decode(), seconds + microseconds / 1e6

    def replace(self, key: str, old: str | None, new: str) -> bool:
        """Puts a text in the place of another one."""
        return bool(self._run(lambda client: client.eval(_REPLACE, 1, _named(key), old or "", new)))

    def close(self) -> None:
        """Closes the connection, if there is one; the next use makes another."""
        self._client.close()

    def _run(self, use: Callable[[Any], T]) -> T:
        try:
            return use(self._client)
        except self._errors as error:
            failed = store_error("Redis", self._url, error)
        raise failed


def _named(key: str) -> str:
    return f"pinpoint_users:rate:{key}"
