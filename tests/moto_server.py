"""A server of moto's in this process: services of AWS's over HTTP, one request after the other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3


@contextmanager
def client_of_moto(service: str) -> Iterator[Any]:
    """A client of boto3's for a service that is moto's, over HTTP, until the end.

    Args:
        service: boto3's name of the service.
    """
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    # One request after the other, since moto's transactions aren't all or none where several are carried out at once.
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = boto3.client(
        service,
        region_name="eu-west-1",
        endpoint_url=f"http://127.0.0.1:{server.port}",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    try:
        yield client
    finally:
        client.close()
        server.shutdown()
        thread.join()
        server.server_close()
