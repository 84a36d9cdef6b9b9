"""`SendMessages` with `Addresses`: what the service can't fill there has a name of its own, and the recipient gets the same."""

from __future__ import annotations

import json

import attrs
import pytest
from accepted import apns, fcm, helpers, other_push, several_channels, sms, variables, voice
from hypothesis import given
from hypothesis import strategies as st
from rendering.by_both import ENDPOINT, by_address, by_look_up, endpoint_of
from rendering.texts import templates

import pinpoint_users as p
from pinpoint_users._rendering.addresses import for_addresses
from pinpoint_users._shapes.writing import to_wire

Own = p.EndpointSendConfiguration
CASES = [
    pytest.param(case, id=f"{room.__name__.rpartition('.')[2]}-{case.name}")
    for room in (sms, voice, apns, fcm, other_push, several_channels, variables, helpers)
    for case in room.CASES
    if case.keeps and case.channel != "EMAIL" and "uuid" not in str(case.request)
]


def message(**members):
    return p.DirectMessageConfiguration(**members)


@pytest.mark.parametrize("case", CASES)
def test_what_others_send_arrives_the_same(case):
    request = p.SendUsersMessageRequest.from_dict(case.request)
    user = {**case.endpoint.get("User", {}), "UserId": "u-1"}
    endpoint = {**case.endpoint, "Id": "e-1", "ChannelType": case.channel, "Address": case.address, "User": user}
    endpoint = {"EndpointStatus": "ACTIVE", "OptOut": "NONE", **endpoint}
    if any(name in str(case.request) for name in ("CreationDate", "EffectiveDate", "RequestId", "ApplicationId", "CohortId")):
        pytest.skip("the store's own attributes, which differ from endpoint to endpoint")
    both = [by(request.message_configuration, request.users["u-1"], endpoint) for by in (by_look_up, by_address)]
    expected, got = ((each.title, each.body, read(each.message)) for each in both)
    assert got == expected


def read(delivered):
    raw = delivered.get("RawContent")
    return delivered if raw is None else {**delivered, "RawContent": json.loads(raw)}


@given(body=templates, title=templates, own=templates | st.none(), raw=st.booleans())
def test_any_text_arrives_the_same(body, title, own, raw):
    gcm = p.GCMMessage(raw_content={"data": {"t": body, "list": [title]}}) if raw else p.GCMMessage(body=body, image_url=title)
    push = p.DefaultPushNotificationMessage(title=title, data={"key": body}, substitutions={"code": ["push"]})
    configured = message(gcm_message=gcm, default_push_notification_message=push)
    configuration = Own(
        substitutions={"name": ["Ann"], "v1": ["one"], "v2": ["{{Id}}"]},
        **({} if own is None else {"title_override": own, "body_override": own}),
    )
    endpoint = endpoint_of(ChannelType="GCM", Address="token-1")
    both = [by(configured, configuration, endpoint) for by in (by_look_up, by_address)]
    expected, got = ((each.title, each.body, read(each.message)) for each in both)
    assert got == expected


@given(text=templates)
def test_a_users_raw_content_arrives_the_same(text):
    configuration = Own(raw_content={"a": [text, {"b": text}], "n": 1}, substitutions={"name": ['"Ann"']})
    configured = message(default_message=p.DefaultMessage(body="{{v1}} {{Id}}"))
    endpoint = endpoint_of(ChannelType="GCM", Address="token-1")
    expected, got = (read(by(configured, configuration, endpoint).message) for by in (by_look_up, by_address))
    assert got == expected


def test_attributes_and_blocks_get_names_of_their_own():
    body = "Hi {{User.UserAttributes.Name}}, {{code}} {{{raw}}} {{[first-name]}} {{list.[0]}} {{#if vip}}x{{/if}} {{Address}}"
    prepared = for_addresses(message(sms_message=p.SMSMessage(body=body, keyword="k")))
    assert prepared.message.sms_message == p.SMSMessage(
        body="Hi {{v1}}, {{code}} {{{raw}}} {{[first-name]}} {{list.[0]}} {{v2}} {{v3}}", keyword="k"
    )
    own = prepared.own(Own(substitutions={"vip": ["yes"]}, context={"a": "b"}), ENDPOINT)
    assert own == {
        "Context": {"a": "b"},
        "Substitutions": {"vip": ("yes",), "v1": ["Ann & Bo"], "v2": ["x"], "v3": [ENDPOINT["Address"]]},
    }


def test_every_member_is_looked_at():
    data = {"k": "{{Id}}"}
    prepared = for_addresses(
        message(
            adm_message=p.ADMMessage(image_icon_url="{{Id}}", data=data),
            apns_message=p.APNSMessage(url="{{Id}}", media_url="{{Id}}", action="URL"),
            baidu_message=p.BaiduMessage(title="{{Id}}"),
            default_message=p.DefaultMessage(body="{{Id}}"),
            voice_message=p.VoiceMessage(body="{{Id}}"),
        )
    ).message
    assert prepared == message(
        adm_message=p.ADMMessage(image_icon_url="{{v1}}", data={"k": "{{v1}}"}),
        apns_message=p.APNSMessage(url="{{v1}}", media_url="{{v1}}", action="URL"),
        baidu_message=p.BaiduMessage(title="{{v1}}"),
        default_message=p.DefaultMessage(body="{{v1}}"),
        voice_message=p.VoiceMessage(body="{{v1}}"),
    )
    hash(prepared)


def test_the_callers_names_are_left_alone():
    prepared = for_addresses(
        message(
            sms_message=p.SMSMessage(body="{{v1}} {{Id}}", substitutions={"v2": ["all"]}),
            gcm_message=p.GCMMessage(raw_content={"v": "{{v3}} {{Id}}"}),
        )
    )
    assert prepared.message.sms_message.body == "{{v1}} {{v4}}"
    own = prepared.own(Own(body_override="{{v4}} {{v5}} {{Id}}", substitutions={"v4": ["own"]}), ENDPOINT)
    assert own["BodyOverride"] == "{{v6}} {{v5}} {{v7}}"
    assert own["Substitutions"] == {"v4": ["e-1"], "v6": ["own"], "v7": ["e-1"]}


def test_email_is_left_as_it_is():
    configured = message(email_message=p.EmailMessage(body="{{Id}}"))
    prepared = for_addresses(configured)
    assert prepared.message is configured
    assert prepared.own(Own(), endpoint_of(ChannelType="EMAIL")) == {}


def test_what_needs_nothing_is_written_as_it_is():
    configured = message(
        sms_message=p.SMSMessage(body="Hi {{name}} \\{{text}} {{!note}}"),
        gcm_message=p.GCMMessage(raw_content={"a": "{{name}}"}),
    )
    prepared = for_addresses(configured)
    assert prepared.message is configured
    for own in (
        Own(substitutions={"name": ["Ann"]}, context={"a": "b"}),
        Own(body_override="Hi {{name}}", raw_content='{"a":  "{{name}}"}'),
        Own(title_override="Hi"),
    ):
        assert prepared.own(own, ENDPOINT) == to_wire(own)


def test_a_channel_without_a_message_has_nothing():
    prepared = for_addresses(message(sms_message=p.SMSMessage(body="{{Id}} {{code}}")))
    for channel_type in ("GCM", "CUSTOM", None):
        assert prepared.own(Own(), endpoint_of(ChannelType=channel_type)) == {}
        assert prepared.missing(Own(), endpoint_of(ChannelType=channel_type)) == ()
    assert prepared.own(Own(title_override="{{Id}}"), endpoint_of(ChannelType="GCM")) == {
        "TitleOverride": "{{v2}}",
        "Substitutions": {"v2": ["e-1"]},
    }


@pytest.mark.parametrize(
    ("own", "missing"),
    [
        (Own(), ("t", "code", "User.UserAttributes.Gone")),
        (Own(substitutions={"code": ["1"], "t": ["x"], "User.UserAttributes.Gone": ["y"]}), ()),
        (Own(body_override="{{this}} {{a}} {{Id}}"), ("t", "a")),
        (Own(title_override="{{b.[0]}}", substitutions={"b": ["1"]}), ("code", "User.UserAttributes.Gone")),
        (Own(raw_content={"a": "{{c}}"}, title_override="{{d}}"), ("c",)),
        (Own(raw_content={"a": "c"}), ()),
    ],
)
def test_names_without_a_value(own, missing):
    push = p.DefaultPushNotificationMessage(title="{{t}}", url="{{u}}", substitutions={"u": ["all"]})
    body = (
        "{{code}} {{User.UserAttributes.Name}} {{User.UserAttributes.Gone}} {{#if x}}{{y}}{{/if}} {{uuid}} {{@index}} {{now}}"
    )
    prepared = for_addresses(message(gcm_message=p.GCMMessage(body=body), default_push_notification_message=push))
    assert prepared.missing(own, endpoint_of(ChannelType="GCM")) == missing


def test_names_without_a_value_in_raw_content_and_sms():
    prepared = for_addresses(
        message(gcm_message=p.GCMMessage(raw_content={"a": "{{x}}", "b": ["{{x}}"]}), sms_message=p.SMSMessage(body="{{y}}"))
    )
    assert prepared.missing(Own(), endpoint_of(ChannelType="GCM")) == ("x",)
    assert prepared.missing(Own(title_override="{{z}}"), ENDPOINT) == ("y",)


def test_the_message_is_frozen_like_any_other():
    prepared = for_addresses(message(gcm_message=p.GCMMessage(data={"k": "{{Id}}"})))
    with pytest.raises(TypeError, match="frozen"):
        prepared.message.gcm_message.data["k"] = "v"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        prepared.message.gcm_message.body = "v"


def test_a_text_with_partials_is_filled_as_a_whole():
    body = "{{#* inline 'a'}}{{Id}}{{/inline}}{{code}} {{> a}}"
    prepared = for_addresses(message(sms_message=p.SMSMessage(body=body)))
    assert prepared.message.sms_message.body == "{{v1}}"
    assert prepared.own(Own(substitutions={"code": ["7"]}), ENDPOINT)["Substitutions"]["v1"] == ["7 e-1"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ('{"a": {{n}}, "b": "{{Id}}"}', '{"a": {{n}}, "b": "{{v1}}"}'),
        ('{"a": {{Metrics.visits}}, "b": "{{name}}"}', '{"a": {{v1}}, "b": "{{name}}"}'),
        ('{"a": [{{#if n}}{{n}}{{/if}}], "b": "{{name}}"}', '{"a": [{{v1}}], "b": "{{name}}"}'),
        ("{{payload}}", "{{payload}}"),
    ],
)
@pytest.mark.filterwarnings("ignore::pinpoint_users.MessageWarning")
def test_raw_content_with_variables_outside_of_strings(raw, expected):
    endpoint = endpoint_of(ChannelType="GCM", Address="token-1")
    values = {"n": ["1"], "name": ["Ann"], "payload": ['{"x": 1}']}
    configured = message(gcm_message=p.GCMMessage(raw_content=raw))
    prepared = for_addresses(configured)
    assert prepared.message.gcm_message.raw_content == expected
    assert prepared.missing(Own(substitutions=values), endpoint) == ()
    in_message = [by(configured, Own(substitutions=values), endpoint) for by in (by_look_up, by_address)]
    default = message(default_message=p.DefaultMessage(body="Hi"))
    of_user = [by(default, Own(raw_content=raw, substitutions=values), endpoint) for by in (by_look_up, by_address)]
    first, *others = (json.loads(each.message["RawContent"]) for each in (*in_message, *of_user))
    assert others == [first] * 3


@pytest.mark.filterwarnings("ignore::pinpoint_users.MessageWarning")
def test_what_raw_content_lacks_outside_of_strings():
    for raw in ('{"a": {{n}}, "b": ["{{m}}", {"c": "{{name}}"}, 1]}', '{"b": "{{m}}", "c": [{{n}} {{name}}]}'):
        prepared = for_addresses(message(gcm_message=p.GCMMessage(raw_content=raw)))
        missing = prepared.missing(Own(substitutions={"name": ["Ann"]}), endpoint_of(ChannelType="GCM"))
        assert sorted(missing) == ["m", "n"]
