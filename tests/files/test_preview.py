from __future__ import annotations

import html.parser
import io

import pytest
from documents import messages
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console
from strategies import values_of

import pinpoint_users as p
from pinpoint_users import local
from pinpoint_users._files.message_file import MessageFile
from pinpoint_users._files.preview import ChannelPreview, Preview, SMSLook, preview, sms_line, sms_look
from pinpoint_users._files.preview_html import preview_page
from pinpoint_users._files.preview_text import preview_text

EVIL = "\x1b[2J[red]<script>alert(1)</script>\u202e"


def shown(found):
    console = Console(file=io.StringIO(), width=200, force_terminal=True, color_system=None)
    console.print(preview_text(found))
    return console.file.getvalue()


def of(configuration=None, /, endpoints=None, **members):
    own = configuration or p.EndpointSendConfiguration(substitutions={"name": ["Ann"], "code": ["12"]})
    message = MessageFile(message=p.DirectMessageConfiguration(**members))
    return {channel.channel: channel for channel in preview(message, "u-1", own, endpoints=endpoints).channels}


def test_each_channel_as_its_recipients_see_it():
    email = p.EmailMessage(
        from_address="shop@shop.example",
        reply_to_addresses=["a@shop.example", "b@shop.example"],
        simple_email=p.SimpleEmail(
            subject="For {{name}}",
            text_part="Hi {{name}}",
            html_part="<b>{{name}}</b>",
            headers=[p.MessageHeader(name="X-Code", value="{{code}}")],
        ),
    )
    channels = of(
        p.EndpointSendConfiguration(substitutions={"name": ["A&B"], "code": ["12"]}),
        sms_message=p.SMSMessage(body="Code {{code}}", sender_id="Shop"),
        email_message=email,
        voice_message=p.VoiceMessage(body="Hello {{name}}", voice_id="Joanna"),
        apns_message=p.APNSMessage(
            title="Hi {{name}}", body="{{code}}", badge=0, media_url="https://shop.example/{{code}}.png"
        ),
        gcm_message=p.GCMMessage(raw_content={"data": {"code": "{{code}}"}}),
    )
    assert channels == {
        "SMS": ChannelPreview(channel="SMS", body="Code 12", details=(("SenderId", "Shop"),), sms=sms_look("Code 12")),
        "EMAIL": ChannelPreview(
            channel="EMAIL",
            title="For A&B",
            body="Hi A&B",
            html="<b>A&amp;B</b>",
            headers=(("X-Code", "12"),),
            details=(("FromAddress", "shop@shop.example"), ("ReplyToAddresses", "a@shop.example, b@shop.example")),
        ),
        "VOICE": ChannelPreview(channel="VOICE", body="Hello A&B", details=(("VoiceId", "Joanna"),)),
        "APNS": ChannelPreview(
            channel="APNS", title="Hi A&B", body="12", details=(("Badge", "0"), ("MediaUrl", "https://shop.example/12.png"))
        ),
        "GCM": ChannelPreview(channel="GCM", raw_content='{\n  "data": {\n    "code": "12"\n  }\n}'),
    }


def test_defaults_stand_for_channels_without_a_message():
    assert [*of(default_message=p.DefaultMessage(body="Hi"))] == ["SMS", "EMAIL", "VOICE", "PUSH"]
    push = p.DefaultPushNotificationMessage(title="News", body="Hi")
    assert {
        name: look.title for name, look in of(default_push_notification_message=push, adm_message=p.ADMMessage()).items()
    } == {
        "ADM": "News",
        "PUSH": "News",
    }
    assert of() == {}


def test_what_has_no_value_is_named_unless_the_endpoint_has_it():
    message = p.SMSMessage(body="{{who}} {{User.UserAttributes.City}} {{User.UserId}}")
    assert of(sms_message=message)["SMS"].missing == ("who", "User.UserAttributes.City")
    endpoint = {"ChannelType": "SMS", "User": {"UserId": "u-9", "UserAttributes": {"City": ["Bern"]}}}
    found = of(p.EndpointSendConfiguration(substitutions={"who": ["Ann"]}), [endpoint], sms_message=message)["SMS"]
    assert (found.body, found.missing) == ("Ann Bern u-9", ())


def test_raw_mail_and_raw_content_that_is_no_json():
    raw = p.RawEmail(data=b"Subject: Hi {{name}}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nDear {{name}}\r\n")
    email = of(email_message=p.EmailMessage(raw_email=raw))["EMAIL"]
    assert (email.title, email.body.strip()) == ("Hi Ann", "Dear Ann")
    with pytest.warns(p.MessageWarning):
        message = p.GCMMessage(raw_content='{{"a": {{gone}}}')
    assert of(gcm_message=message)["GCM"].raw_content.startswith("{")


@pytest.mark.parametrize(
    ("header", "sender"),
    [
        ("", None),
        ("From: {{name}} <a@example.com>\r\n", '"Ann" <a@example.com>'),
        ("From: =?utf-8?q?Zo=C3=AB?= <a@example.com>\r\n", "Zoë <a@example.com>"),
        ("From: Zoë\r\n <a@example.com>\r\n", "Zoë <a@example.com>"),
        ("From: =?nonsense?q?Zo=C3=AB?= <a@example.com>\r\n", "=?nonsense?q?Zo=C3=AB?= <a@example.com>"),
        ("From: =?utf-8?b?a?= <a@example.com>\r\n", "=?utf-8?b?a?= <a@example.com>"),
    ],
)
def test_raw_mail_shows_who_it_says_it_is_from(header, sender):
    raw = p.RawEmail(data=f"{header}Subject: Hi\r\n\r\nDear {{{{name}}}}\r\n".encode())
    assert of(email_message=p.EmailMessage(raw_email=raw))["EMAIL"].sender == sender


def test_parts_and_what_forces_ucs_2():
    assert sms_look("a" * 160) == SMSLook(encoding="GSM-7", characters=160, parts=1, forced_by=())
    assert sms_look("€" * 81).parts == 2
    look = sms_look("→ 🎉 →\ue000")
    assert look == SMSLook(
        encoding="UCS-2",
        characters=7,
        parts=1,
        forced_by=(("→", "RIGHTWARDS ARROW"), ("🎉", "PARTY POPPER"), ("\ue000", "U+E000")),
    )
    assert sms_line(sms_look("Hi")) == "1 part, 2 characters of GSM-7"
    assert sms_line(sms_look("→")) == "1 part, 1 characters of UCS-2; UCS-2 because of → (RIGHTWARDS ARROW)"
    assert sms_line(sms_look("αβγδεζηθ" * 20)).endswith("(GREEK SMALL LETTER EPSILON) and 3 more")
    assert sms_line(sms_look("αβγδεζηθ" * 20)).startswith("3 parts, 160 characters")


def test_the_terminal_shows_and_obeys_nothing():
    channels = of(
        p.EndpointSendConfiguration(substitutions={"name": [EVIL]}),
        sms_message=p.SMSMessage(body="{{name}}\nline {{gone}}", sender_id=EVIL),
        email_message=p.EmailMessage(
            simple_email=p.SimpleEmail(
                subject="S", html_part="<p>{{name}}", headers=[p.MessageHeader(name="X", value="{{name}}")]
            )
        ),
        gcm_message=p.GCMMessage(raw_content={"a": "{{name}}"}),
    )
    found = Preview(user_id=EVIL, channels=tuple(channels.values()), templates=(("sms_template", EVIL),))
    text = shown(found)
    assert not set(text) & set("\x1b\u202e")
    assert text.count("[red]<script>") >= 5
    assert "No value here: gone" in text
    assert r"sms_template: the template \e[2J[red]" in text


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags: list[str] = []
        self.frames: list[dict[str, str]] = []
        self.policies: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        given = dict(attributes)
        if tag == "iframe":
            self.frames.append(given)
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policies.append(given["content"])
        assert not [name for name in given if name.startswith("on") or name in {"src", "href"}]

    def handle_data(self, data):
        self.texts.append(data)


def test_the_page_runs_and_loads_nothing():
    channels = of(
        p.EndpointSendConfiguration(substitutions={"name": ['"><script>x</script>\0\x1b']}),
        sms_message=p.SMSMessage(body="{{name}} {{gone}}", sender_id="</style>"),
        email_message=p.EmailMessage(
            simple_email=p.SimpleEmail(
                subject="{{name}}",
                html_part='</iframe>"><script>alert(1)</script>{{{name}}}',
                headers=[p.MessageHeader(name="X", value="v")],
            )
        ),
        gcm_message=p.GCMMessage(raw_content={"a": "{{name}}"}),
    )
    text = preview_page(Preview(user_id="<u\ud800>", channels=tuple(channels.values()), templates=(("sms_template", "<t>"),)))
    text.encode()
    page = Page()
    page.feed(text)
    assert set(page.tags) == {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "section",
        "p",
        "strong",
        "pre",
        "dl",
        "dt",
        "dd",
        "iframe",
    }
    assert page.policies == [
        "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'none'; base-uri 'none'"
    ]
    (frame,) = page.frames
    assert frame["sandbox"] == ""
    inside = Page()
    inside.feed(frame["srcdoc"])
    assert inside.policies == [
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"
    ]
    assert '</iframe>"><script>alert(1)</script>' in frame["srcdoc"]
    assert not set(text) & set("\0\x1b\ud800")
    assert "No value here: gone" in page.texts


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(messages, values_of(p.EndpointSendConfiguration), st.text(st.characters(), min_size=1))
@pytest.mark.filterwarnings("ignore::pinpoint_users.MessageWarning")
def test_any_message_can_be_shown(message, configuration, user_id):
    found = preview(MessageFile(message=message), user_id, configuration)
    text = shown(found)
    assert "\x1b" not in text
    text.encode()
    preview_page(found).encode()


def test_what_is_shown_is_what_the_embedded_service_delivers():
    message = p.DirectMessageConfiguration(
        sms_message=p.SMSMessage(body="Hi {{name}} {{code}}"), default_message=p.DefaultMessage(body="Hello {{name}}")
    )
    own = p.EndpointSendConfiguration(substitutions={"name": ["Ann"], "code": ["7"]}, title_override="T")
    with local.LocalPinpoint(application_id="app") as service:
        service.add_endpoint(user_id="u-1", channel_type="SMS", address="+12065550100")
        service.add_endpoint(user_id="u-1", channel_type="EMAIL", address="ann@shop.example")
        with p.PinpointUsers("app", transport=service.transport) as pinpoint:
            pinpoint.send(message, {"u-1": own})
        deliveries = {str(delivery.channel_type): delivery for delivery in service.deliveries()}
    looks = {look.channel: look for look in preview(MessageFile(message=message), "u-1", own).channels}
    assert {name: (looks[name].title, looks[name].body) for name in deliveries} == {
        name: (delivery.title, delivery.body) for name, delivery in deliveries.items()
    }
    assert len(deliveries) == 2


def test_templates_are_named():
    templates = p.TemplateConfiguration(sms_template=p.Template(name="code"), email_template=p.Template())
    found = preview(MessageFile(message=None, template_configuration=templates), "u-1", p.EndpointSendConfiguration())
    assert found == Preview(user_id="u-1", channels=(), templates=(("email_template", ""), ("sms_template", "code")))
