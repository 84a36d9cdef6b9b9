"""A place at a server that several share."""

from __future__ import annotations

import uuid
from types import TracebackType

from typing_extensions import Self

from pinpoint_users.local._server import ENDPOINT_VARIABLES, LocalServer
from pinpoint_users.local._service import Service


class LocalMount:
    """Where a server answers for one of several, made by `LocalPinpoint.mount()`; a context manager that closes itself."""

    def __init__(self, server: LocalServer, service: Service) -> None:
        self._server = server
        self._name: str | None = f"at-{uuid.uuid4().hex}"
        self.url: str = f"{server.url}/{self._name}"
        """The address for a client's `endpoint_url`, the same for every service, and no other mount's."""
        server.add(self._name, service)

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables by which boto3 and the AWS CLI find Pinpoint, SES v2, and SMS and voice version 2 here."""
        return dict.fromkeys(ENDPOINT_VARIABLES, self.url)

    def close(self) -> None:
        """Gives the place up: whoever still sends there is answered 404. More than once does no more."""
        name, self._name = self._name, None
        if name is not None:
            self._server.remove(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
