"""botocore's private names, all in one place; where a client has none of these names, `Internals.of` returns None.

Then requests go boto3's whole way with real parameters, and errors are distinguished by their classes alone.
"""

from __future__ import annotations

import logging
import operator
import os
import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import Any

import botocore.client
import botocore.endpoint
from botocore.auth import AUTH_TYPE_MAPS, SigV4Auth
from botocore.awsrequest import AWSRequest, AWSRequestPreparer
from botocore.parsers import JSONParser, RestJSONParser
from botocore.serialize import RestJSONSerializer
from botocore.signers import RequestSigner

from pinpoint_users._transport.base import Operation
from pinpoint_users._transport.connections import Watch, watch_of
from pinpoint_users._transport.originals import Originals, is_of
from pinpoint_users._transport.services import Service

# What the fast path goes around, wholly or in part.
_CLASSES: tuple[type, ...] = (
    botocore.client.BaseClient,
    botocore.endpoint.Endpoint,
    AWSRequest,
    AWSRequestPreparer,
    RequestSigner,
    *{SigV4Auth, AUTH_TYPE_MAPS["v4"]},  # the latter is another where botocore has awscrt
    JSONParser,
    *RestJSONParser.__mro__[:-1],
    *RestJSONSerializer.__mro__[:-1],
)
_MODULES = (botocore.client, botocore.endpoint)
_PARAMETER_EVENTS = ("provide-client-params", "before-parameter-build")
_EVENTS = (
    *_PARAMETER_EVENTS,
    "before-endpoint-resolution",
    "before-call",
    "request-created",
    "choose-signer",
    "before-sign",
    "response-received",
    "before-parse",
    "needs-retry",
    "after-call",
    "after-call-error",
)
_LOGGER = logging.getLogger("botocore.endpoint")

_living: weakref.WeakSet[Internals] = weakref.WeakSet()
_left_to_the_parent: list[Any] = []
"""In a child process, what has locks that a thread of the parent may hold: destroying it might wait for them."""


class Internals:
    """What of a client of botocore's is reached by private names.

    Args:
        client: The client.
        service: The client's service.

    Raises:
        AttributeError: The client isn't built as expected.
    """

    def __init__(self, client: Any, service: Service) -> None:
        self.http_session: Any = client._endpoint.http_session  # noqa: SLF001 - see the module
        """What sends requests, with its connections, proxies and certificates."""
        self._managers()
        self._credentials: Any = client._request_signer._credentials  # noqa: SLF001 - likewise
        self._emitter: Any = client.meta.events._emitter  # noqa: SLF001 - likewise
        self._client = client
        self._service = service
        self._functions = Originals(_CLASSES, _MODULES)
        self._had_botocores_methods = all(is_of(getattr(type(client), method)) for method in self._methods())
        self.note_handlers()
        self._had_botocores_handlers = all(map(is_of, self._handlers))
        self.watch: Watch = watch_of(self.http_session._pool_classes_by_scheme)  # noqa: SLF001 - likewise
        self.http_session.close()  # connections that were made before aren't watched
        _living.add(self)

    @classmethod
    def of(cls, client: Any, service: Service) -> Internals | None:
        """What is reached in a client; None if it isn't built as expected."""
        try:
            return cls(client, service)
        except (AttributeError, TypeError):
            return None

    def note_handlers(self) -> None:
        """Takes the handlers that are registered now for those that may be."""
        self._handlers = [*self._registered(_EVENTS, *self._service.calls)]
        self._cache = self._emitter._lookup_cache  # noqa: SLF001 - likewise

    def send(self, request: Any) -> Any:
        """Sends a request, by botocore's HTTP session where more than its connections is needed."""
        return self.watch.send(self.http_session, request)

    def is_unobserved(self) -> bool:
        """Whether nobody sees, or takes part in, what the fast path goes around; to be asked before each request."""
        return (
            self._had_botocores_handlers
            and self._has_known_handlers()
            and self._has_botocores_functions
            and not _LOGGER.isEnabledFor(logging.DEBUG)
        )

    def wants_parameters(self, operation: Operation) -> bool:
        """Whether somebody sees a call's parameters: a handler, botocore's Stubber, or what is put in a function's place."""
        return (
            not vars(self._client).keys().isdisjoint({"_make_api_call", self._service.calls[operation].method})
            or not self._has_botocores_functions
            or not all(map(is_of, self._registered(_PARAMETER_EVENTS, operation)))
        )

    def close(self) -> None:
        """Closes the connections at once: those of requests that are still under way are shut down."""
        for manager in self._managers():
            for key in [*manager.pools.keys()]:  # urllib3's container refuses to be iterated
                manager.pools[key].close()
        self.watch.shut_down()

    def renew(self) -> None:
        """In a child process, gives the client connections and locks of its own."""
        _left_to_the_parent.extend(self._managers())
        self.watch.forget()
        session = self.http_session
        new = type(session._manager)(**session._get_pool_manager_kwargs())  # noqa: SLF001 - likewise
        new.pool_classes_by_scheme = session._pool_classes_by_scheme  # noqa: SLF001 - likewise
        session._manager, session._proxy_managers = new, {}  # noqa: SLF001 - likewise
        if hasattr(self._credentials, "_refresh_lock"):
            self._credentials._refresh_lock = threading.Lock()  # noqa: SLF001 - likewise

    def _methods(self) -> list[str]:
        return [call.method for call in self._service.calls.values()]

    def _managers(self) -> list[Any]:
        return [self.http_session._manager, *self.http_session._proxy_managers.values()]  # noqa: SLF001 - likewise

    def _registered(self, events: Iterable[str], *operations: str) -> Iterator[Any]:
        for event in events:
            for operation in operations:
                yield from self._emitter._handlers.prefix_search(f"{event}.{self._service.name}.{operation}")  # noqa: SLF001 - likewise

    @property
    def _has_botocores_functions(self) -> bool:
        return self._had_botocores_methods and self._functions.are_in_place()

    def _has_known_handlers(self) -> bool:
        cache = self._emitter._lookup_cache  # noqa: SLF001 - likewise
        if cache is self._cache:  # botocore makes another whenever a handler comes or goes
            return True
        now = [*self._registered(_EVENTS, *self._service.calls)]
        if len(now) != len(self._handlers) or not all(map(operator.is_, now, self._handlers)):
            return False
        self._cache = cache
        return True


def _renew_all() -> None:
    for internals in [*_living]:
        internals.renew()


getattr(os, "register_at_fork", lambda **_: None)(after_in_child=_renew_all)
