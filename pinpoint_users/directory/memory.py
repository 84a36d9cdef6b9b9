"""A directory in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from pinpoint_users.directory.rules import Changes, Wanted, user_id_of
from pinpoint_users.directory.stored import StoredDirectory
from pinpoint_users.endpoints import Endpoint


class MemoryDirectory(StoredDirectory):
    """A directory in memory, for tests and for what is read anew at each start.

    Args:
        endpoints: What is in it from the start, as for `put`.

    Raises:
        ValidationError: What is wrong with which endpoint.

    Example:
        >>> from pinpoint_users.endpoints import EndpointUser
        >>> ann = Endpoint(channel_type="SMS", address="+12065550100", id="e-1", user=EndpointUser(user_id="u-1"))
        >>> directory = MemoryDirectory([ann])
        >>> directory.retire("E-1", "+12065550100"), directory.endpoints_of(["u-1"])["u-1"][0].endpoint_status
        (True, 'INACTIVE')
    """

    def __init__(self, endpoints: Iterable[Endpoint] = ()) -> None:
        self._lock = threading.RLock()
        self._by_key: dict[str, Endpoint] = {}
        self._of_user: dict[str | None, dict[str, Endpoint]] = {}
        self._at: dict[str, set[str]] = {}
        self.put(endpoints)

    def endpoints_of(self, user_ids: Sequence[str], /) -> Mapping[str, Sequence[Endpoint]]:
        """The endpoints of users, by user ID; users without endpoints are absent."""
        with self._lock:
            return {user_id: tuple(found.values()) for user_id in user_ids if (found := self._of_user.get(user_id))}

    def endpoints(self) -> Iterator[Endpoint]:
        """Every endpoint, as they are when this is called."""
        with self._lock:
            return iter(list(self._by_key.values()))

    def user_ids(self) -> Iterator[str]:
        """Every user's ID, each once, as they are when this is called."""
        with self._lock:
            return iter([user_id for user_id, found in self._of_user.items() if user_id is not None and found])

    def close(self) -> None:
        """Does nothing: there is nothing open."""

    def _update(self, wanted: Wanted, decide: Callable[[list[Endpoint]], Changes]) -> None:
        with self._lock:
            keys = {key: None for key in wanted.keys if key in self._by_key}
            for address in wanted.addresses:
                keys |= dict.fromkeys(self._at.get(address, ()))
            for user_id in wanted.user_ids:
                keys |= dict.fromkeys(self._of_user.get(user_id, ()))
            for key, endpoint in decide([self._by_key[key] for key in keys]).items():
                self._replace(key, endpoint)

    def _replace(self, key: str, endpoint: Endpoint | None) -> None:
        old = self._by_key.get(key)
        if old is not None:
            of_user, at = self._of_user[user_id_of(old)], self._at[old.address]
            if endpoint is None or user_id_of(endpoint) != user_id_of(old):
                del of_user[key]
            at.discard(key)
            if not at:
                del self._at[old.address]
        if endpoint is None:
            del self._by_key[key]
            return
        self._by_key[key] = endpoint
        self._of_user.setdefault(user_id_of(endpoint), {})[key] = endpoint
        self._at.setdefault(endpoint.address, set()).add(key)
