"""Several embedded Pinpoints at one server."""

from __future__ import annotations

import http.client
import re
import threading

import pytest
from over_http import refused, send, until

from pinpoint_users import ConnectionLostError, DirectMessageConfiguration, PinpointUsers, SMSMessage
from pinpoint_users.local import LocalPinpoint

MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))


@pytest.fixture
def two(served):
    """Two more at the server that the tests share, each with the user `u`, and their addresses."""
    with LocalPinpoint() as one, LocalPinpoint() as other, one.mount(served[1]) as first, other.mount(served[1]) as second:
        for local in (one, other):
            local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100", endpoint_id="e")
        yield (one, first), (other, second)


def test_each_has_its_own_deliveries_and_faults(served, two, make_boto3):
    (one, first), (other, second) = two
    before = served[0].deliveries()
    one.throttle(user_ids=["u"], times=1)
    assert send(make_boto3(first.url))["SendUsersMessageResponse"]["Result"]["u"]["e"]["DeliveryStatus"] == "THROTTLED"
    assert send(make_boto3(second.url))["SendUsersMessageResponse"]["Result"]["u"]["e"]["DeliveryStatus"] == "SUCCESSFUL"
    assert (len(one.deliveries()), len(other.deliveries())) == (0, 1)
    assert served[0].deliveries() == before


def test_every_service_is_there(two, make_boto3):
    (local, mount), _ = two
    assert set(mount.environment.values()) == {mount.url}
    assert (
        make_boto3(mount.url).get_app(ApplicationId=local.application_id)["ApplicationResponse"]["Id"] == local.application_id
    )
    make_boto3(mount.url, service="pinpoint-sms-voice-v2").send_text_message(
        DestinationPhoneNumber="+12065550101", MessageBody="text"
    )
    content = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "mail"}}}}
    make_boto3(mount.url, service="sesv2").send_email(
        FromEmailAddress="us@example.com", Destination={"ToAddresses": ["ann@example.com"]}, Content=content
    )
    assert [delivery.body for delivery in local.deliveries()] == ["text", "mail"]


def test_this_packages_client_reaches_it_by_the_fast_path_too(monkeypatch, two):
    (local, mount), _ = two
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    with PinpointUsers(local.application_id, region_name="eu-west-1", endpoint_url=mount.url) as pinpoint:
        for _ in range(3):
            pinpoint.send(MESSAGE, ["u"]).raise_for_failures()
    assert len(local.deliveries()) == 3


def test_ids_with_slashes_and_unknown_operations_are_as_at_a_port_of_its_own(two, make_boto3):
    (local, mount), _ = two
    local.add_endpoint(user_id="a/b c", channel_type="SMS", address="+12065550102")
    client = make_boto3(mount.url)
    found = client.get_user_endpoints(ApplicationId=local.application_id, UserId="a/b c")
    assert [each["Address"] for each in found["EndpointsResponse"]["Item"]] == ["+12065550102"]
    assert refused(client.get_campaigns, ApplicationId=local.application_id) == (501, "NotImplementedException")


def test_each_has_its_own_inbox(served, two, make_boto3):
    (one, first), (_, second) = two
    send(make_boto3(first.url))
    root = f"/{first.url.rpartition('/')[2]}"

    def asked(method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", served[1].port)
        connection.request(method, path, body)
        answer = connection.getresponse()
        page = answer.read().decode()
        connection.close()
        return answer.status, answer.headers["Location"], page

    status, _, page = asked("GET", f"{root}/")
    assert (status, "1 delivery" in page) == (200, True)
    links = re.findall(r'(?:href|src|action)="([^"#]+)"', page)
    assert {link.startswith(f"{root}/") for link in links} == {True}
    assert {asked("GET", link)[0] for link in links if "clear" not in link} == {200}
    assert asked("GET", f"{root}/inbox/absent")[0] == 404
    assert "Nothing has been sent yet." in asked("GET", f"/{second.url.rpartition('/')[2]}/")[2]
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    assert asked("POST", f"{root}/inbox/clear", f"token={token}")[:2] == (303, f"{root}/")
    assert one.deliveries() == ()


def test_after_it_is_closed_nobody_is_there(two, make_boto3):
    (_, mount), (other, second) = two
    mount.close()
    mount.close()
    assert refused(make_boto3(mount.url).get_apps)[0] == 404
    send(make_boto3(second.url))
    assert len(other.deliveries()) == 1


def test_what_hangs_ends_when_it_is_closed(monkeypatch, served, quiet):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    with LocalPinpoint() as local, local.mount(served[1]) as mount:
        local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
        local.hang_next()
        with PinpointUsers(local.application_id, region_name="eu-west-1", endpoint_url=mount.url) as pinpoint:
            results = pinpoint.stream(MESSAGE, ["u"])
            got = []
            thread = threading.Thread(target=lambda: got.extend(results))
            thread.start()
            until(lambda: local.requests.get(None))
            mount.close()
            thread.join(60)
    assert isinstance(got[0].error, ConnectionLostError)


def test_a_server_that_is_closed_first_takes_its_mounts_along():
    with LocalPinpoint() as local, LocalPinpoint() as root:
        with root.serve() as server:
            mount = local.mount(server)
        mount.close()
        with pytest.raises(RuntimeError, match="the server is closed"):
            local.mount(server)
