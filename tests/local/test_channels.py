"""Channels of an application, and what is answered where one is closed."""

from __future__ import annotations

import pytest
from over_http import refused, send

CLOSED = "No channel of type SMS is enabled for the application"


@pytest.fixture
def app(pinpoint, remote):
    """An application of its own with a user `u`, who is written to and pushed to."""
    application_id = pinpoint.create_app(CreateApplicationRequest={"Name": "channels"})["ApplicationResponse"]["Id"]
    for endpoint_id, channel, address in (("s", "SMS", "+12065550100"), ("g", "GCM", "token")):
        endpoint = {"Address": address, "ChannelType": channel, "User": {"UserId": "u"}}
        pinpoint.update_endpoint(ApplicationId=application_id, EndpointId=endpoint_id, EndpointRequest=endpoint)
    yield application_id
    pinpoint.delete_app(ApplicationId=application_id)


def result(pinpoint, app):
    sent = send(pinpoint, application_id=app)["SendUsersMessageResponse"]["Result"]["u"]["s"]
    return sent["DeliveryStatus"], sent["StatusCode"], sent["StatusMessage"]


def test_a_channel_that_is_disabled_deleted_and_enabled_again(pinpoint, remote, app):
    assert result(pinpoint, app)[0] == "SUCCESSFUL"
    off = pinpoint.update_sms_channel(ApplicationId=app, SMSChannelRequest={"Enabled": False, "SenderId": "US"})
    assert off["SMSChannelResponse"]["Enabled"] is False
    assert result(pinpoint, app) == ("PERMANENT_FAILURE", 400, CLOSED)
    pinpoint.update_sms_channel(ApplicationId=app, SMSChannelRequest={"Enabled": True})
    assert pinpoint.get_sms_channel(ApplicationId=app)["SMSChannelResponse"]["SenderId"] == "US"
    assert result(pinpoint, app)[0] == "SUCCESSFUL"
    assert pinpoint.delete_sms_channel(ApplicationId=app)["SMSChannelResponse"]["Version"] == 2
    assert result(pinpoint, app) == ("PERMANENT_FAILURE", 400, CLOSED)
    for again in (pinpoint.get_sms_channel, pinpoint.delete_sms_channel):
        assert refused(again, ApplicationId=app) == (404, "NotFoundException")
    listed = pinpoint.get_channels(ApplicationId=app)["ChannelsResponse"]["Channels"]
    assert "SMS" not in listed
    assert listed["APNS_VOIP_SANDBOX"]["Enabled"] is True
    pinpoint.update_sms_channel(ApplicationId=app, SMSChannelRequest={})
    assert result(pinpoint, app)[0] == "SUCCESSFUL"


def test_a_secret_is_known_to_be_there_and_not_kept(pinpoint, remote, app):
    before = pinpoint.get_gcm_channel(ApplicationId=app)["GCMChannelResponse"]
    assert before["HasCredential"] is False
    pinpoint.update_gcm_channel(ApplicationId=app, GCMChannelRequest={"ServiceJson": "{hush}"})
    pinpoint.update_gcm_channel(ApplicationId=app, GCMChannelRequest={"Enabled": True})
    after = pinpoint.get_gcm_channel(ApplicationId=app)["GCMChannelResponse"]
    assert (after["HasCredential"], after["HasFcmServiceCredentials"], after["Platform"]) == (True, True, "GCM")
    assert "hush" not in str(after)
    token = {"TokenKey": "hush", "TokenKeyId": "k", "TeamId": "t", "BundleId": "b"}
    push = pinpoint.update_apns_channel(ApplicationId=app, APNSChannelRequest=token)["APNSChannelResponse"]
    assert (push["HasTokenKey"], push["HasCredential"]) == (True, True)


def test_an_email_channel_must_say_whose_it_is(raw, pinpoint, remote, app):
    raw.request("PUT", f"/v1/apps/{app}/channels/email", b'{"Enabled": true}')
    assert raw.getresponse().status == 400
    identity = {"FromAddress": "us@example.com", "Identity": "arn:aws:ses:us-east-1:0:identity/example.com"}
    found = pinpoint.update_email_channel(ApplicationId=app, EmailChannelRequest=identity)["EmailChannelResponse"]
    assert found["FromAddress"] == "us@example.com"
    assert refused(pinpoint.get_email_channel, ApplicationId="none") == (404, "NotFoundException")
