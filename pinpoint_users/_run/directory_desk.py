"""What a run asks of the directory of users' endpoints, and what it tells it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from pinpoint_users._requests.jobs import Readings
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.enums import FailureReason
from pinpoint_users.errors import DirectoryError, ValidationError

News: TypeAlias = list[tuple[str, Callable[[], object]]]
"""The IDs of endpoints, each with what tells the directory of its token."""

_LOGGER = logging.getLogger("pinpoint_users")


class DirectoryDesk:
    """A directory, as a run uses it. May be called from any thread.

    Args:
        directory: The directory.
        keeps: Whether dead tokens are retired and replaced ones renewed in it, where it can be written.
    """

    def __init__(self, directory: Any, *, keeps: bool) -> None:
        self._directory = directory
        self._retire: Callable[[str, str], object] | None = getattr(directory, "retire", None) if keeps else None
        self._renew: Callable[[str, str, str], object] | None = getattr(directory, "renew", None) if keeps else None

    def endpoints_of(self, user_ids: Collection[str]) -> Mapping[str, Sequence[Endpoint]]:
        """The endpoints of at most 100 users; users without any are left out.

        Raises:
            DirectoryError: The directory can't be read.
        """
        try:
            found: Mapping[str, Sequence[Endpoint]] = self._directory.endpoints_of([*user_ids])
            is_right = _is_right(found)
        except BaseException as error:  # whatever the directory raises, such as SystemExit: it is in a thread of ours
            said = f"gave what is wrong: {error}" if isinstance(error, ValidationError) else f"raised {error!r}"
            raise DirectoryError(f"the directory {said}; of these users nothing was sent") from error
        if not is_right:
            raise DirectoryError("the directory gave what isn't a mapping of user IDs to lists of Endpoint; nothing was sent")
        return found

    def news_of(self, readings: Readings) -> News:
        """What of an answer the directory is to be told, as far as it can be: dead tokens and replaced ones."""
        if self._retire is None and self._renew is None:
            return []
        news: News = []
        for endpoint_id, result in [each for reading in readings.others for each in reading.endpoints.items()]:
            address = result.address or ""
            if result.updated_token and self._renew is not None:
                news.append((endpoint_id, partial(self._renew, endpoint_id, address, result.updated_token)))
            elif self._retire is not None and result.reason is FailureReason.DEAD_TOKEN:
                news.append((endpoint_id, partial(self._retire, endpoint_id, address)))
        return news

    def keep(self, news: News) -> None:
        """Retires dead tokens and renews replaced ones. A directory that can't be written costs no user a result."""
        for endpoint_id, tell in news:
            try:
                tell()
            except BaseException as error:  # noqa: BLE001, PERF203 - whatever the directory raises, as above
                _LOGGER.warning("the directory could not be told of endpoint %s: %r", endpoint_id, error)


def _is_right(found: Mapping[Any, Any]) -> bool:
    """Whether it is what a directory gives; an iterator could be read only once."""
    if not isinstance(found, Mapping):
        return False
    for user_id, endpoints in found.items():
        if type(user_id) is not str or (type(endpoints) is not list and not isinstance(endpoints, Collection)):
            return False
        for endpoint in endpoints:
            if type(endpoint) is not Endpoint:
                return False
    return True
