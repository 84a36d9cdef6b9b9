"""Plain boto3 over real HTTP: every operation and every error."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import sys
import uuid

import pytest
from over_http import BODY, MESSAGE, PATH, refused, send

from pinpoint_users.local import LocalPinpoint

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def app(pinpoint):
    """An application of the test's own."""
    application = pinpoint.create_app(CreateApplicationRequest={"Name": uuid.uuid4().hex, "tags": {"kind": "test"}})
    yield application["ApplicationResponse"]["Id"]
    pinpoint.delete_app(ApplicationId=application["ApplicationResponse"]["Id"])


# --- operations


def test_applications(pinpoint):
    created = pinpoint.create_app(CreateApplicationRequest={"Name": "mine", "tags": {"a": "b"}})
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    application = created["ApplicationResponse"]
    assert (application["Name"], application["tags"]) == ("mine", {"a": "b"})
    assert application["Arn"].endswith(application["Id"])
    assert application["CreationDate"].endswith("Z")
    found = pinpoint.get_app(ApplicationId=application["Id"])["ApplicationResponse"]
    assert found == application
    assert application in pinpoint.get_apps()["ApplicationsResponse"]["Item"]
    assert pinpoint.delete_app(ApplicationId=application["Id"])["ApplicationResponse"] == application
    assert refused(pinpoint.get_app, ApplicationId=application["Id"]) == (404, "NotFoundException")
    assert refused(pinpoint.delete_app, ApplicationId=application["Id"]) == (404, "NotFoundException")


def test_pages_of_applications(pinpoint, app):
    pages, token = [], {}
    while True:
        page = pinpoint.get_apps(PageSize="1", **token)["ApplicationsResponse"]
        assert len(page["Item"]) == 1
        pages += page["Item"]
        if "NextToken" not in page:
            break
        token = {"Token": page["NextToken"]}
    assert [application["Id"] for application in pages] == ["local-application", app]
    assert refused(pinpoint.get_apps, PageSize="many") == (400, "BadRequestException")


def test_an_endpoint_from_its_creation_to_its_end(pinpoint, app):
    where = {"ApplicationId": app, "EndpointId": "a/b c%"}
    request = {
        "ChannelType": "EMAIL",
        "Address": "ann@example.com",
        "Attributes": {"Plan": ["gold"]},
        "Metrics": {"Visits": 1.5},
        "Demographic": {"Make": "Maker", "Locale": "nb_NO"},
        "Location": {"City": "Oslo", "Latitude": 59.9},
        "User": {"UserId": "u/1", "UserAttributes": {"Name": ["Ann"]}},
    }
    accepted = pinpoint.update_endpoint(**where, EndpointRequest=request)
    assert accepted["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert accepted["MessageBody"]["Message"] == "Accepted"
    endpoint = pinpoint.get_endpoint(**where)["EndpointResponse"]
    assert endpoint == {
        **request,
        "ApplicationId": app,
        "Id": "a/b c%",
        "OptOut": "NONE",
        "EndpointStatus": "ACTIVE",
        "CohortId": endpoint["CohortId"],
        "CreationDate": endpoint["CreationDate"],
        "EffectiveDate": endpoint["EffectiveDate"],
        "RequestId": accepted["MessageBody"]["RequestID"],
    }
    pinpoint.update_endpoint(
        **where,
        EndpointRequest={"OptOut": "ALL", "EndpointStatus": "INACTIVE", "Metrics": {"Buys": 2}, "Location": {"City": "Bergen"}},
    )
    changed = pinpoint.get_endpoint(**where)["EndpointResponse"]
    assert (changed["OptOut"], changed["EndpointStatus"]) == ("ALL", "INACTIVE")
    assert changed["Metrics"] == {"Visits": 1.5, "Buys": 2}
    assert changed["Location"] == {"City": "Bergen", "Latitude": 59.9}
    assert changed["CreationDate"] == endpoint["CreationDate"]
    of_user = {"ApplicationId": app, "UserId": "u/1"}
    assert pinpoint.get_user_endpoints(**of_user)["EndpointsResponse"]["Item"] == [changed]
    deleted = pinpoint.delete_endpoint(**where)
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert deleted["EndpointResponse"] == changed
    for call, parameters in [
        (pinpoint.get_endpoint, where),
        (pinpoint.delete_endpoint, where),
        (pinpoint.get_user_endpoints, of_user),
        (pinpoint.delete_user_endpoints, of_user),
    ]:
        assert refused(call, **parameters) == (404, "NotFoundException")


def test_a_batch_of_endpoints(pinpoint, app):
    items = [
        {"Id": f"e-{number}", "ChannelType": "SMS", "Address": f"+1206555010{number}", "User": {"UserId": "u"}}
        for number in range(3)
    ]
    accepted = pinpoint.update_endpoints_batch(ApplicationId=app, EndpointBatchRequest={"Item": items})
    assert (accepted["ResponseMetadata"]["HTTPStatusCode"], accepted["MessageBody"]["Message"]) == (202, "Accepted")
    found = pinpoint.get_user_endpoints(ApplicationId=app, UserId="u")["EndpointsResponse"]["Item"]
    assert [endpoint["Id"] for endpoint in found] == ["e-0", "e-1", "e-2"]
    deleted = pinpoint.delete_user_endpoints(ApplicationId=app, UserId="u")
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert deleted["EndpointsResponse"]["Item"] == found


def test_endpoints_that_are_refused(pinpoint, app):
    def batch(items):
        return refused(pinpoint.update_endpoints_batch, ApplicationId=app, EndpointBatchRequest={"Item": items})

    assert batch([{"Id": f"e-{number}"} for number in range(101)]) == (400, "BadRequestException")
    assert batch([{"ChannelType": "SMS"}]) == (400, "BadRequestException")
    users = [{"Id": f"e-{number}", "ChannelType": "SMS", "User": {"UserId": "u"}} for number in range(16)]
    assert batch(users) == (400, "BadRequestException")
    assert refused(pinpoint.get_user_endpoints, ApplicationId=app, UserId="u")[0] == 404
    assert refused(pinpoint.update_endpoint, ApplicationId=app, EndpointId="${x}", EndpointRequest={})[0] == 400
    assert refused(pinpoint.update_endpoint, ApplicationId="other", EndpointId="e", EndpointRequest={})[0] == 404


def test_an_endpoint_without_a_channel_gets_nothing(pinpoint, app, remote):
    pinpoint.update_endpoint(ApplicationId=app, EndpointId="e", EndpointRequest={"Address": "x", "User": {"UserId": "u"}})
    result = send(pinpoint, application_id=app)["SendUsersMessageResponse"]["Result"]["u"]["e"]
    assert result["DeliveryStatus"] == "PERMANENT_FAILURE"


def test_deleting_an_application_deletes_its_endpoints(pinpoint, served):
    application_id = pinpoint.create_app(CreateApplicationRequest={"Name": "short"})["ApplicationResponse"]["Id"]
    pinpoint.update_endpoint(ApplicationId=application_id, EndpointId="gone", EndpointRequest={"User": {"UserId": "gone"}})
    pinpoint.delete_app(ApplicationId=application_id)
    assert refused(pinpoint.get_endpoint, ApplicationId=application_id, EndpointId="gone") == (404, "NotFoundException")


def test_send_users_messages(pinpoint, remote):
    answer = send(pinpoint, {"u": {"Substitutions": {"name": ["Ann"]}}, "nobody": {}})
    response = answer["SendUsersMessageResponse"]
    assert response["ApplicationId"] == remote.application_id
    assert response["RequestId"] == answer["ResponseMetadata"]["RequestId"]
    assert response["Result"]["u"]["e"]["DeliveryStatus"] == "SUCCESSFUL"
    assert response["Result"]["nobody"][""]["StatusMessage"] == "No endpoints found for userId."
    (delivery,) = remote.deliveries()
    assert (delivery.body, delivery.request_id) == ("Hi Ann", response["RequestId"])


def test_send_messages(pinpoint, remote):
    request = {"MessageConfiguration": MESSAGE, "Endpoints": {"e": {}}, "Addresses": {"+12065550199": {"ChannelType": "SMS"}}}
    answer = pinpoint.send_messages(ApplicationId=remote.application_id, MessageRequest=request)["MessageResponse"]
    assert answer["EndpointResult"]["e"]["DeliveryStatus"] == "SUCCESSFUL"
    assert answer["Result"]["+12065550199"]["DeliveryStatus"] == "SUCCESSFUL"
    assert [delivery.address for delivery in remote.deliveries()] == ["+12065550199", "+12065550100"]


# --- errors


def test_errors_of_the_service(pinpoint, remote):
    assert refused(send, client=pinpoint, users={f"u-{number}": {} for number in range(101)}) == (400, "BadRequestException")
    assert refused(send, client=pinpoint, application_id="other") == (404, "NotFoundException")
    assert refused(pinpoint.create_app, CreateApplicationRequest={"Name": "x" * 7_000_001}) == (413, "PayloadTooLargeException")


def test_error_bodies_are_those_of_the_service(raw):
    raw.request("POST", PATH, b"{")
    answer = raw.getresponse()
    body = json.loads(answer.read())
    assert answer.status == 400
    assert answer.headers["x-amzn-ErrorType"] == "BadRequestException"
    assert body.keys() == {"Message", "RequestID"}
    assert body["RequestID"] == answer.headers["x-amzn-RequestId"]


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [("GET", PATH, 405, "MethodNotAllowedException"), ("GET", "/v2", 404, "NotFoundException")],
)
def test_what_is_no_operation(raw, method, path, status, name):
    raw.request(method, path)
    answer = raw.getresponse()
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (status, name)
    assert json.loads(answer.read()).keys() == {"Message", "RequestID"}


@pytest.mark.parametrize(("host", "status"), [("localhost:80", 200), ("127.0.0.1", 200), ("evil.example", 400)])
def test_only_loopback_is_a_host(raw, remote, host, status):
    raw.request("POST", PATH, BODY, {"Host": host})
    assert raw.getresponse().status == status
    assert len(remote.deliveries()) == (status == 200)


HEADS = {
    "no host": "POST {path} HTTP/1.1",
    "no host in HTTP/1.0": "POST {path} HTTP/1.0",
    "a name below localhost": "POST {path} HTTP/1.1\r\nHost: localhost.evil.example",
    "a name below the address": "POST {path} HTTP/1.1\r\nHost: 127.0.0.1.evil.example",
    "a forwarded host": "POST {path} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: localhost",
    "two hosts": "POST {path} HTTP/1.1\r\nHost: localhost\r\nHost: evil.example",
    "a host in the path": "POST http://evil.example{path} HTTP/1.1\r\nHost: evil.example",
    "two encodings": "POST {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "two lengths": "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1",
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_a_request_that_is_not_meant_for_this_server_is_refused(raw, remote, head):
    raw.connect()
    rest = f"\r\nContent-Length: {len(BODY)}\r\nConnection: close\r\n\r\n".encode() + BODY
    raw.sock.sendall(head.format(path=PATH).encode() + rest)
    assert raw.sock.recv(100).startswith(b"HTTP/1.1 400")
    assert not remote.deliveries()


def test_headers_have_a_bound_too(raw, remote):
    answer = b""
    with contextlib.suppress(ConnectionError):  # which is how a server ends what it doesn't read to the end
        raw.request("POST", PATH, BODY, {f"X-{number}": "x" * 60_000 for number in range(50)})
        answer = raw.sock.recv(100)
    assert answer.startswith(b"HTTP/1.1 400") or not answer
    assert not remote.deliveries()


def test_a_body_in_chunks_has_the_same_bound(raw, remote):
    chunks = [b'{"Name": "', *[b"x" * 1_000_000] * 7, b'"}']
    raw.request("POST", "/v1/apps", iter(chunks), encode_chunked=True)
    answer = raw.getresponse()
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (413, "PayloadTooLargeException")


@pytest.mark.parametrize("is_chunked", [False, True], ids=["length", "chunks"])
@pytest.mark.parametrize("is_split", [False, True], ids=["at once", "head first"])
@pytest.mark.parametrize("protocol", ["h2c", "websocket"])
def test_a_client_that_would_like_another_protocol_is_answered_by_this_one(raw, remote, protocol, is_split, is_chunked):
    raw.connect()
    wish = f"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: {protocol}\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB"
    length = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {len(BODY)}"
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\n{wish}\r\n{length}\r\n\r\n".encode()
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY) if is_chunked else BODY
    for count in (1, 2):
        for part in [head, body] if is_split else [head + body]:
            raw.sock.sendall(part)
        answer = http.client.HTTPResponse(raw.sock)
        answer.begin()
        assert (answer.status, json.loads(answer.read())["Result"]["u"]["e"]["DeliveryStatus"]) == (200, "SUCCESSFUL")
        assert len(remote.deliveries()) == count
    raw.request("GET", "/v1/apps", headers={"Connection": "Upgrade", "Upgrade": protocol})
    assert raw.getresponse().status == 200


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.1 is the only address of the loopback interface")
def test_nothing_but_loopback_is_listened_at(served):
    with socket.socket() as other:
        other.bind(("127.0.0.2", served[1].port))  # which it could not if the server listened at all addresses


def test_a_file_that_cannot_be_written_is_told_and_the_server_goes_on(tmp_path, make_boto3):
    with LocalPinpoint(tmp_path / "small.db") as local, local.serve() as server:
        local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
        local._store._connection.execute("PRAGMA max_page_count = 1")  # as on a disk that is full
        client = make_boto3(server.url)
        users = {f"user-{number}": {"Context": {"a": "x" * 10_000}} for number in range(90)} | {"u": {}}
        for _ in range(2):
            assert refused(send, client=client, users=users) == (500, "InternalServerErrorException")
        assert client.get_apps()["ApplicationsResponse"]["Item"]
        client.close()
        assert not local.deliveries()


@pytest.mark.parametrize("size", ["0", "", "-1", "1e3", "9" * 5_000])
def test_a_page_has_a_size(raw, size):
    raw.request("GET", f"/v1/apps?page-size={size}")
    answer = raw.getresponse()
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (400, "BadRequestException")


def test_a_connection_serves_many_requests(raw, remote):
    raw.connect()
    port = raw.sock.getsockname()
    for _ in range(3):
        raw.request("POST", PATH, BODY)
        answer = raw.getresponse()
        assert answer.status == 200
        answer.read()
        assert raw.sock.getsockname() == port


def test_a_client_that_goes_before_its_body_is_whole(raw, remote, served):
    raw.connect()
    raw.sock.sendall(f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nhalf".encode())
    raw.close()
    other = http.client.HTTPConnection("127.0.0.1", served[1].port)
    other.request("POST", PATH, BODY)
    assert other.getresponse().status == 200
    other.close()
    assert len(remote.deliveries()) == 1
