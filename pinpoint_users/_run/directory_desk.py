"""What a run asks of the directory of users' endpoints, and what it tells it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from pinpoint_users._requests.jobs import Readings
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.enums import DeliveryStatus, FailureReason
from pinpoint_users.errors import DirectoryError

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
            is_right = all(type(endpoint) is Endpoint for endpoints in found.values() for endpoint in endpoints)
        except BaseException as error:  # whatever the directory raises, such as SystemExit: it is in a thread of ours
            raise DirectoryError(f"the directory raised {error!r}; of these users nothing was sent") from error
        if not is_right:
            raise DirectoryError("the directory gave what isn't a mapping of user IDs to lists of Endpoint; nothing was sent")
        return found

    def keep(self, readings: Readings) -> None:
        """Retires dead tokens and renews replaced ones. A directory that can't be written costs no user a result."""
        if self._retire is None and self._renew is None:
            return
        for reading in readings.others:
            for endpoint_id, result in reading.endpoints.items():
                if result.delivery_status is DeliveryStatus.SUCCESSFUL and result.updated_token is None:
                    continue
                address = result.address or ""
                try:
                    if result.updated_token and self._renew is not None:
                        self._renew(endpoint_id, address, result.updated_token)
                    elif self._retire is not None and result.reason is FailureReason.DEAD_TOKEN:
                        self._retire(endpoint_id, address)
                except Exception as error:  # noqa: BLE001 - whatever the directory raises
                    _LOGGER.warning("the directory could not be told of endpoint %s: %r", endpoint_id, error)
