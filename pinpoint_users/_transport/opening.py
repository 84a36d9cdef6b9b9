"""The transport of a client, by the arguments that it was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pinpoint_users._transport.aws_client import make_client
from pinpoint_users._transport.base import Transport
from pinpoint_users._transport.boto import BotoTransport
from pinpoint_users._transport.services import PINPOINT, Service
from pinpoint_users._transport.services_transport import ServicesTransport


def open_transport(
    client: Any, made_of: Mapping[str, Any], concurrency: int, clients: Mapping[Service, Any] | None
) -> Transport:
    """The way to the service, or, with a directory, to all services that keep what Pinpoint did.

    Args:
        client: A boto3 client of the caller's for Pinpoint; None for one of this library's own.
        made_of: What that is made of, and those for other services.
        concurrency: Requests that go out at a time.
        clients: The caller's clients for whatever service, if a message may go by others than Pinpoint too.

    Raises:
        ConfigurationError: The address of the service in boto3's settings can't be used.
        RegionError: No Region is set, or Pinpoint isn't offered in it.
        CredentialsError: There is no profile of that name.
    """
    is_quick = client is None and made_of["session"] is None
    pinpoint = BotoTransport(
        client or make_client(**made_of, concurrency=concurrency), owned=client is None, fast_path=is_quick
    )
    if clients is None:
        return pinpoint
    settings = {**made_of} if client is None else {**made_of, "region_name": client.meta.region_name}

    def open_service(service: Service) -> BotoTransport:
        own = make_client(**settings, concurrency=concurrency, service=service)
        return BotoTransport(own, owned=True, fast_path=is_quick, service=service)

    given = {service: BotoTransport(each, owned=False, service=service) for service, each in clients.items()}
    return ServicesTransport(open_service, {PINPOINT: pinpoint, **given})
