"""The settings of the ways out: frozen, checked, every fault at once."""

from __future__ import annotations

import boto3
import pytest
from phones import operation, pattern_of

import pinpoint_users as p
from pinpoint_users.routes import PinpointAddresses, TextMessaging, VoiceMessaging

FROM = "+12065550199"


def faults(cls, **settings):
    with pytest.raises(p.ValidationError) as caught:
        cls(**settings)
    return {fault.path: fault.problem for fault in caught.value.faults}


def test_every_fault_at_once():
    found = faults(
        TextMessaging,
        origination_identity="My Shop!",
        configuration_set_name="",
        protect_configuration_id="x" * 257,
        max_price="100",
        time_to_live=4,
        message_feedback_enabled="yes",
        destination_country_parameters={"IN_ENTITY": "1", "IN_TEMPLATE_ID": "1 2"},
        dry_run=1,
        client=object(),
        requests_per_second=0,
        parts_per_second="3",
    )
    assert found == {
        "origination_identity": "'My Shop!' isn't made of letters, digits, _ : / + and -",
        "configuration_set_name": "0 characters, from 1 to 256 are allowed",
        "protect_configuration_id": "257 characters, from 1 to 256 are allowed",
        "max_price": "'100' isn't a price: at most two digits, a point and one to five digits, such as \"0.05\"",
        "time_to_live": "4 s, from 5 to 259,200 are allowed",
        "message_feedback_enabled": "must be True or False, not str",
        "destination_country_parameters['IN_ENTITY']": (
            "isn't a name; allowed: IN_ENTITY_ID, IN_TEMPLATE_ID; did you mean IN_ENTITY_ID?"
        ),
        "destination_country_parameters['IN_TEMPLATE_ID']": "has blanks, none are allowed",
        "dry_run": "must be True or False, not int",
        "client": "must be a boto3 client for pinpoint-sms-voice-v2, not object: boto3.client('pinpoint-sms-voice-v2')",
        "requests_per_second": "0, more than 0 is allowed",
        "parts_per_second": "must be a number, not str",
    }


@pytest.mark.parametrize("rate", [-1, 0, float("inf"), float("nan"), 10**400, True, "1"])
def test_a_rate_is_a_number_above_0(rate):
    assert set(faults(PinpointAddresses, requests_per_second=rate)) == {"requests_per_second"}


def test_a_price_is_a_string():
    assert (
        'such as "0.05", not float' in faults(VoiceMessaging, origination_identity=FROM, max_price_per_minute=0.05).popitem()[1]
    )


def test_who_calls_is_required():
    assert faults(VoiceMessaging) == {"origination_identity": "is required"}


def test_none_is_the_same_as_leaving_it_out_where_that_is_the_default():
    assert TextMessaging(client=None, max_price=None, requests_per_second=None) == TextMessaging()
    assert "None isn't a value" in faults(TextMessaging, dry_run=None)["dry_run"]


@pytest.mark.parametrize(
    ("cls", "service", "settings"),
    [
        (PinpointAddresses, "pinpoint", {}),
        (TextMessaging, "pinpoint-sms-voice-v2", {}),
        (VoiceMessaging, "pinpoint-sms-voice-v2", {"origination_identity": FROM}),
    ],
    ids=["addresses", "text", "voice"],
)
def test_a_client_of_the_right_service(cls, service, settings):
    client = boto3.client(service, region_name="eu-west-1")
    assert cls(client=client, **settings).client is client
    client.close()
    other = boto3.client("sesv2", region_name="eu-west-1")
    assert f"must be a boto3 client for {service}" in faults(cls, client=other, **settings)["client"]
    other.close()


def test_a_mock_is_no_client():
    from unittest.mock import MagicMock

    assert "must be a boto3 client" in faults(TextMessaging, client=MagicMock())["client"]


def test_they_are_frozen_and_show_what_is_set():
    settings = TextMessaging(max_price="0.05", parts_per_second=3)
    assert repr(settings) == "TextMessaging(max_price='0.05', parts_per_second=3)"
    with pytest.raises(AttributeError, match="frozen"):
        settings.max_price = "1.0"  # type: ignore[misc]  # the refusal is the test


def test_limits_are_the_models():
    """Those that botocore knows and doesn't check."""
    for name, price in (("SendTextMessage", "MaxPrice"), ("SendVoiceMessage", "MaxPricePerMinute")):
        members = operation(name).input_shape.members
        limits = {member: members[member].metadata for member in ("TimeToLive", "OriginationIdentity", "ConfigurationSetName")}
        assert (limits["TimeToLive"]["min"], limits["TimeToLive"]["max"]) == (5, 259_200)
        assert limits["OriginationIdentity"]["max"] == limits["ConfigurationSetName"]["max"] == 256
        assert pattern_of(members[price]) == r"[0-9]{0,2}\.[0-9]{1,5}"
        assert members["Context"].metadata["max"] == 5
    assert operation("SendTextMessage").input_shape.members["Keyword"].metadata["max"] == 30
