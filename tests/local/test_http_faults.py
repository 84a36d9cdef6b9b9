"""Scripted faults over real HTTP."""

from __future__ import annotations

import http.client
import json
import socket

import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from over_http import BODY, PATH, refused, send, until

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestException"),
        (403, "ForbiddenException"),
        (404, "NotFoundException"),
        (405, "MethodNotAllowedException"),
        (413, "PayloadTooLargeException"),
        (429, "TooManyRequestsException"),
        (500, "InternalServerErrorException"),
        (503, "ServiceUnavailableException"),
    ],
)
def test_a_scripted_error(pinpoint, remote, status, name):
    remote.fail_next(status)
    assert refused(send, client=pinpoint) == (status, name)
    assert remote.deliveries() == ()
    send(pinpoint)
    assert len(remote.deliveries()) == 1


def test_an_error_of_another_name(pinpoint, remote):
    remote.fail_next(403, code="ExpiredTokenException")
    assert refused(send, client=pinpoint) == (403, "ExpiredTokenException")
    assert remote.deliveries() == ()


@pytest.mark.parametrize("accept", [True, False])
def test_a_dropped_connection(pinpoint, remote, accept):
    remote.drop_next(accept=accept)
    with pytest.raises(ConnectionClosedError):
        send(pinpoint)
    assert len(remote.deliveries()) == accept
    send(pinpoint)


@pytest.mark.parametrize("fault", ["drop_next", "refuse_next"])
@pytest.mark.parametrize("part", [b"", BODY[:10]])
def test_a_request_that_is_reset_before_its_body_is_there(remote, served, fault, part):
    options = {"before_body": True} if fault == "drop_next" else {}
    getattr(remote, fault)(**options)
    with socket.create_connection(("127.0.0.1", served[1].port), timeout=10) as connection:
        head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(BODY)}\r\n\r\n"
        connection.sendall(head.encode() + part)
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    assert remote.deliveries() == ()
    assert remote.requests == {None: 1}


def test_a_request_that_is_reset_while_its_body_comes(pinpoint, remote):
    remote.drop_next(before_body=True)
    users = {"u": {"Substitutions": {"name": ["x" * 6_000_000]}}}  # far more than the buffers between the two hold
    with pytest.raises(ConnectionClosedError):
        send(pinpoint, users)
    assert remote.deliveries() == ()
    send(pinpoint, users)
    assert len(remote.deliveries()) == 1


@pytest.mark.parametrize("accept", [True, False])
def test_a_request_is_reset_after_its_body(raw, remote, accept):
    remote.drop_next(accept=accept)
    raw.request("POST", PATH, BODY)
    with pytest.raises(ConnectionResetError, match="reset"):
        raw.getresponse()
    assert len(remote.deliveries()) == accept


@pytest.mark.parametrize("accept", [True, False])
def test_a_request_that_hangs_until_the_client_gives_up(make_boto3, remote, served, accept):
    client = make_boto3(read_timeout=1)
    remote.hang_next(accept=accept)
    with pytest.raises(ReadTimeoutError):
        send(client)
    assert len(remote.deliveries()) == accept
    client.close()
    until(lambda: not served[1].hanging)


def test_a_request_that_hangs_until_it_is_released(raw, remote, served):
    remote.hang_next()
    raw.request("POST", PATH, BODY)
    until(lambda: served[1].hanging)
    served[1].release()
    with pytest.raises(http.client.RemoteDisconnected):
        raw.getresponse()
    until(lambda: not served[1].hanging)
    assert len(remote.deliveries()) == 1


def test_an_answer_that_drips_to_its_end(raw, remote, served):
    remote.drip_next(seconds_per_byte=0.0001)
    raw.request("POST", PATH, BODY)
    answer = raw.getresponse()
    assert answer.status == 200
    assert json.loads(answer.read())["Result"]["u"]["e"]["DeliveryStatus"] == "SUCCESSFUL"
    until(lambda: not served[1].hanging)
    raw.request("POST", PATH, BODY)
    assert raw.getresponse().status == 200


def test_an_answer_drips_byte_by_byte(raw, remote, served):
    remote.drip_next(seconds_per_byte=3_600)
    raw.request("POST", PATH, BODY)
    answer = raw.getresponse()
    assert answer.status == 200
    assert answer.read(1) == b"{"
    assert len(remote.deliveries()) == 1
    assert served[1].hanging == 1
    served[1].release()
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
    until(lambda: not served[1].hanging)


def test_an_answer_drips_until_the_client_gives_up(make_boto3, remote, served):
    client = make_boto3(read_timeout=1)
    remote.drip_next(seconds_per_byte=3_600)
    with pytest.raises(ReadTimeoutError):
        send(client)
    client.close()
    until(lambda: not served[1].hanging)
    assert remote.requests == {200: 1}


def test_an_answer_that_is_altered(pinpoint, remote):
    remote.alter_next(lambda answer: {**answer, "Result": {"stranger": {}}})
    assert send(pinpoint)["SendUsersMessageResponse"]["Result"] == {"stranger": {}}
    assert len(remote.deliveries()) == 1


def test_half_an_answer(raw, remote):
    remote.truncate_next()
    raw.request("POST", PATH, BODY)
    answer = raw.getresponse()
    assert answer.status == 200
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
    assert len(remote.deliveries()) == 1


def test_a_body_of_ones_own(raw, remote):
    remote.answer_next(b"<html></html>", content_type="text/html")
    raw.request("POST", PATH, BODY)
    answer = raw.getresponse()
    assert (answer.status, answer.read()) == (200, b"<html></html>")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert len(remote.deliveries()) == 1


def test_faults_leave_other_operations_alone(pinpoint, remote):
    remote.fail_next(500)
    assert pinpoint.get_apps()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert refused(send, client=pinpoint)[0] == 500
