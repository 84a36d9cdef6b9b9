"""The server: its life, its pauses, and what several share."""

from __future__ import annotations

import http.client
import socket
import threading
import time

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from over_http import BODY, PATH, send, until

from pinpoint_users import DirectMessageConfiguration, PinpointUsers, SMSMessage
from pinpoint_users.local import LocalPinpoint

pytestmark = pytest.mark.usefixtures("quiet")


def test_a_server_ends_with_its_block():
    with LocalPinpoint() as local, local.serve() as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", "/v1/apps")
        assert connection.getresponse().status == 200
    server.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))
    connection.close()


@pytest.mark.parametrize("port", [-1, 65_536, 70_000])
def test_a_port_that_is_none_is_refused(port):
    with LocalPinpoint() as local, pytest.raises(OverflowError):
        local.serve(port=port)


@pytest.mark.parametrize("fault", ["hang_next", "drip_next"])
@pytest.mark.parametrize("end", ["close", "pause"])
def test_a_server_that_goes_drops_what_hangs(fault, end):
    with LocalPinpoint() as local, local.serve() as server:
        getattr(local, fault)(times=2)
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("POST", PATH, BODY)
        until(lambda: server.hanging)
        getattr(server, end)()
        with pytest.raises(http.client.HTTPException):
            connection.getresponse().read()
        connection.close()
        until(lambda: not server.hanging)


def test_a_closing_server_waits_for_no_client():
    with LocalPinpoint() as local, local.serve() as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", "/v1/apps")
        connection.getresponse().read()
        connection.sock.sendall(f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nhalf".encode())
        server.close()
        connection.close()


def status_from(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    try:
        connection.request("POST", PATH, BODY)
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_pause_refuses_connections(remote):
    with remote.serve() as server:
        assert status_from(server) == 200
        for _ in range(2):
            server.pause()
            server.pause()
            with pytest.raises(ConnectionRefusedError):
                status_from(server)
            server.resume()
            server.resume()
            assert status_from(server) == 200
    assert len(remote.deliveries()) == 3


def test_a_pause_closes_idle_connections(remote):
    with remote.serve() as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("POST", PATH, BODY)
        connection.getresponse().read()
        server.pause()
        assert connection.sock.recv(1) == b""
        connection.close()


def test_a_pause_holds_the_port(remote):
    with remote.serve() as server:
        server.pause()
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", server.port))


def test_a_pause_that_ends_by_itself(remote):
    with remote.serve() as server:
        server.pause(0.05)
        with pytest.raises(ConnectionRefusedError):
            status_from(server)
        until(lambda: is_there(server))
        assert status_from(server) == 200


def is_there(server):
    try:
        socket.create_connection(("127.0.0.1", server.port)).close()
    except ConnectionRefusedError:
        return False
    return True


def test_the_last_word_on_a_pause_counts(remote):
    with remote.serve() as server:
        server.pause(0.02)
        server.pause(3_600)
        time.sleep(0.1)
        assert not is_there(server)
        server.pause(0.02)
        server.resume()
        server.pause()
        time.sleep(0.1)
        assert not is_there(server)


def test_a_pause_is_not_cut_short_by_one_that_ends_as_it_begins(remote):
    is_held, go_on = threading.Event(), threading.Event()
    with remote.serve() as server:
        server.pause(0.01)
        server._loop.call_soon_threadsafe(lambda: (is_held.set(), go_on.wait()))
        assert is_held.wait(60)
        pausing = threading.Thread(target=server.pause)
        pausing.start()
        time.sleep(0.1)  # the first one ends meanwhile, and the second is about to begin
        go_on.set()
        pausing.join()
        for _ in range(20):  # so often the loop comes by
            came_by = threading.Event()
            server._loop.call_soon_threadsafe(came_by.set)
            assert came_by.wait(60)
        assert not is_there(server)


def test_a_server_may_be_paused_as_soon_as_it_is_made():
    with LocalPinpoint() as local:
        for _ in range(5):
            server = local.serve()
            server.pause(3_600)
            assert not is_there(server)
            server.close()


def test_a_closed_server_has_no_pauses():
    with LocalPinpoint() as local, local.serve() as server:
        server.close()
        for call in (server.pause, server.resume):
            with pytest.raises(RuntimeError, match="closed"):
                call()


def test_a_server_may_be_closed_as_soon_as_it_is_made():
    with LocalPinpoint() as local:
        for _ in range(5):
            local.serve().close()


def test_a_port_can_be_chosen_and_reused():
    with LocalPinpoint() as local:
        with local.serve() as first, pytest.raises(OSError, match="in use"):
            local.serve(port=first.port)
        with local.serve(port=first.port) as second:
            assert second.port == first.port


def test_two_servers_share_what_is_kept(make_boto3, pinpoint, remote):
    with remote.serve() as second:
        connection = http.client.HTTPConnection("127.0.0.1", second.port)
        connection.request("POST", PATH, BODY)
        assert connection.getresponse().status == 200
        connection.close()
    send(pinpoint)
    assert len(remote.deliveries()) == 2


def test_the_typed_client_over_http(remote, served):
    session = boto3.Session(aws_access_key_id="made-up", aws_secret_access_key="made-up", region_name="eu-west-1")
    remote.throttle(endpoint_ids=["e"])
    with PinpointUsers(remote.application_id, session=session, endpoint_url=served[1].url) as client:
        report = client.send(DirectMessageConfiguration(sms_message=SMSMessage(body="Hi")), ["u"])
    report.raise_for_failures()
    assert report.users["u"].attempts == 2
    assert len(remote.deliveries()) == 1


def test_nothing_answers_where_no_server_is(make_boto3):
    with LocalPinpoint() as local, local.serve() as server:
        client = make_boto3(url=server.url)
    with pytest.raises(EndpointConnectionError):
        client.get_apps()
