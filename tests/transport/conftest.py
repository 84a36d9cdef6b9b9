"""Certificates, made-up credentials, and a message."""

from __future__ import annotations

import ssl

import attrs
import pytest
import trustme

from pinpoint_users import DirectMessageConfiguration, SMSMessage
from pinpoint_users._transport import connections


@attrs.frozen
class Certificates:
    """The service's, those of others, and where the authority's certificate lies."""

    good: ssl.SSLContext
    of_another_host: ssl.SSLContext
    untrusted: ssl.SSLContext
    bundle: str
    no_bundle: str
    """A file that isn't one."""
    missing_bundle: str


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    authority, other = trustme.CA(), trustme.CA()

    def context(by, *hosts):
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        by.issue_cert(*hosts).configure_cert(made)
        return made

    authority.cert_pem.write_to_path(folder / "bundle.pem")
    (folder / "no-bundle.pem").write_text("no certificate")
    hosts = ("localhost", "127.0.0.1", "pinpoint.test")
    return Certificates(
        context(authority, *hosts),
        context(authority, "other.test"),
        context(other, *hosts),
        str(folder / "bundle.pem"),
        str(folder / "no-bundle.pem"),
        str(folder / "missing.pem"),
    )


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.fixture(scope="session")
def message():
    return DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))


@pytest.fixture
def exchanges(monkeypatch):
    """The requests that went without urllib3."""
    seen, exchange = [], connections.exchange

    def counted(connection, request):
        seen.append(request)
        return exchange(connection, request)

    monkeypatch.setattr(connections, "exchange", counted)
    return seen
