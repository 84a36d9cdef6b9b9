"""Signature Version 4, with botocore's own signer as the client, and the hosts that a request may name."""

from __future__ import annotations

import datetime as dt
import http.client
import socket
import urllib.parse

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from pinpoint_users.local import LocalPinpoint

SECRET = "made-up-secret"


@pytest.fixture(scope="module")
def locked():
    with LocalPinpoint() as local, local.serve(secret_access_key=SECRET) as server:
        yield server


def answered(server, method="GET", path="/v1/apps", body=b"", *, secret=SECRET, change=None, region="eu-west-1"):
    request = AWSRequest(method, server.url + path, {"X-Other": "a   b"}, body)
    SigV4Auth(Credentials("anybody", secret), "mobiletargeting", region).add_auth(request)
    headers = dict(request.headers.items())
    if change is not None:
        change(headers)
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    said = response.read().decode()
    connection.close()
    return response.status, response.headers["x-amzn-ErrorType"], said


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/apps", b"", 200),
        ("GET", "/v1/apps?page-size=7&token=0", b"", 200),
        ("GET", "/v1/apps?token=0&page-size=7&x=%20%2B&y", b"", 200),
        ("POST", "/v1/apps", b'{"Name": "n"}', 201),
        ("GET", f"/v1/apps/local-application/endpoints/{urllib.parse.quote('a/b +é', safe='')}", b"", 404),
    ],
)
def test_what_botocore_signs_is_taken(locked, method, path, body, status):
    assert answered(locked, method, path, body)[0] == status
    assert answered(locked, method, path, body, secret="another")[:2] == (403, "InvalidSignatureException")


def test_clients_of_all_services(locked, make_boto3):
    pinpoint = make_boto3(locked.url)
    with pytest.raises(ClientError, match="does not match"):
        pinpoint.get_apps()
    pinpoint.close()


def at(hours):
    return (dt.datetime.now(dt.timezone.utc) + dt.timedelta(hours=hours)).strftime("%Y%m%dT%H%M%SZ")


def resigned(hours):
    """Headers whose time is another, in the scope's date too."""

    def change(headers):
        time = at(hours)
        headers["Authorization"] = headers["Authorization"].replace(headers["X-Amz-Date"][:8], time[:8])
        headers["X-Amz-Date"] = time

    return change


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (lambda headers: headers.pop("Authorization"), "MissingAuthenticationTokenException", "Missing Authentication Token"),
        (
            lambda headers: headers.update(Authorization="Bearer x"),
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
        (lambda headers: headers.pop("X-Amz-Date"), "InvalidSignatureException", "ISO-8601"),
        (
            lambda headers: headers.update({"X-Amz-Date": "20200101T000000Z"}),
            "InvalidSignatureException",
            "does not match YYYY",
        ),
        (resigned(-1), "InvalidSignatureException", "expired"),
        (resigned(1), "InvalidSignatureException", "not yet current"),
        (
            lambda headers: headers.update(Authorization=headers["Authorization"].replace("host;", "")),
            "InvalidSignatureException",
            "does not match",
        ),
    ],
)
def test_what_is_refused(locked, change, code, words):
    status, name, said = answered(locked, change=change)
    assert (status, name) == (403, code)
    assert words in said


def test_a_body_that_was_changed_is_refused(locked):
    connection = http.client.HTTPConnection("127.0.0.1", locked.port)
    request = AWSRequest("POST", f"{locked.url}/v1/apps", {}, b'{"Name": "a"}')
    SigV4Auth(Credentials("anybody", SECRET), "mobiletargeting", "eu-west-1").add_auth(request)
    connection.request("POST", "/v1/apps", b'{"Name": "b"}', dict(request.headers.items()))
    assert connection.getresponse().status == 403
    connection.close()


@pytest.mark.parametrize(
    ("named", "status"),
    [
        ("localhost", 200),
        ("[::1]", 200),
        ("pinpoint.example", 200),
        ("Pinpoint.Example:80", 200),
        ("evil.example", 400),
        ("[::2]", 400),
        ("[", 400),
    ],
)
def test_hosts_are_named(named, status):
    with LocalPinpoint() as local, local.serve(host="0.0.0.0", allowed_hosts=["pinpoint.example"]) as server:
        assert server.url == f"http://pinpoint.example:{server.port}"
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", "/v1/apps", headers={"Host": named})
        assert connection.getresponse().status == status
        connection.close()


@pytest.mark.skipif(not socket.has_ipv6, reason="there is no IPv6")
def test_a_host_of_ipv6():
    with LocalPinpoint() as local, local.serve(host="::1") as server:
        assert server.url == f"http://[::1]:{server.port}"
        server.pause()
        server.resume()


def test_a_host_for_others_needs_names():
    with LocalPinpoint() as local:
        for host in ("0.0.0.0", "some.example"):
            with pytest.raises(ValueError, match="DNS rebinding"):
                local.serve(host=host)
        with local.serve(host="localhost") as server:
            assert server.url == f"http://localhost:{server.port}"
