"""Adding endpoints, and what is kept."""

from __future__ import annotations

import sqlite3

import pytest

from pinpoint_users import ChannelType, DirectMessageConfiguration, SMSMessage, ValidationError
from pinpoint_users.local import LocalPinpoint, _delivery_log

SMS = {"SMSMessage": {"Body": "{{User.UserAttributes.Name}}/{{User.UserAttributes.City}}/{{Attributes.Plan}}"}}


def add(local, number, channel_type="SMS"):
    return local.add_endpoint(user_id="u", channel_type=channel_type, address=f"address-{number}", endpoint_id=f"e-{number}")


def test_an_endpoint_gets_an_id(local):
    first = local.add_endpoint(user_id="u", channel_type=ChannelType.SMS, address="+12065550100")
    second = local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550101")
    assert first
    assert first != second


def test_ids_of_many_come_in_their_order(local):
    endpoints = [{"Id": f"e-{number}", "ChannelType": "SMS", "Address": f"+1206555010{number}"} for number in range(3)]
    assert local.add_endpoints(endpoints) == ["e-0", "e-1", "e-2"]
    assert local.add_endpoints([]) == []


def test_a_line_of_pinpoints_export_is_an_endpoint(local, send):
    line = {
        "Id": "e-1",
        "ChannelType": "SMS",
        "Address": "+12065550100",
        "EndpointStatus": "ACTIVE",
        "OptOut": "NONE",
        "User": {"UserId": "u", "UserAttributes": {"Name": ["Ann"]}},
        "Attributes": {},
        "Demographic": {},
        "Location": {},
        "EffectiveDate": "2024-01-01T00:00:00.000Z",
        "CreationDate": "2024-01-01T00:00:00.000Z",
        "ApplicationId": "exported",
        "CohortId": "7",
    }
    local.add_endpoints([line])
    assert send(SMS)["u"]["e-1"]["DeliveryStatus"] == "SUCCESSFUL"
    assert local.deliveries()[0].body == "Ann//"


def test_an_update_changes_what_it_names(local, send):
    local.add_endpoint(
        user_id="u",
        channel_type="SMS",
        address="+12065550100",
        endpoint_id="e",
        opt_out="ALL",
        attributes={"Plan": ["gold"]},
        user_attributes={"Name": ["Ann"]},
    )
    local.add_endpoints([{"Id": "e", "OptOut": "NONE", "User": {"UserAttributes": {"City": ["Oslo"]}}}])
    send(SMS)
    assert local.deliveries()[0].body == "Ann/Oslo/gold"


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ({"ChannelType": "FAX"}, "'FAX' isn't a value"),
        ({"EndpointStatus": "OFF"}, "allowed: ACTIVE, INACTIVE"),
        ({"OptOut": "YES"}, "allowed: ALL, NONE"),
        ({"Adress": "x"}, "did you mean Address"),
        ({"User": {"UserAttributes": {"Name": "Ann"}}}, "must be a list of strings"),
        ({"User": "u"}, "must be a mapping"),
        ({"Metrics": {"a": "1", "b": True}}, r"Metrics\['b'\]: must be a number"),
        ({"Metrics": 1}, "must be a mapping"),
        ({"Location": {"Latitude": "north"}}, "Latitude: must be a number"),
        ({"Demographic": {"Make": 1}}, "Make: must be a string"),
    ],
)
def test_what_is_no_endpoint_is_refused(local, endpoint, words):
    with pytest.raises(ValidationError, match=words):
        local.add_endpoints([endpoint])


@pytest.mark.parametrize("channel_type", [7, ["SMS"], "FAX"])
def test_a_channel_is_a_word_of_awss(local, channel_type):
    with pytest.raises(ValidationError, match="ChannelType"):
        local.add_endpoints([{"ChannelType": channel_type}])
    with pytest.raises(ValidationError, match="ChannelType"):
        local.add_endpoint(channel_type=channel_type, address="+12065550100")


def test_all_endpoints_or_none(local, send):
    with pytest.raises(ValidationError):
        local.add_endpoints(
            [{"ChannelType": "SMS", "Address": "+12065550100", "User": {"UserId": "u"}}, {"ChannelType": "FAX"}]
        )
    assert send(SMS)["u"].keys() == {""}


def test_a_sixteenth_endpoint_is_refused(local, send):
    for number in range(15):
        add(local, number)
    with pytest.raises(ValidationError, match="Exceeded maximum endpoint per user count: 15"):
        add(local, 15)
    with pytest.raises(ValidationError, match="15"):
        add(local, 15, "GCM")
    add(local, 14)
    assert len(send(SMS)["u"]) == 15


def test_a_sixteenth_push_endpoint_takes_the_place_of_the_oldest(local, send):
    add(local, 0)
    for number in range(1, 15):
        add(local, number, "GCM")
    add(local, 15, "APNS")
    results = send({"DefaultMessage": {"Body": "Hi"}})["u"]
    assert results.keys() == {f"e-{number}" for number in range(16)} - {"e-1"}
    with pytest.raises(ValidationError, match="15"):
        add(local, 16, "APNS_SANDBOX")


def test_an_endpoint_may_change_its_user(local, send):
    add(local, 1)
    local.add_endpoints([{"Id": "e-1", "User": {"UserId": "other"}}])
    results = send(SMS, {"u": {}, "other": {}})
    assert results["u"].keys() == {""}
    assert results["other"].keys() == {"e-1"}


def test_a_file_keeps_everything(tmp_path, local):
    path = tmp_path / "pinpoint.db"
    with LocalPinpoint(path) as first:
        first.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
        first.transport.post(
            "SendUsersMessages",
            first.application_id,
            b'{"MessageConfiguration": {"SMSMessage": {"Body": "1"}}, "Users": {"u": {}}}',
        )
    with LocalPinpoint(str(path)) as again:
        again.transport.post(
            "SendUsersMessages",
            again.application_id,
            b'{"MessageConfiguration": {"SMSMessage": {"Body": "2"}}, "Users": {"u": {}}}',
        )
        assert [delivery.body for delivery in again.deliveries()] == ["1", "2"]
        again.clear_deliveries()
        assert again.deliveries() == ()
    assert local.deliveries() == ()


def test_ids_are_the_same_in_upper_and_lower_case(local):
    local.add_endpoint(user_id="u", channel_type="SMS", address="+1", endpoint_id="E-1")
    local.add_endpoint(user_id="u", channel_type="SMS", address="+2", endpoint_id="e-1")
    message = DirectMessageConfiguration(sms_message=SMSMessage(body="hi"))
    assert list(local.client().send(message, ["u"]).users["u"].endpoints) == ["e-1"]
    assert [delivery.address for delivery in local.deliveries()] == ["+2"]


def test_what_is_too_long_is_refused_with_its_place(local):
    good = {"ChannelType": "SMS", "Address": "+12065550100"}
    with pytest.raises(ValidationError, match=r"\[1\]\.Attributes.*at most 100"):
        local.add_endpoints([good, {**good, "Attributes": {"a": ["x" * 101]}}])


def test_the_oldest_deliveries_give_way():
    with LocalPinpoint(max_deliveries=3) as local, local.client() as client:
        local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
        for number in range(5):
            client.send(DirectMessageConfiguration(sms_message=SMSMessage(body=str(number))), ["u"])
        assert [delivery.body for delivery in local.deliveries()] == ["2", "3", "4"]
        assert local.max_deliveries == 3


def test_the_oldest_deliveries_give_way_by_their_bytes(monkeypatch, tmp_path):
    monkeypatch.setattr(_delivery_log, "MAX_DELIVERY_BYTES", 50_000)
    monkeypatch.setattr(_delivery_log, "_WRITTEN_AT_ONCE", 10_000)
    with LocalPinpoint(tmp_path / "old.db") as local, local.client() as client:
        for number in range(100):
            local.add_endpoint(user_id=f"u-{number}", channel_type="SMS", address=f"+1206555{number:04}")
        client.send(DirectMessageConfiguration(sms_message=SMSMessage(body="small")), ["u-0"])
        text = DirectMessageConfiguration(sms_message=SMSMessage(body="x" * 1_500))
        assert len(client.send(text, [f"u-{number}" for number in range(100)]).successful) == 100
        kept = [delivery.user_id for delivery in local.deliveries()]
        assert 10 < len(kept) < 33  # each holds its text twice
        assert kept == [f"u-{number}" for number in range(100)][-len(kept) :]
    with sqlite3.connect(tmp_path / "old.db") as connection:  # as it was made before bytes were counted
        connection.execute("DROP TABLE delivery_bytes")
    connection.close()
    with LocalPinpoint(tmp_path / "old.db") as local, local.client() as client:
        client.send(text, ["u-0"])
        assert [delivery.user_id for delivery in local.deliveries()] == [*kept[1:], "u-0"]
        local.clear_deliveries()
        client.send(text, ["u-0"])
        assert len(local.deliveries()) == 1
        monkeypatch.setattr(_delivery_log, "MAX_DELIVERY_BYTES", 1_000)
        client.send(text, ["u-0"])
        assert local.deliveries() == ()
