"""Text messages by SMS and voice version 2: what goes out is AWS's, and what doesn't fit costs its own recipient."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phones import NUMBER, operation, parsed, recipient, sent, sms

import pinpoint_users as p
from pinpoint_users._routes.text_messaging import TextMessagingRoute
from pinpoint_users.routes import TextMessaging

EVERYTHING = TextMessaging(
    origination_identity="pool-1",
    configuration_set_name="set",
    protect_configuration_id="protect-1",
    max_price="0.05",
    time_to_live=600,
    message_feedback_enabled=True,
    destination_country_parameters={"IN_ENTITY_ID": "1", "IN_TEMPLATE_ID": "2"},
    dry_run=True,
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def test_the_least_that_can_be_sent():
    assert sent(sms(), recipient()) == {"DestinationPhoneNumber": NUMBER, "MessageBody": "Hello"}


def test_all_that_can_be_sent():
    route = sms(EVERYTHING, message_type="PROMOTIONAL", keyword="My program", context={"a": "b"}, trace_id="t")
    body = sent(route, recipient(context={"c": "d"}))
    assert body == {
        "DestinationPhoneNumber": NUMBER,
        "MessageBody": "Hello",
        "OriginationIdentity": "pool-1",
        "MessageType": "PROMOTIONAL",
        "Keyword": "My program",
        "ConfigurationSetName": "set",
        "MaxPrice": "0.05",
        "TimeToLive": 600,
        "Context": {"a": "b", "TraceId": "t", "c": "d"},
        "DestinationCountryParameters": {"IN_ENTITY_ID": "1", "IN_TEMPLATE_ID": "2"},
        "DryRun": True,
        "ProtectConfigurationId": "protect-1",
        "MessageFeedbackEnabled": True,
    }
    assert set(body) == set(operation("SendTextMessage").input_shape.members)


def test_the_default_message_is_text_too():
    message = p.DirectMessageConfiguration(default_message=p.DefaultMessage(body="Hi {{User.UserAttributes.Name}}"))
    assert TextMessagingRoute.has_message(message)
    route = TextMessagingRoute(TextMessaging(), message, context=None, trace_id=None)
    assert sent(route, recipient())["MessageBody"] == "Hi Ann"
    only_push = p.DirectMessageConfiguration(gcm_message=p.GCMMessage(body="x"))
    assert not TextMessagingRoute.has_message(only_push)


def test_texts_are_filled_here():
    route = sms(body="{{code}} for {{User.UserAttributes.Name}}")
    assert sent(route, recipient(substitutions={"code": ["123"]}))["MessageBody"] == "123 for Ann"
    assert sent(route, recipient(body_override="Only {{Address}}"))["MessageBody"] == f"Only {NUMBER}"


@pytest.mark.parametrize(
    ("settings", "message", "identity"),
    [
        (TextMessaging(), {"origination_number": "+12065550199"}, "+12065550199"),
        (TextMessaging(), {"sender_id": "MyShop"}, "MyShop"),
        (TextMessaging(origination_identity="pool-1"), {"sender_id": "pool-1"}, "pool-1"),
    ],
    ids=["number", "sender ID", "the settings win"],
)
def test_what_it_is_sent_from(settings, message, identity):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sent(sms(settings, **message), recipient())["OriginationIdentity"] == identity


def messages_of(make):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = make()
    return made, [str(each.message) for each in caught]


def test_what_the_settings_take_the_place_of_is_warned_of_each_once():
    settings = TextMessaging(
        origination_identity="pool-1", destination_country_parameters={"IN_ENTITY_ID": "ours", "IN_TEMPLATE_ID": "t"}
    )
    route, told = messages_of(lambda: sms(settings, sender_id="My Shop!", entity_id="theirs", template_id="t"))
    assert sent(route, recipient())["OriginationIdentity"] == "pool-1"
    assert told == [
        "SendTextMessage: sms_message.sender_id: isn't used, as TextMessaging sets origination_identity: leave one of them out",
        (
            "SendTextMessage: sms_message.entity_id: isn't used, as TextMessaging sets "
            "destination_country_parameters['IN_ENTITY_ID']: leave one of them out"
        ),
    ]


def test_a_number_together_with_a_sender_id_is_warned_of():
    with pytest.warns(p.MessageWarning, match="of origination_number and sender_id the number is used") as caught:
        route = sms(origination_number="+12065550199", sender_id="MyShop")
    assert caught[0].filename.endswith("phones.py")
    assert sent(route, recipient())["OriginationIdentity"] == "+12065550199"


def test_a_media_url_cannot_be_carried():
    with pytest.warns(p.MessageWarning, match=r"sms_message\.media_url: can't be carried"):
        route = sms(media_url="https://example.com/x.png")
    assert set(sent(route, recipient())) == {"DestinationPhoneNumber", "MessageBody"}


def test_what_india_wants_comes_from_the_message_where_the_settings_have_none():
    settings = TextMessaging(destination_country_parameters={"IN_ENTITY_ID": "ours"})
    body = sent(sms(settings, entity_id="has blanks", template_id="t"), recipient())
    assert body["DestinationCountryParameters"] == {"IN_ENTITY_ID": "ours", "IN_TEMPLATE_ID": "t"}


def test_what_would_fail_for_all_is_told_before_anything_is_sent_and_all_at_once():
    with pytest.raises(p.ValidationError) as caught:
        sms(
            keyword="k" * 31,
            sender_id="My Shop!",
            entity_id="1 2",
            template_id="9" * 65,
            context={f"k{n}": "v" for n in range(5)},
            trace_id="t",
        )
    assert [fault.path for fault in caught.value.faults] == [
        "sms_message.keyword",
        "sms_message.sender_id",
        "sms_message.entity_id",
        "sms_message.template_id",
        "context",
    ]
    assert "6 pairs, at most 5 are allowed, the trace ID's among them" in str(caught.value)
    with pytest.raises(p.ValidationError, match="keyword"):
        sms(keyword="two\nlines")


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"body_override": " \n\t"}, "The text is blank"),
        ({"body_override": "{{nothing}}"}, "The text is blank"),
        ({"body_override": "x" * 1_601}, "The text has 1,601 characters, at most 1,600 are allowed."),
        ({"context": {f"k{n}": "v" for n in range(5)}}, "context: 6 pairs"),
        ({"context": {"a b": "v"}}, "context['a b']: a key has"),
        ({"context": {"": "v"}}, "context['']: a key has"),
        ({"context": {"k" * 101: "v"}}, "a key has 1 to 100 characters"),
        ({"context": {"k": " v"}}, "context['k']: a value has"),
        ({"context": {"k": ""}}, "context['k']: a value has"),
        ({"context": {"k": "v" * 801}}, "a value has 1 to 800 characters"),
    ],
)
def test_what_does_not_fit_costs_its_own_recipient(own, words):
    route = sms(context={"common": "c"})
    refusal = route.refusal(recipient(**own))
    assert refusal is not None
    assert (refusal.delivery_status, refusal.status_code, refusal.address) == ("PERMANENT_FAILURE", 400, NUMBER)
    assert words in (refusal.status_message or "")
    assert route.refusal(recipient()) is None


@pytest.mark.parametrize("address", ["(206) 555-0100", "12065550100", "+0206", "+1206555010012345678901", "+1206555O100", ""])
def test_an_address_that_is_no_phone_number(address):
    refusal = sms().refusal(recipient(address=address))
    assert refusal.delivery_status is p.DeliveryStatus.PERMANENT_FAILURE
    assert "E.164" in refusal.status_message


@pytest.mark.parametrize(
    ("address", "hidden"), [("\u202a+12065550100\u202c", "U+202A"), ("+1206555\u200b0100", "U+200B"), ("+1\u00a0206", "U+00A0")]
)
def test_what_is_not_seen_in_a_phone_number_is_named(address, hidden):
    assert sms().refusal(recipient(address=address)).status_message == (
        f"Not a phone number in E.164: it has {hidden}, which isn't seen."
    )


@given(
    body=TEXTS,
    context=st.dictionaries(TEXTS, TEXTS, max_size=6),
    own=st.dictionaries(TEXTS, TEXTS, max_size=3),
    keyword=TEXTS,
    number=st.from_regex(r"\+?[0-9]{0,21}", fullmatch=True),
)
def test_nothing_goes_out_that_breaks_the_model(body, context, own, keyword, number):
    target = recipient(address=number, body_override=body, context=own)
    try:
        route = sms(context=context, keyword=keyword)
    except p.ValidationError:
        route = sms()
    if route.refusal(target) is None:
        sent(route, target)


def test_an_answer_has_the_messages_id_alone():
    target = recipient()
    answer = b'{"MessageId":"7qu4"}'
    (result,) = sms().results("SendTextMessage", parsed("SendTextMessage", 200, answer), [target])
    assert result.to_dict() == {
        "Address": NUMBER,
        "DeliveryStatus": "SUCCESSFUL",
        "MessageId": "7qu4",
        "StatusCode": 200,
    }
    for odd in ({}, {"MessageId": None}, {"MessageId": 1}):
        assert sms().results("SendTextMessage", odd, [target]) == [None]


def test_a_dry_run_says_so():
    (result,) = sms(EVERYTHING).results("SendTextMessage", {"MessageId": "m"}, [recipient()])
    assert result.status_message == "Dry run: checked by the service, and not sent."


def test_one_recipient_a_request_weighed_in_parts():
    route = sms()
    one, long = recipient(), recipient(address="+12065550101", body_override="é" * 160 + "x")
    assert route.requests([one, long]) == [("SendTextMessage", [one]), ("SendTextMessage", [long])]
    assert [route.weight([each]) for each in (one, long)] == [1, 2]
