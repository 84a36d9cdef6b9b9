"""One-time passwords, events of apps, phone numbers, and operations that aren't emulated."""

from __future__ import annotations

import json
import re
import sys
import time

import pytest
from over_http import refused

OTP = {
    "BrandName": "Brand",
    "Channel": "SMS",
    "DestinationIdentity": "+12065550100",
    "OriginationIdentity": "+12065550199",
    "ReferenceId": "login",
}


@pytest.fixture
def otp(pinpoint, remote):
    """Sends a code and returns it."""

    def send(**more):
        answer = pinpoint.send_otp_message(ApplicationId=remote.application_id, SendOTPMessageRequestParameters={**OTP, **more})
        (result,) = answer["MessageResponse"]["Result"].values()
        assert result["DeliveryStatus"] == "SUCCESSFUL"
        text = re.fullmatch(r"This is your One Time Password: (\d+) from Brand", remote.deliveries()[-1].body)
        return text[1]

    return send


@pytest.fixture
def is_valid(pinpoint, remote):
    def verify(code, reference="login"):
        request = {"DestinationIdentity": OTP["DestinationIdentity"], "Otp": code, "ReferenceId": reference}
        answer = pinpoint.verify_otp_message(ApplicationId=remote.application_id, VerifyOTPMessageRequestParameters=request)
        return answer["VerificationResponse"]["Valid"]

    return verify


def test_a_code_is_valid_once(otp, is_valid):
    code = otp()
    assert len(code) == 6
    assert not is_valid(code, "other")
    assert not is_valid("x")
    assert is_valid(code)
    assert not is_valid(code)


def test_a_code_has_attempts_and_a_time(otp, is_valid, monkeypatch):
    code = otp(AllowedAttempts=1, CodeLength=8)
    assert len(code) == 8
    assert not is_valid("x")
    assert not is_valid(code)
    code, later = otp(ValidityPeriod=1), time.time() + 61
    monkeypatch.setattr("pinpoint_users.local._one_time_passwords.time.time", lambda: later)
    assert not is_valid(code)
    assert is_valid(otp())


def test_a_number_that_is_no_text(raw, remote):
    body = b'{"DestinationIdentity": "\\ud800", "Otp": "1", "ReferenceId": "r"}'
    raw.request("POST", f"/v1/apps/{remote.application_id}/verify-otp", body)
    answer = raw.getresponse()
    assert answer.status == 400
    assert "surrogate" in json.loads(answer.read())["Message"]


def test_another_code_takes_the_place_of_the_first(otp, is_valid):
    first, second = otp(CodeLength=5), otp(CodeLength=8)
    assert not is_valid(first)
    assert is_valid(second)


@pytest.mark.parametrize("wrong", [{"Channel": "EMAIL"}, {"BrandName": "x" * 21}, {"CodeLength": 9}, {"ReferenceId": ""}])
def test_a_code_that_is_refused(pinpoint, remote, wrong):
    request = {"ApplicationId": remote.application_id, "SendOTPMessageRequestParameters": {**OTP, **wrong}}
    assert refused(pinpoint.send_otp_message, **request) == (400, "BadRequestException")
    assert remote.deliveries() == ()


def test_a_code_goes_to_no_number_that_is_none(pinpoint, remote):
    request = {**OTP, "DestinationIdentity": "nope"}
    answer = pinpoint.send_otp_message(ApplicationId=remote.application_id, SendOTPMessageRequestParameters=request)
    result = answer["MessageResponse"]["Result"]["nope"]
    assert (result["DeliveryStatus"], result["StatusCode"]) == ("PERMANENT_FAILURE", 400)
    assert remote.deliveries() == ()


def test_a_send_of_a_code_meets_faults(pinpoint, remote):
    remote.fail_next(429, operation="SendOTPMessage")
    request = {"ApplicationId": remote.application_id, "SendOTPMessageRequestParameters": OTP}
    assert refused(pinpoint.send_otp_message, **request) == (429, "TooManyRequestsException")


EVENT = {"EventType": "opened", "Timestamp": "2026-01-01T00:00:00Z"}


def events(pinpoint, remote, **batches):
    items = {name: {"Endpoint": endpoint, "Events": {"1": EVENT}} for name, endpoint in batches.items()}
    answer = pinpoint.put_events(ApplicationId=remote.application_id, EventsRequest={"BatchItem": items})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    return {name: found["EndpointItemResponse"] for name, found in answer["EventsResponse"]["Results"].items()}


def test_events_make_endpoints(pinpoint, remote):
    endpoint = {"Address": "token", "ChannelType": "GCM", "User": {"UserId": "app"}}
    assert events(pinpoint, remote, app=endpoint, quiet={})["app"] == {"Message": "Accepted", "StatusCode": 202}
    found = pinpoint.get_endpoint(ApplicationId=remote.application_id, EndpointId="app")["EndpointResponse"]
    assert (found["Address"], found["User"]["UserId"]) == ("token", "app")
    quiet = {"ApplicationId": remote.application_id, "EndpointId": "quiet"}
    assert refused(pinpoint.get_endpoint, **quiet) == (404, "NotFoundException")


def test_what_is_wrong_with_an_endpoint_is_told_with_it(pinpoint, remote):
    for number in range(15):
        remote.add_endpoint(user_id="many", channel_type="SMS", address=f"+1206555{number:04}", endpoint_id=f"many-{number}")
    wrong = {"Attributes": {"x" * 51: ["y"]}}
    more = {"Address": "+12065559999", "ChannelType": "SMS", "User": {"UserId": "many"}}
    found = events(pinpoint, remote, good={"OptOut": "ALL"}, **{"{bad}": {"OptOut": "ALL"}, "long": wrong, "sixteenth": more})
    assert {name: item["StatusCode"] for name, item in found.items()} == {
        "good": 202,
        "{bad}": 400,
        "long": 400,
        "sixteenth": 400,
    }
    assert "at most 50" in found["long"]["Message"]


def test_what_is_wrong_with_the_time_of_an_event_is_told_with_it(pinpoint, remote):
    written = [
        *(
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00.123456789+05:30",
            "20260101T000000Z",
            "2026-01-01",
            "2026-12-31 23:59:60",
        ),
        *("2026-01-01T00:00:00,5-0330", "2026-01-01t00:00z", "yesterday", "", "1767225600", "2026-13-01", "2026-01-01T25:00Z"),
    ]
    batch = {str(number): {"EventType": "opened", "Timestamp": text} for number, text in enumerate(written)}
    for name in ("StartTimestamp", "StopTimestamp"):
        session = {"Id": "s", "StartTimestamp": "2026-01-01T00:00:00Z", name: "nope"}
        batch[name] = {**EVENT, "Session": session}
    items = {"e": {"Endpoint": {}, "Events": batch}}
    answer = pinpoint.put_events(ApplicationId=remote.application_id, EventsRequest={"BatchItem": items})
    found = answer["EventsResponse"]["Results"]["e"]["EventsItemResponse"]
    assert [found[str(number)]["StatusCode"] for number in range(len(written))] == [202] * 7 + [400] * 5
    assert found["StopTimestamp"]["StatusCode"] == 400
    assert found["StartTimestamp"]["Message"].startswith("Session.StartTimestamp must be a date and time in ISO 8601")


def test_too_many_events(pinpoint, remote):
    batch = {"Endpoint": {}, "Events": dict.fromkeys(map(str, range(101)), EVENT)}
    request = {"ApplicationId": remote.application_id, "EventsRequest": {"BatchItem": {"e": batch}}}
    assert refused(pinpoint.put_events, **request) == (400, "BadRequestException")


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (
            {"PhoneNumber": "+442079460000"},
            {"PhoneType": "LANDLINE", "PhoneTypeCode": 1, "CountryCodeIso2": "GB", "Timezone": "Europe/London"},
        ),
        (
            {"PhoneNumber": "(206) 555-0100", "IsoCountryCode": "US"},
            {"CleansedPhoneNumberE164": "+12065550100", "PhoneType": "MOBILE", "OriginalCountryCodeIso2": "US"},
        ),
        ({"PhoneNumber": "491711234567"}, {"CleansedPhoneNumberNational": "1711234567", "CountryCodeNumeric": "49"}),
        ({"PhoneNumber": "+80012345678"}, {"PhoneType": "OTHER", "PhoneTypeCode": 4}),
        ({"PhoneNumber": "+1206"}, {"PhoneType": "INVALID", "PhoneTypeCode": 3, "OriginalPhoneNumber": "+1206"}),
        ({}, {"PhoneType": "INVALID"}),
    ],
)
def test_a_phone_number(pinpoint, remote, request_, expected):
    found = pinpoint.phone_number_validate(NumberValidateRequest=request_)["NumberValidateResponse"]
    assert {name: found[name] for name in expected} == expected


def test_phone_numbers_need_the_library(raw, remote, monkeypatch):
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    raw.request("POST", "/v1/phone/number/validate", b'{"PhoneNumber": "+12065550100"}')
    answer = raw.getresponse()
    assert answer.status == 501
    assert "phonenumbers" in json.loads(answer.read())["Message"]


@pytest.mark.parametrize(
    ("service", "call", "parameters"),
    [
        ("pinpoint", "create_in_app_template", {"TemplateName": "t", "InAppTemplateRequest": {}}),
        ("pinpoint", "get_segments", {"ApplicationId": "a"}),
        ("sesv2", "get_email_template", {"TemplateName": "t"}),
        ("pinpoint-sms-voice-v2", "describe_pools", {}),
    ],
)
@pytest.mark.usefixtures("remote")
def test_what_is_not_emulated_says_so(make_boto3, service, call, parameters):
    client = make_boto3(service=service)
    with pytest.raises(client.exceptions.ClientError) as caught:
        getattr(client, call)(**parameters)
    client.close()
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert error["Error"]["Code"] == "NotImplementedException"
    assert f"of {service} isn't emulated" in error["Error"]["Message"]


def test_an_address_is_taken_over_by_an_update(pinpoint, remote):
    endpoint = {"Address": "ann@example.com", "ChannelType": "EMAIL"}
    for endpoint_id in ("first", "second"):
        request = {**endpoint, "User": {"UserId": endpoint_id}}
        pinpoint.update_endpoint(ApplicationId=remote.application_id, EndpointId=endpoint_id, EndpointRequest=request)
    of = {"ApplicationId": remote.application_id}
    found = [pinpoint.get_endpoint(**of, EndpointId=each)["EndpointResponse"] for each in ("first", "second")]
    assert [(each["EndpointStatus"], each["User"]["UserId"]) for each in found] == [
        ("INACTIVE", "first"),
        ("ACTIVE", "second"),
    ]
    long = {"Attributes": {"a": ["x" * 101]}}
    assert refused(pinpoint.update_endpoint, **of, EndpointId="first", EndpointRequest=long)[0] == 400
