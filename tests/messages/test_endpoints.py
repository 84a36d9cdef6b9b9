"""Endpoints: an ID for those that have none, masked addresses, and numbers."""

from __future__ import annotations

import math

import pytest
from endpoint_shapes import ENDPOINT

import pinpoint_users as p
from pinpoint_users.endpoints import Endpoint, EndpointLocation


def test_a_channel_and_an_address_are_enough():
    assert Endpoint(channel_type="SMS", address="+12065550100").to_dict() == {"ChannelType": "SMS", "Address": "+12065550100"}
    with pytest.raises(p.ValidationError) as caught:
        Endpoint(endpoint_status="on")
    assert {fault.path for fault in caught.value.faults} == {"channel_type", "address", "endpoint_status"}


def test_an_endpoint_without_an_id_has_the_same_one_each_time():
    sms, voice = (Endpoint(channel_type=channel, address="+12065550100") for channel in ("SMS", "VOICE"))
    assert sms.endpoint_id == p.Endpoint(channel_type="SMS", address="+12065550100", opt_out="ALL").endpoint_id
    assert len({sms.endpoint_id, voice.endpoint_id, Endpoint(channel_type="SMS", address="+12065550101").endpoint_id}) == 3
    assert "2065550100" not in sms.endpoint_id
    assert sms.id is None
    assert Endpoint.from_dict(ENDPOINT).endpoint_id == "e-1"


@pytest.mark.parametrize("cls", [p.Endpoint, p.EndpointBatchItem, p.EndpointRequest])
def test_repr_masks_the_address(cls):
    shown = repr(cls(channel_type="SMS", address="+12065550100"))
    assert "address='+1…00'" in shown
    assert "2065" not in shown


def test_numbers_are_those_that_json_has():
    assert EndpointLocation(latitude=47, longitude=-122.3).to_dict() == {"Latitude": 47, "Longitude": -122.3}
    for wrong in (True, "47", math.inf, math.nan):
        with pytest.raises(p.ValidationError, match="number"):
            EndpointLocation(latitude=wrong)
    with pytest.raises(p.ValidationError) as caught:
        p.EndpointRequest(metrics={"a": None, "b": "1", "c": math.nan, "\ud800": 1, "d": 1, 5: 1})
    assert [fault.path for fault in caught.value.faults] == [
        "metrics[5]",
        "metrics['a']",
        "metrics['b']",
        "metrics['c']",
        r"metrics['\ud800']",
    ]


def test_a_word_in_another_case_is_taken_and_told_of():
    with pytest.warns(p.MessageWarning) as caught:
        made = Endpoint(channel_type="sms", address="+12065550100", endpoint_status="active", opt_out="All")
    assert made == Endpoint(channel_type="SMS", address="+12065550100", endpoint_status="ACTIVE", opt_out="ALL")
    assert [str(each.message) for each in caught] == [
        "Endpoint.channel_type: 'sms' is sent as 'SMS', as AWS writes it",
        "Endpoint.endpoint_status: 'active' is sent as 'ACTIVE', as AWS writes it",
        "Endpoint.opt_out: 'All' is sent as 'ALL', as AWS writes it",
    ]
