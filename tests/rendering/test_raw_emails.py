"""Whole MIME messages with variables in them, as a mail program reads them when they are filled."""

from __future__ import annotations

import base64
import email
import email.policy
import quopri
from email.message import EmailMessage as Written
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from raw_emails import filled, message_of, read

from pinpoint_users import Endpoint, EndpointSendConfiguration, Outcome, RawEmail
from pinpoint_users.local import LocalPinpoint
from pinpoint_users.routes import SES

QP = "Content-Transfer-Encoding: quoted-printable"


def with_umlauts():
    message = Written()
    message["Subject"] = "Grüße, {{name}}!"
    message.set_content("Schöne Grüße, {{name}}: https://example.com/?a={{token}}\n")
    message.add_alternative("<p>Schöne Grüße, {{name}}</p>\n", subtype="html")
    message.add_attachment(b"{{name}}", maintype="application", subtype="octet-stream", filename="a.txt")
    return message


def of_the_older_classes():
    message = MIMEMultipart("alternative")
    message["Subject"] = "Grüße, {{name}}!"
    message.attach(MIMEText("Schöne Grüße, {{name}}: https://example.com/?a={{token}}\n", "plain", "utf-8"))
    message.attach(MIMEText("<p>Schöne Grüße, {{name}}</p>\n", "html", "utf-8"))
    return message


def as_quoted_printable():
    return (
        f"Subject: =?utf-8?b?R3LDvMOfZSwge3tuYW1lfX0h?=\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n"
        f"--b\nContent-Type: text/plain; charset=utf-8\n{QP}\n\n"
        f"Sch=C3=B6ne Gr=C3=BC=C3=9Fe, {{{{na=\nme}}}}: https://example.com/?a=3D{{{{token}}}}\n"
        f"\n--b\nContent-Type: text/html; charset=iso-8859-1\n{QP}\n\n<p>Sch=F6ne Gr=FC=DFe, {{{{name}}}}</p>\n\n--b--\n"
    ).encode()


@pytest.mark.parametrize("make", [with_umlauts, of_the_older_classes, as_quoted_printable])
@pytest.mark.parametrize("name", ["Ann", "Jörg & Łukasz", "=41=", "x" * 200])
def test_what_is_encoded_is_filled(make, name):
    found = read(make(), name=name, token="41")
    assert found["Subject"] == f"Grüße, {name}!"
    assert found.get_body(("plain",)).get_content() == f"Schöne Grüße, {name}: https://example.com/?a=41\n"
    escaped = name.replace("&", "&amp;").replace("=", "&#x3D;")
    assert found.get_body(("html",)).get_content() == f"<p>Schöne Grüße, {escaped}</p>\n"
    assert all(part.get_payload(decode=True) == b"{{name}}" for part in found.iter_attachments() if make is with_umlauts)


@pytest.mark.parametrize(
    "headers",
    [
        "",
        "Content-Transfer-Encoding: 7bit\n",
        "Content-Type: text/plain\n",
        "Content-Type: text/plain; charset=us-ascii; format=flowed\nMIME-Version: 1.0\n",
        'Content-Type: text/plain;\n charset="iso-8859-1"\nContent-Transfer-Encoding:\n 8bit\nX-Other: a\n',
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n",
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=us-ascii\n",
    ],
)
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_a_text_that_becomes_more_than_ascii_says_so(headers, line):
    closing = "\n--b--\n" if "boundary" in headers else ""
    data = f"Subject: Hi\n{headers}\nDear {{{{name}}}}{closing}".replace("\n", line).encode()
    assert filled(data, name="Ann") == data.replace(b"{{name}}", b"Ann")
    found = read(data, name="Jörg")
    part = next(found.iter_parts(), None) if closing else found
    assert part.get_content().rstrip() == "Dear Jörg"
    assert found["Subject"] == "Hi"
    assert found.get("X-Other", "a") == "a"
    assert found["MIME-Version"] or closing


@pytest.mark.parametrize("kind", ["text/plain", "text/plain; charset=us-ascii"])
@pytest.mark.parametrize(("coding", "text"), [("quoted-printable", "Dear {{name}}"), ("base64", "RGVhciB7e25hbWV9fQ==")])
def test_a_text_that_is_encoded_says_so_too(kind, coding, text):
    data = f"Subject: Hi\nContent-Type: {kind}\nContent-Transfer-Encoding: {coding}\n\n{text}\n".encode()
    assert read(data, name="Jörg").get_content().rstrip() == "Dear Jörg"
    assert f"Content-Type: {kind}\n".encode() in filled(data, name="Ann")


@pytest.mark.parametrize("coding", ["quoted-printable", "base64"])
@pytest.mark.parametrize("name", ["Ann", "Jörg\n李雷"])
def test_a_text_in_utf_16_is_read_as_it_is(coding, name):
    text = "Dear {{name}},\n{{name}}\n".encode("utf-16")
    body = base64.encodebytes(text)
    if coding == "quoted-printable":
        body = quopri.encodestring(text, quotetabs=True).replace(b"\n", b"=0A")
    head = f"Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: {coding}\r\n\r\n".encode()
    found = email.message_from_bytes(filled(head + body, name=name), policy=email.policy.default)
    assert found.get_content().replace("\r\n", "\n") == f"Dear {name},\n{name}\n"


def test_what_has_no_variables_stays():
    attached = "\n--b\nContent-Transfer-Encoding: base64\n\nZQ==\n--b--\n"
    for data in ("Subject: Grün\n\nNote: grün", f"Subject: Grün\nContent-Type: multipart/mixed; boundary=b\n{attached}"):
        assert filled(data.encode()) == data.encode()


def test_bytes_that_are_no_text_stay():
    for headers in (b"", b"Content-Type: text/plain; charset=klingon\n"):
        data = b"Subject: \xff\n" + headers + b"\n\xe9 {{name}}"
        assert filled(data, name="J\xf6rg") == data.replace(b"{{name}}", "Jörg".encode())


def test_a_header_that_cannot_be_read_stays():
    assert filled(b"Subject: {{name}} \xff\nX-Name: {{name}}\n\nHi", name="J\xf6rg") == (
        "Subject: Jörg ".encode() + b"\xff\nX-Name: =?utf-8?b?SsO2cmc=?=\n\nHi"
    )


def test_a_file_is_left_as_it_is_and_a_short_text_is_found():
    message = MIMEMultipart()
    message["Subject"] = "{{name}}"
    message.attach(MIMEText("t", "html"))
    message.attach(MIMEText("é {{name}}", "plain", "utf-8"))
    message.attach(MIMEText("é {{name}}", "plain", "utf-8"))
    message.get_payload()[2]["Content-Disposition"] = "attachment"
    found = read(message, name="Ann")
    assert [part.get_content().strip() for part in found.iter_parts()] == ["t", "é Ann", "é {{name}}"]


def with_file(kind, coding):
    disposition = "Content-Disposition: attachment\n" if kind.startswith("text") else ""
    file = f"Content-Type: {kind}\n{disposition}Content-Transfer-Encoding: {coding}\n\n{{{{name}}}},{{{{nobody}}}}\n"
    return f"Subject: Hi\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nDear {{{{name}}}}\n--b\n{file}--b--\n".encode()


@pytest.mark.parametrize("kind", ["text/csv", "text/plain; charset=utf-8", "text/html; charset=klingon", "application/json"])
@pytest.mark.parametrize("coding", ["7bit", "8bit", "base64", "quoted-printable"])
def test_no_file_is_filled_however_it_is_written(kind, coding):
    data = with_file(kind, coding)
    assert filled(data, name="Ann") == data.replace(b"Dear {{name}}", b"Dear Ann")


@pytest.mark.parametrize(
    ("data", "lacking"),
    [
        (with_file("text/csv", "7bit"), False),
        (with_file("application/json", "8bit"), False),
        (b"Subject: Hi\nContent-Type: text/plain; charset=klingon\n\n{{name}} {{nobody}}", True),
    ],
)
def test_a_text_in_any_character_set_demands_its_variables_and_no_file_does(data, lacking):
    with LocalPinpoint() as local, local.client() as pinpoint:
        local.add_endpoint(user_id="u-1", channel_type="EMAIL", address="u-1@example.com")
        report = pinpoint.send(message_of(data), {"u-1": EndpointSendConfiguration(substitutions={"name": ["Ann"]})})
    assert report.users["u-1"].outcome is (Outcome.NOT_SENT if lacking else Outcome.SUCCESSFUL)
    assert ("lacks 'nobody'" in str(report.users["u-1"].error)) is lacking


def test_the_name_of_a_coding_may_have_something_beside_it():
    for coding in ("quoted-printable ", "\n quoted-printable", "Quoted-Printable (as ever);"):
        headers = f"Content-Transfer-Encoding: {coding}\nContent-Type: text/plain; charset=utf-8"
        raw = filled(f"{headers}\n\nGr=C3=BC {{{{name}}}}=3D\n".encode(), name="Ann")
        assert raw == f"{headers}\n\nGr=C3=BC Ann=3D\n".encode()
    raw = filled(b"Content-Transfer-Encoding: base64 \n\nSGkge3tuYW1lfX0=\n", name="Ann")
    assert raw == b"Content-Transfer-Encoding: base64 \n\nSGkgQW5u\n"


OF_HEADERS_ALONE = [
    'Content-Type: message/external-body; access-type=URL; URL="http://x/"\n\nContent-Type: image/png',
    "Content-Type: message/rfc822\n\nSubject: inner\nContent-Type: text/html",
    "Content-Type: message/delivery-status\n\nA: {{name}}\n\nC: d\nContent-Type: text/html",
    "Content-Type: application/pdf\nContent-Transfer-Encoding: base64",
    "Content-Type: message/global\n\nSubject: {{name}}\n\nx {{name}}",
    "Content-Type: message/feedback-report\n\n{{name}}",
    "Content-Type: multipart/digest; boundary=c\n\n--c\n\nSubject: {{name}}\n\n{{name}}\n--c--",
    "Content-Type: multipart/mixed; boundary=c\n\n--c\n--c--\n",
    "Content-Type: multipart/mixed; boundary=c\n\n--c",
    "Content-Type: multipart/mixed\n\n{{name}}",
]


@pytest.mark.parametrize("line", ["\n", "\r\n"])
@pytest.mark.parametrize("part", OF_HEADERS_ALONE)
def test_a_part_that_is_not_filled_stays_as_it_is(part, line):
    before = f"Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n{part}\n--b\n"
    headers, text = "Content-Disposition: inline\n", "Hi {{name}}"
    data = f"{before}{headers}\n{text}\n--b--\n".replace("\n", line).encode()
    assert filled(data, name="Ann") == data.replace(b"Hi {{name}}", b"Hi Ann")
    raw = filled(data, name="Zo\u00eb")
    assert raw.startswith(before.replace("\n", line).encode())
    *_, last = email.message_from_bytes(raw).walk()
    assert last.get_payload(decode=True).decode(last.get_content_charset()) == "Hi Zo\u00eb"


@pytest.mark.parametrize("around", ["Hi {{name}}", "Hi {{name}}, your reader knows no MIME", "Dear\n\nHi {{name}}"])
def test_what_stands_around_the_parts_is_no_text(around):
    headers = "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n"
    data = f"{headers}{around}\n--b\nContent-Type: text/plain\n\nHi {{{{name}}}}\n--b--\n{around}\n".encode()
    raw = filled(data, name="Zo\u00eb\n--b")
    assert raw.startswith(f"{headers}{around}\n--b\n".encode())
    assert raw.endswith(f"\n--b--\n{around}\n".encode())
    (part,) = email.message_from_bytes(raw).get_payload()
    assert part.get_payload(decode=True).decode() == "Hi Zo\u00eb\n--b"


@pytest.mark.parametrize("coding", ["7bit", "quoted-printable"])
@pytest.mark.parametrize("value", ["a\n--b\nContent-Type: application/pdf\n\nx", "--b--", "a\r\n--b--\r\nx", "ä\n--b"])
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_a_value_ends_no_part(coding, value, line):
    part = f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {coding}\n\n{{{{text}}}}\n"
    data = f"Content-Type: multipart/mixed; boundary=b\nMIME-Version: 1.0\n\n--b\n{part}--b\n{part}--b--\n"
    raw = filled(data.replace("\n", line).encode(), text=value)
    assert raw.count(b"\n") == raw.count(line.encode())
    parts = [*email.message_from_bytes(raw, policy=email.policy.default).iter_parts()]
    texts = [each.get_content().replace("\r\n", "\n").rstrip("\n") for each in parts]
    assert texts == [value.replace("\r\n", "\n")] * 2


@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_no_line_of_a_text_is_longer_than_a_mail_may_have(line):
    data = f"Subject: Hi{line}{line}Dear {{{{text}}}}{line}".encode()
    assert filled(data, text="x" * 993) == data.replace(b"{{text}}", b"x" * 993)
    raw = filled(data, text="x" * 994)
    assert max(map(len, raw.splitlines())) <= 78
    assert email.message_from_bytes(raw, policy=email.policy.default).get_content().rstrip() == "Dear " + "x" * 994


@pytest.mark.parametrize("coding", ["7bit", "quoted-printable"])
@pytest.mark.parametrize("value", ["a\nb", "a\r\nb", "a\rb", "ä\nb"])
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_lines_end_as_those_of_the_message(coding, value, line):
    data = f"Subject: Hi\nContent-Transfer-Encoding: {coding}\n\n1\n{{{{text}}}}\n2\n".replace("\n", line).encode()
    raw = filled(data, text=value)
    assert raw.count(b"\n") == raw.count(line.encode()) >= 6
    assert raw.count(b"\r") == raw.count(line.encode()) * (line == "\r\n")


def test_a_message_that_is_attached_stays_as_it_is():
    inner = with_umlauts()
    inner["To"] = "{{nobody}} <a@example.com>"
    message = Written()
    message["Subject"] = "For {{name}}"
    message.set_content("Dear {{name}}")
    message.add_attachment(inner)
    message.add_attachment("{{name}}", filename="a.txt")
    before = RawEmail(data=message).data
    expected = before.replace(b"For {{name}}", b"For Ann").replace(b"Dear {{name}}", b"Dear Ann")
    assert filled(message, name="Ann") == expected
    alone = MIMEMultipart()
    alone["Subject"] = "{{name}}"
    alone.attach(MIMEMessage(inner))
    before = RawEmail(data=alone).data
    assert filled(alone, name="Ann") == before.replace(b"Subject: {{name}}", b"Subject: Ann", 1)


def test_a_line_break_in_a_text_is_none_in_a_header():
    data = b"{{#if name}}X-Name: {{name}}\nX-Other: b\n{{/if}}Subject: Hi\n\n{{text}}"
    assert filled(data, name="Ann", text="a\nb") == b"X-Name: Ann\nX-Other: b\nSubject: Hi\n\na\nb"


@pytest.mark.parametrize(
    "directory",
    [None, {user: [Endpoint(channel_type="EMAIL", address=f"{user}@example.com")] for user in ("u-1", "u-2")}],
)
def test_who_lacks_a_variable_is_not_sent_to(directory):
    message = message_of(with_umlauts())
    users = {
        "u-1": EndpointSendConfiguration(substitutions={"name": ["Ann"], "token": ["1"]}),
        "u-2": EndpointSendConfiguration(substitutions={"name": ["Bob"]}),
    }
    routes = {"EMAIL": SES(from_email_address="us@example.com")} if directory else None
    with LocalPinpoint() as local, local.client(directory=directory, routes=routes) as pinpoint:
        for user in () if directory else users:
            local.add_endpoint(user_id=user, channel_type="EMAIL", address=f"{user}@example.com")
        report = pinpoint.send(message, users)
        (delivery,) = local.deliveries()
    assert report.users["u-2"].outcome is Outcome.NOT_SENT
    assert "lacks 'token'" in str(report.users["u-2"].error)
    assert (delivery.title, delivery.body) == ("Grüße, Ann!", "Schöne Grüße, Ann: https://example.com/?a=1\n")
