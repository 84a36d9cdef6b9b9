"""E-mail for SES: by template or rendered, a recipient gets the same, and the same as by Pinpoint's look-up."""

from __future__ import annotations

import base64
from email.header import decode_header, make_header

import pytest
from accepted import email as accepted
from hypothesis import given
from hypothesis import strategies as st
from rendering.by_both import by_look_up, endpoint_of, filled_as_ses_does
from rendering.texts import templates, values

import pinpoint_users as p
from pinpoint_users._rendering.emails import RenderedEmail, for_email
from pinpoint_users.local import LocalPinpoint

Own = p.EndpointSendConfiguration
ENDPOINT = endpoint_of(ChannelType="EMAIL", Address="ann@example.com")
one_line = templates.filter(lambda text: "\n" not in text)
one_line_values = values.filter(lambda text: not {"\n", "\r"} & {*text})


def email(**members):
    return p.DirectMessageConfiguration(email_message=p.EmailMessage(**members))


def simple(**members):
    return email(simple_email=p.SimpleEmail(**members))


@given(
    parts=st.fixed_dictionaries(
        {"subject": one_line | st.none(), "text_part": templates | st.none(), "html_part": templates | st.none()}
    ),
    name=one_line_values,
    common=one_line_values,
    with_body=st.booleans(),
)
def test_a_recipient_gets_the_same_by_both(parts, name, common, with_body):
    message = email(
        simple_email=p.SimpleEmail(**parts), substitutions={"code": [common]}, **({"body": "{{name}}"} if with_body else {})
    )
    texts = for_email(message)
    own = Own(substitutions={"name": [name], "a.b": ["dots"]})
    rendered = texts.rendered(own, ENDPOINT)
    if parts["text_part"] is None and parts["html_part"] is None and not with_body:
        assert texts.template is None
        assert texts.data(own, ENDPOINT) is None
    else:
        data = texts.data(own, ENDPOINT)
        assert all(type(value) is str and key.isalnum() and key.isascii() for key, value in data.items())
        filled = [filled_as_ses_does(part, data) for part in (texts.template.subject, texts.template.text, texts.template.html)]
        assert filled == [rendered.subject, rendered.text, rendered.html]
    with LocalPinpoint() as local:
        local.add_endpoints([ENDPOINT])
        with local.client() as client:
            client.send(message, {"u-1": own}, missing_variables="empty")
        for delivery in local.deliveries():
            assert (delivery.title, delivery.body, delivery.html) == (rendered.subject, rendered.text, rendered.html)


CASES = [pytest.param(case, id=case.name) for case in accepted.CASES if case.keeps]


@pytest.mark.parametrize("case", CASES)
def test_what_others_send_arrives_the_same(case):
    request = p.SendUsersMessageRequest.from_dict(case.request)
    endpoint = {
        **ENDPOINT,
        **case.endpoint,
        "Address": case.address,
        "User": {**case.endpoint.get("User", {}), "UserId": "u-1"},
    }
    own = request.users["u-1"]
    rendered = for_email(request.message_configuration).rendered(own, endpoint)
    delivery = by_look_up(request.message_configuration, own, endpoint)
    if rendered.raw is None:
        assert (rendered.subject, rendered.text, rendered.html) == (delivery.title, delivery.body, delivery.html)
    else:
        assert p.RawEmail(data=rendered.raw).data == rendered.raw
        assert (rendered.subject, rendered.text, rendered.html, rendered.headers) == (None, None, None, ())


def test_html_is_escaped_in_the_html_part_alone():
    parts = {"subject": "{{x}}", "text_part": "{{x}}", "html_part": "{{x}} {{{x}}} {{&x}} {{#if x}}{{x}}{{{x}}}{{/if}}"}
    texts = for_email(simple(**parts))
    own = Own(substitutions={"x": ["<a>"]})
    assert texts.template.subject == texts.template.text == "{{v1}}"
    assert texts.template.html == "{{v2}} {{v1}} {{v1}} {{v3}}"
    assert texts.data(own, ENDPOINT) == {"v1": "<a>", "v2": "&lt;a&gt;", "v3": "&lt;a&gt;<a>"}
    html = "&lt;a&gt; <a> <a> &lt;a&gt;<a>"
    assert texts.rendered(own, ENDPOINT) == RenderedEmail("<a>", "<a>", html, (), None)


def test_overrides_go_by_send_email():
    texts = for_email(simple(subject="common", text_part="common", html_part="common"))
    own = Own(title_override="For {{Id}}", body_override="<{{User.UserAttributes.Name}}>")
    assert texts.data(own, ENDPOINT) is None
    assert texts.data(Own(title_override="x"), ENDPOINT) is None
    rendered = texts.rendered(own, ENDPOINT)
    assert rendered == RenderedEmail("For e-1", "<Ann & Bo>", "<Ann &amp; Bo>", (), None)


@pytest.mark.parametrize(
    "message",
    [
        simple(subject="common"),
        simple(text_part="common"),
        simple(html_part="common"),
        email(body="common", simple_email=p.SimpleEmail(html_part="common")),
        email(body="common"),
        email(from_address="us@example.com"),
        p.DirectMessageConfiguration(default_message=p.DefaultMessage(body="common")),
    ],
)
@pytest.mark.parametrize(
    "own", [Own(title_override="own"), Own(body_override="own"), Own(body_override="own", title_override="own")]
)
def test_overrides_are_as_by_look_up(message, own):
    rendered = for_email(message).rendered(own, ENDPOINT)
    if rendered.text or rendered.html:
        delivery = by_look_up(message, own, ENDPOINT)
        assert (rendered.subject, rendered.text, rendered.html) == (delivery.title, delivery.body, delivery.html)


def test_raw_content_is_rendered_whole():
    texts = for_email(
        email(raw_email=p.RawEmail(data="Subject: {{Id}}\r\n\r\n\udce9 {{name}} é".encode("utf-8", "surrogateescape")))
    )
    own = Own(substitutions={"name": ["Ann"]}, body_override="not this")
    assert texts.template is None
    assert texts.data(own, ENDPOINT) is None
    assert texts.headers(own, ENDPOINT) == []
    assert texts.rendered(own, ENDPOINT).raw == b"Subject: e-1\r\n\r\n\xe9 Ann \xc3\xa9"
    assert for_email(email(raw_email=p.RawEmail())).rendered(own, ENDPOINT).raw == b""


def test_there_is_no_template_for_another_character_set_or_too_much():
    latin = for_email(simple(text_part=p.SimpleEmailPart(data="x", charset="ISO-8859-1")))
    assert latin.template is None
    assert latin.charsets == {"text": "ISO-8859-1"}
    assert for_email(simple(text_part=p.SimpleEmailPart(data="x", charset="utf-8"))).template is not None
    assert for_email(simple(html_part="é" * 499_985)).template is not None
    assert for_email(simple(html_part="é" * 500_001)).template is None


def test_too_much_of_a_recipients_own_goes_by_send_email():
    texts = for_email(simple(text_part="{{a}}"))
    for value, fits in (("x" * 262_135, True), ("x" * 262_136, False), ("\n" * 131_067, True), ("\n" * 131_068, False)):
        own = Own(substitutions={"a": [value]})
        assert (texts.data(own, ENDPOINT) is not None) is fits
        assert texts.rendered(own, ENDPOINT).text == value


def test_a_message_without_email_has_none():
    assert for_email(p.DirectMessageConfiguration(sms_message=p.SMSMessage(body="x"))) is None


def headers(value, **own):
    part = p.MessageHeader(name="X-Name", value=value)
    return for_email(simple(text_part="x", headers=[part])).headers(Own(**own), ENDPOINT)


def test_headers_are_filled():
    assert headers("<{{Id}}> {{name}}", substitutions={"name": ["Ann"]}) == [("X-Name", "<e-1> Ann")]
    assert headers("{{gone}}") == []
    assert for_email(simple(text_part="x", headers=[p.MessageHeader(name="X-Empty")])).headers(Own(), ENDPOINT) == []


def test_a_header_that_is_not_ascii_is_put_in_encoded_words():
    name = "Zoë 名 " * 40
    ((_, value),) = headers("{{name}}", substitutions={"name": [name]})
    assert value.isascii()
    assert "\n" not in value
    assert max(map(len, value.split(" "))) <= 75
    assert str(make_header(decode_header(value))).strip() == name.strip()


@pytest.mark.parametrize(
    ("value", "problem"),
    [("a\r\nBcc: x", "line break"), ("a\rb", "line break"), ("a\x00b", "control character"), ("x" * 991, "997 characters")],
)
def test_what_no_header_may_have_is_refused(value, problem):
    with pytest.raises(p.ValidationError, match=problem):
        headers("{{v}}", substitutions={"v": [value]})
    assert headers("{{v}}", substitutions={"v": ["x" * 990]})


@pytest.mark.parametrize("value", ["a\nb", "a\rb"])
def test_a_line_break_in_the_subject_is_refused_by_both(value):
    texts = for_email(simple(subject="{{a}}", text_part="{{a}}"))
    own = Own(substitutions={"a": [value]})
    for make in (texts.data, texts.rendered):
        with pytest.raises(p.ValidationError, match=r"simple_email\.subject: has a line break"):
            make(own, ENDPOINT)


def test_names_without_a_value():
    texts = for_email(simple(subject="{{s}}", html_part="{{h}} {{Id}}", headers=[p.MessageHeader(name="X", value="{{x}}")]))
    assert texts.missing(Own(), ENDPOINT) == ("s", "h", "x")
    assert texts.missing(Own(title_override="{{t}}", body_override="b"), ENDPOINT) == ("t", "x")


@given(html=templates, subject=one_line, value=one_line_values)
def test_raw_email_is_as_by_look_up(html, subject, value):
    mime = (
        f"Subject: {subject}\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n{html}\n"
        f"--b\nContent-Type: text/html; charset=utf-8\n\n<p>{html}</p>\n--b--\n"
    )
    message = email(raw_email=p.RawEmail(data=mime.encode("utf-8", "surrogateescape")))
    own = Own(substitutions={"name": [value]})
    delivered = by_look_up(message, own, ENDPOINT).message["RawEmail"]["Data"]
    assert for_email(message).rendered(own, ENDPOINT).raw == base64.b64decode(delivered)


def test_the_html_of_raw_email_is_escaped():
    mime = b"Subject: {{x}}\r\nContent-Type: text/html\r\n\r\n<p>{{x}} {{{x}}}</p>"
    raw = for_email(email(raw_email=p.RawEmail(data=mime))).rendered(Own(substitutions={"x": ["<&"]}), ENDPOINT).raw
    assert raw == b"Subject: <&\r\nContent-Type: text/html\r\n\r\n<p>&lt;&amp; <&</p>"


def test_raw_content_of_a_user_is_for_push_alone():
    message = simple(subject="Hi", text_part="Hi {{name}}")
    own = Own(raw_content={"a": "{{x}}"}, substitutions={"name": ["Ann"]})
    texts = for_email(message)
    assert texts.rendered(own, ENDPOINT).text == by_look_up(message, own, ENDPOINT).body == "Hi Ann"
    assert texts.missing(own, ENDPOINT) == ()
