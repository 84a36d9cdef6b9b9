"""Headers of raw e-mails with variables in them: what a value says makes nothing of them."""

from __future__ import annotations

import email
import email.policy
import operator
import re
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage as Written
from email.utils import getaddresses

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from raw_emails import filled, message_of, read

from pinpoint_users import (
    EndpointSendConfiguration,
    Outcome,
    ValidationError,
)
from pinpoint_users.local import LocalPinpoint


def test_headers_are_encoded_as_their_kind_has_it():
    data = (
        b'Subject: {{name}} =?utf-8?q?=?=\nTo: "{{name}}" <ann@example.com>\nX-Broken: =?klingon?b?e3s=?= {{name}}\n'
        b'X-Long: {{name}}\n {{name}}\nContent-Type: application/pdf; name="{{name}}.pdf"\n\nx'
    )
    found = email.message_from_bytes(filled(data, name="Jörg, Ä."), policy=email.policy.default)
    ((name, address),) = [(to.display_name, to.addr_spec) for to in found["To"].addresses]
    assert (name, address) == ("Jörg, Ä.", "ann@example.com")
    assert found["X-Long"] == "Jörg, Ä. Jörg, Ä."
    assert found["Content-Type"].params["name"] == "Jörg, Ä..pdf"


def by_the_standard_library(header):
    message = Written()
    message[header] = Address("{{name}}", addr_spec="us@example.com")
    message.set_content("x")
    return message


NAMED = {
    "standard library": by_the_standard_library,
    "quoted": lambda header: f'{header}: "{{{{name}}}}" <us@example.com>\n\nx'.encode(),
    "unquoted": lambda header: f"{header}: {{{{name}}}} <us@example.com>\n\nx".encode(),
    "encoded": lambda header: f"{header}: =?utf-8?q?=7B=7Bname=7D=7D?= <us@example.com>\n\nx".encode(),
}
NAMES = [
    "Ann",
    "Smith, John",
    'O"Neil',
    "a\\",
    'x" <eve@example.net>, "y',
    "x <eve@example.net>, y",
    "(x)",
    "Jörg, Ä.",
    "a;b:c",
]


@pytest.mark.parametrize("how", NAMED)
@pytest.mark.parametrize("header", ["From", "To", "Reply-To", "cc"])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_makes_no_address(how, header, name):
    (found,) = read(NAMED[how](header), name=name)[header].addresses
    assert (found.display_name, found.addr_spec) == (name, "us@example.com")


@pytest.mark.parametrize(
    "name", ["国立大学法人東京大学 情報理工学系研究科", "Fachhochschule für Öffentliche Verwaltung, Düsseldorf-Süd (Köln)"]
)
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_a_long_name_is_encoded(name, line):
    raw = filled(f'To: a@example.com,{line} "{{{{name}}}}" <us@example.com>{line}Subject: Hi{line}{line}x'.encode(), name=name)
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(line.encode())
    assert max(map(len, raw.splitlines())) <= 78
    found = email.message_from_bytes(raw)
    (other, ours) = getaddresses([found["To"]])
    assert other == ("", "a@example.com")
    assert (str(make_header(decode_header(ours[0]))), ours[1]) == (name, "us@example.com")
    assert found["Subject"] == "Hi"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("To: {{name}} <{{address}}>, {{other}}", '"Ann" <ann@example.com>, bob@example.com'),
        ("To: {{#if name}}{{name}}{{/if}} <a@example.com>", '"Ann" <a@example.com>'),
        ('To: {{#if name}}"{{name}}"{{/if}} <a@example.com>', '"Ann" <a@example.com>'),
        ("To: {{name}}", "Ann"),
        ("To: =?utf-8?q?Gr=C3=BC=C3=9Fe?= <b@example.com>, {{name}} <a@example.com>", None),
        ('{{#if name}}To: "{{name}}" <a@example.com>\n{{/if}}X-A: b', '"Ann" <a@example.com>'),
        ("To: a@example.com, {{name}}", "a@example.com, Ann"),
        ("To: Bob <{{address}}>", "Bob <ann@example.com>"),
        ('Subject: "{{name}}" says', '"Ann" says'),
        ("X-A: =?utf-8?q?{{name}", "=?utf-8?q?{{name}"),
    ],
)
def test_headers_that_hold_no_names_of_mailboxes_are_filled_as_they_stand(header, expected):
    raw = filled(f"{header}\n\nx".encode(), name="Ann", address="ann@example.com", other="bob@example.com").decode()
    found = raw.partition("\n")[0].partition(": ")[2]
    if expected is None:
        names = [name for name, _ in getaddresses([str(make_header(decode_header(found)))])]
        assert names == ["Grüße", "Ann"]
    else:
        assert found.replace('"', "") == expected.replace('"', "")


WORDS = [
    "=?utf-8?q?x=0D=0ABcc:_eve=40example.net?=",
    "=?utf-8?q?x=0D=0A=0D=0Abody?=",
    "=?utf-8?b?eA0KQmNjOiBldmVAZXhhbXBsZS5uZXQ=?=",
    "=?utf-8?q?x=0ABcc:_eve?=",
    "=?utf-8?q?eve?=",
    "=?UTF-8?Q?x=0D ?=",
    "=?klingon?q?eve?=",
    "=?",
    "?=",
]
SAID = [
    "{}",
    "{} ü",
    "ü {}",
    'a" {}',
    "Jörg {} ",
    "Jörg\t",
    "%7B%7Bx {}",
]
HEADERS = {
    "Subject: Hi {{name}}": "Hi {}",
    "Subject: {{name}}": "{}",
    "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe_{{name}}?=": "Grüße {}",
    "X-A: {{name}}\n {{name}}": "{0} {0}",
    "List-Id: {{name}} <us@example.com>": "{}",
    'To: "{{name}}" <us@example.com>': "{}",
    "To: =?utf-8?q?=C3=9C_=7B=7Bname=7D=7D?= <us@example.com>": "Ü {}",
    'Content-Disposition: attachment; filename="{{name}}.pdf"': "{}.pdf",
    "Content-Disposition: attachment; filename*=utf-8''%C3%9C%7B%7Bname%7D%7D.pdf": "Ü{}.pdf",
}
"""Each with what is read of it."""


def file_name(found):
    """As it is written; `get_filename` takes quotes away twice."""
    name = found.get_param("filename", header="Content-Disposition")
    return name if isinstance(name, str) else name[2].encode("raw-unicode-escape").decode(name[0])


def shown(found, header):
    """What the reader of a message sees of a header."""
    if header == "Content-Disposition":
        return file_name(found)
    text = re.sub(r"\r?\n(?=[ \t])", "", found[header])
    if header in {"To", "List-Id"}:
        ((text, address),) = getaddresses([text])
        assert address == "us@example.com"
    return str(make_header(decode_header(text)))


VALUES = st.one_of(
    st.builds(str.format, st.sampled_from(SAID), st.sampled_from(WORDS)),
    st.builds(operator.mul, st.sampled_from(["x", "ä", "x ", "a, ö ", '"']), st.sampled_from([1, 70, 200, 997, 3_000])),
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1).filter(str.isprintable),
    st.text(st.sampled_from("\"\\<>()[]:;,@=?*'% äx\ue000\uf8ff\U000f0041\U00100041\U0010fffd"), min_size=1),
    st.sampled_from(
        ["a, b <x@evil.com>", 'Ann" <x@evil.com>, "b', "Jörg, x <y@evil.com>", 'a.exe; x="', "Jörg; é", "100%41", "x@evil.com"]
    ),
)


def is_whole(raw, names, line):
    """The message with no other headers and no other body, in ASCII, with no line too long."""
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(line.encode())
    assert max(map(len, raw.splitlines())) <= 998
    found = email.message_from_bytes(raw)
    assert found.keys() == names
    assert found.get_payload() == f"hi{line}"
    return found


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("line", ["\n", "\r\n"])
@given(name=VALUES)
def test_a_value_in_a_header_is_read_as_it_is(header, line, name):
    data = f"From: a@example.com\n{header}\n\nhi\n".replace("\n", line).encode()
    kind = header.partition(":")[0]
    found = is_whole(filled(data, name=name), ["From", kind], line)
    assert shown(found, kind).split() == HEADERS[header].format(name).split()


G, H, T = "g@example.com", "h@example.com", "to@example.com"
LISTS = {
    f"To: {{{{name}}}} <{T}>": [(None, "{}", T)],
    f"To: {{{{#if name}}}}Dear {{{{name}}}}{{{{/if}}}} <{T}>": [(None, "Dear {}", T)],
    f'To: {{{{#if name}}}}"you"{{{{/if}}}} <{T}>, "{{{{name}}}}" <{G}>': [(None, "you", T), (None, "{}", G)],
    f'To: {{{{#if name}}}}"you, {{{{name}}}}"{{{{/if}}}} <{T}>': [(None, "you, {}", T)],
    f'Reply-To: "{{{{#if name}}}}A" <{T}>, "B{{{{/if}}}} {{{{name}}}}" <{G}>': [(None, "A", T), (None, "B {}", G)],
    f"Reply-To: {{{{name}}}} <{T}>,": [(None, "{}", T)],
    f"To: {{{{name}}}} <{T}>, undisclosed-recipients:;": [(None, "{}", T), ("undisclosed-recipients", "", "")],
    f'To: "{{{{name}}}}": {G}, {H};': [("{}", "", G), ("{}", "", H)],
    f"To: {{{{name}}}}: {G}, {H};": [("{}", "", G), ("{}", "", H)],
    f'To: "{{{{name}}}}": "J\u00f6 {{{{name}}}}" <{G}>;, {{{{name}}}} <{T}>': [("{}", "Jö {}", G), (None, "{}", T)],
    f"To: Team: {{{{name}}}} <{G}>, {H};": [("Team", "{}", G), ("Team", "", H)],
    f"Cc: =?utf-8?q?=C3=9C?= {{{{name}}}} <{T}>": [(None, "Ü {}", T)],
    f"Cc: =?utf-8?q?=C3=9C=2C?=\n =?utf-8?q?_=7B=7Bname=7D=7D?= <{T}>, Bob <{H}>": [(None, "Ü, {}", T), (None, "Bob", H)],
    f'Cc: "=?utf-8?q?=7B=7Bname=7D=7D?=" <{T}>': [(None, "{}", T)],
    f"Cc: Bob (the {{{{name}}}}) <{T}>": [(None, "Bob", T)],
    f"Cc: {{{{name}}}} (x) <{T}>": [(None, "{}", T)],
    f"Cc: {{{{name}}}} (an (old) x) <{T}>": [(None, "{}", T)],
    f"Cc: Bob (the (good) {{{{name}}}}) <{T}>, {{{{name}}}} <{G}>": [(None, "Bob", T), (None, "{}", G)],
    f"Cc: {T} ({{{{name}}}} =?utf-8?q?=C3=9C?=)": [(None, "", T)],
    f'Disposition-Notification-To: "{{{{name}}}}" <{T}>': [(None, "{}", T)],
    f"Errors-To: {{{{name}}}} <{T}>": [(None, "{}", T)],
    f"Resent-To: {', '.join(f'{{{{name}}}} <{T}>' for _ in range(20))}": [(None, "{}", T)] * 20,
}
"""Each with what is read of it: a group's name, a mailbox's, and its address."""


@pytest.mark.parametrize("header", LISTS)
@given(name=VALUES)
def test_a_value_among_addresses_makes_none(header, name):
    data = f'From: "Shop {{{{name}}}}" <a@example.com>\n{header}\n\nhi\n'.encode()
    kind = header.partition(":")[0]
    found = is_whole(filled(data, name=name), ["From", kind], "\n")
    texts = [re.sub(r"\n(?=[ \t])", "", found[each]) for each in ("From", kind)]
    groups = [group for text in texts for group in email.policy.default.header_factory("To", text).groups]
    expected = {}
    for number, (group, mailbox, address) in enumerate([(None, "Shop {}", "a@example.com"), *LISTS[header]]):
        key = number if group is None else f"{group.format(name)}"
        expected.setdefault(key, []).append((mailbox.format(name), address))
    read = [(group.display_name, [(each.display_name, each.addr_spec) for each in group.addresses]) for group in groups]
    said = [(key if isinstance(key, str) else None, [each for each in boxes if each[1]]) for key, boxes in expected.items()]
    assert alike(read) == alike(said)


def alike(groups):
    """Without blanks, which the standard library loses or adds between encoded words."""
    return [
        ("".join((name or "").split()), [("".join(box.split()), address) for box, address in boxes]) for name, boxes in groups
    ]


PARAMETERS = {
    "attachment; filename={{name}}": "{}",
    "attachment; filename={{name}}.pdf; size=3": "{}.pdf",
    'attachment; filename="{{name}}"; size=3': "{}",
    'attachment; filename={{#if name}}"{{name}}.pdf"{{/if}}': "{}.pdf",
    "attachment; filename*=utf-8''{{name}}.pdf": "{}.pdf",
    "attachment; filename*='en'%C3%BC%7B%7Bname%7D%7D.pdf": "ü{}.pdf",
    "attachment; filename*=iso-8859-1''%FC{{name}}.pdf": "ü{}.pdf",
    "attachment; filename*0*=utf-8''%C3%BC%7B%7Bna;\n filename*1*=me%7D%7D; filename*2=\".pdf\"": "ü{}.pdf",
    'attachment; filename*1*=%7D%7D.pdf; filename*0="{{name"': "{}.pdf",
    'attachment; filename="=?utf-8?b?e3tuYW1lfX0=?=.pdf"': "{}.pdf",
    'attachment; filename="=?utf-8?q?=C3=BC?={{name}}.pdf"': "ü{}.pdf",
    "attachment; filename==?utf-8?b?e3tuYW1lfX0=?=": "{}",
}
"""Each with the name that is read."""


@pytest.mark.parametrize("header", PARAMETERS)
@given(name=VALUES)
@example(name="x\\")
def test_a_value_among_parameters_makes_none(header, name):
    raw = filled(f"Content-Disposition: {header}\n\nhi\n".encode(), name=name)
    found = is_whole(raw, ["Content-Disposition"], "\n")
    assert "".join(file_name(found).split()) == "".join(PARAMETERS[header].format(name).split())
    (disposition, _), *others = found.get_params(header="Content-Disposition")
    assert disposition == "attachment"
    assert {name for name, _ in others} <= {"filename", "size"}
    assert len(others) == 1 + ("size" in header)


@pytest.mark.parametrize(
    ("header", "name", "expected"),
    [
        ('List-Id: "Shop, {{name}}" <shop.example.com>', "J\u00f6rg", "=?utf-8?b?U2hvcCwgSsO2cmc=?= <shop.example.com>"),
        ('List-Id: "{{name}}" <shop.example.com>', 'a" <x.example.net>, "b', r'"a\" <x.example.net>, \"b" <shop.example.com>'),
        ("List-Id: <{{name}}.example.com>", "sh\u00f6p", "<sh%C3%B6p.example.com>"),
        ("List-Id: {{name}}", "Ann", '"Ann"'),
        ("X-A: {{name}}\nList-Id: \u00a0", "Ann", "Ann\nList-Id: "),
        (
            "List-Unsubscribe: <https://example.com/?u={{name}}>",
            "a>, <mailto:b@c",
            "<https://example.com/?u=a%3E,%20%3Cmailto:b@c>",
        ),
        ("List-Unsubscribe: <https://example.com/?u={{name}}>", "J\u00f6 100%", "<https://example.com/?u=J%C3%B6%20100%>"),
        ("List-Unsubscribe: <{{name}}>", "https://a.example/%41?b=[c]&d#e", "<https://a.example/%41?b=[c]&d#e>"),
        ("List-Unsubscribe: {{name}}", "<https://a.example>, <mailto:a@b>", "<https://a.example>, <mailto:a@b>"),
        (
            "List-Unsubscribe: <https://a/{{name}}>, <mailto:{{name}}>",
            "x" * 600,
            f"<https://a/{'x' * 600}>,\n <mailto:{'x' * 600}>",
        ),
        ("References: <a@b>\n <{{name}}@c>", "\u00fc> <d@e", "<a@b>\n <%C3%BC%3E%20%3Cd@e@c>"),
        ("Mail-Followup-To: {{name}} <a@example.com>", "b@example.com,", '"b@example.com," <a@example.com>'),
        ("Subject: =?utf-8*en?q?Hi_{{name}}?=", "J\u00f6rg", "=?utf-8?b?SGkgSsO2cmc=?="),
        ('Content-Type: text/plain; name="{{name}}" (a (b)); x=1', "Ann", 'text/plain; name="Ann"; x=1'),
        ("Cc: {{name}}", "a@[192.0.2.1]", "a@[192.0.2.1]"),
        ("Cc: Bob <{{name}}>", "!#$%&*/=?^`{|}~@example.com", '"Bob" <!#$%&*/=?^`{|}~@example.com>'),
        ("Cc: {{name}}", "Ann (Shop) <a@example.com>", '"Ann (Shop)" <a@example.com>'),
        ("Cc: {{name}}", '"Ann, Shop" <a@example.com>', '"Ann, Shop" <a@example.com>'),
        ("Cc: <{{name}}>", "a@b\u00fccher.example\u00a0", "<a@xn--bcher-kva.example>"),
        ("Cc: b@example.com, {{name}}", "a@b\u00fccher.example", "b@example.com, a@xn--bcher-kva.example"),
        ("Cc: {{name}} <b@xn--.\u00fc>", "Ann", '"Ann" <b@xn--.\u00fc>'),
        ("Cc: {{name}} [x] <a@example.com>", "", '"[x]" <a@example.com>'),
        ("Cc: {{name}} (x): a@example.com;", "", '"" (x): a@example.com;'),
        ("Cc: {{name}}", "", ""),
        ('Content-Type: text/plain; name="{{name}}"', "", 'text/plain; name=""'),
        ("Subject: Hi {{name}}!", "", "Hi !"),
        ("Cc: {{name}} <\u00fc@example.com>", "Ann", '"Ann" <\u00fc@example.com>'),
    ],
)
def test_what_is_in_angle_brackets_is_within_them(header, name, expected):
    raw = filled(f"{header}\n\nhi\n".encode(), name=name)
    assert raw.decode() == f"{header.partition(':')[0]}: {expected}\n\nhi\n"


@pytest.mark.parametrize(
    "text", ["Bonjour\u00a0!", "\u65e5\u672c\u3000\u69d8", "\u200fx", "\U0001f468\u200d\U0001f469", "\uf8ff"]
)
def test_words_that_are_encoded_for_a_letter_that_is_not_seen_are_filled_too(text):
    message = Written()
    message["Subject"] = f"{{{{name}}}} {text} {{{{name}}}}"
    message["To"] = Address(f"{text} {{{{name}}}}", "ann", "example.com")
    message["X-A"] = text
    message.set_content("Hi\n")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename=f"{text}{{{{name}}}}")
    raw = filled(message, name="J\u00f6rg").replace(b"X-A: ", b"X-A: =?utf-8?q?a?= ")
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert found["Subject"] == f"J\u00f6rg {text} J\u00f6rg"
    assert found["To"].addresses[0].display_name == f"{text} J\u00f6rg"
    assert next(found.iter_attachments()).get_filename() == f"{text}J\u00f6rg"


def test_a_blank_before_a_colon_ends_no_headers():
    raw = filled(b"To : {{name}} <a@example.com>\nContent-Type : text/html\n\n{{name}}\n", name="\u00fc <b@example.com>,")
    assert raw.startswith(b"To: =?utf-8?b?w7wgPGJAZXhhbXBsZS5jb20+LA==?= <a@example.com>\n")
    assert b"=C3=BC &lt;b@example.com&gt;,\n" in raw
    assert filled(b"X-A : b\n\n{{name}}\n", name="a\nb") == b"X-A : b\n\na\nb\n"


@pytest.mark.parametrize(
    ("header", "name", "problem"),
    [
        *(
            ("Cc: {{name}}", name, "has more or less than one address")
            for name in ("a@b c", "x(y)@b.c", "b:a@b.c", "a@b.c (", "<a>")
        ),
        ("Cc: Bob <{{name}}>", "\u00fc@example.com", "has an address with other than plain letters in ASCII before the @"),
        (
            "Cc: Bob <{{name}}>",
            "x" * 901 + "@example.com",
            "has an address with other than plain letters in ASCII before the @",
        ),
        ("Cc: Bob <{{name}}>", "", "has more or less than one address"),
        ("Cc: Bob <a@{{name}}>", "", "has more or less than one address"),
        ('Cc: "{{name}}"@example.com', "=?utf-8?q?a?=", "has an address with other than plain letters in ASCII before the @"),
        ("Content-Type: text/{{name}}", "x" * 1_000, "has a variable among addresses or parameters that can't be read"),
        ("Cc: Bob <{{name}}>", "a@\u2488.example", "has a domain that IDNA 2008 doesn't allow"),
    ],
)
def test_what_is_no_address_is_not_made_one(header, name, problem):
    with pytest.raises(ValidationError, match=rf"raw_email\.data: has a header that {problem}"):
        filled(f"{header}\n\nhi\n".encode(), name=name)


@pytest.mark.parametrize(
    "plain", ['filename="{{name}}.pdf"', 'filename="Zu {{name}}.pdf"', 'filename="=?utf-8?q?=7B=7Bname=7D=7D=2Epdf?="']
)
@pytest.mark.parametrize("name", ["Ann", "Zo\u00eb", 'a"; b'])
def test_a_file_name_that_is_there_twice_is_read_once(plain, name):
    data = f"Content-Disposition: attachment; {plain}; filename*=utf-8''{{{{name}}}}.pdf\n\nhi\n".encode()
    assert file_name(email.message_from_bytes(filled(data, name=name))) == f"{name}.pdf"


def test_parameters_without_end_are_in_several_lines():
    data = ("Content-Disposition: attachment" + ";\n a={{name}}" * 60 + "\n\nhi\n").encode()
    raw = is_whole(filled(data, name="x" * 30), ["Content-Disposition"], "\n")
    assert raw["Content-Disposition"].count('="' + "x" * 30) == 60


def test_a_group_has_a_name_where_a_value_is_empty():
    raw = filled(b"To: {{name}} (x): a@example.com;\n\nhi\n", name="\u2028")
    (group,) = email.policy.default.header_factory("To", email.message_from_bytes(raw)["To"]).groups
    assert [each.addr_spec for each in group.addresses] == ["a@example.com"]


def test_a_header_that_begins_on_its_second_line_says_no_more():
    raw = filled(b"Subject:\n {{name}}\n\nhi\n", name="J\u00f6rg")
    assert shown(email.message_from_bytes(raw), "Subject") == "J\u00f6rg"


@pytest.mark.parametrize(
    "header",
    [
        "To: {{name}}@example.com",
        "To: Ann <{{name}}>",
        "To: {{name}}",
        "To: {{name}} [x], b@example.com",
        "To: Ann <a@example.com> {{name}}",
        'To: {{name}} " <a@example.com>',
        "To: <a@example.com> {{name}} <b@example.com>",
        "Content-Type: text/{{name}}",
        "Content-Type: text/plain; {{name}}",
        "Content-Type: text/plain; {{name}}=x",
        "Content-Type: text/plain; name*=klingon''%C3{{name}}",
    ],
)
def test_what_would_be_more_than_one_is_refused(header):
    with pytest.raises(
        ValidationError, match=r"raw_email\.data: has a header that has (more or less than one address|a variable among)"
    ):
        filled(f"{header}\n\nx".encode(), name="x@evil.com>, y; z")


@pytest.mark.parametrize(
    ("header", "name", "expected"),
    [
        ("To: {{name}}@example.com", "ann", "To: ann@example.com"),
        ("To: Ann <{{name}}>", "ann@example.com", 'To: "Ann" <ann@example.com>'),
        ("To: {{name}}", "Ann <ann@example.com>", 'To: "Ann" <ann@example.com>'),
        ("To: {{name}}", "<ann@example.com>", "To: <ann@example.com>"),
        # As the standard library's older classes fold it.
        (
            "To: {{name}} <a@example.com> =?utf-8?q?=2C?= b@example.com",
            "Ann",
            'To: "Ann" <a@example.com> =?utf-8?q?=2C?= b@example.com',
        ),
        ("To: {{name}}", "Jörg", "To: =?utf-8?b?SsO2cmc=?="),
        ('To: "{{name}}"@example.com', "a b", 'To: "a b"@example.com'),
        ("To: <{{name}}>", "ann@example.com", "To: <ann@example.com>"),
        ("Content-Type: text/{{name}}", "plain", "Content-Type: text/plain"),
        ("Content-Type: text/plain; name=x; y={{name}}", "z", 'Content-Type: text/plain; name=x; y="z"'),
        # What the template has itself stays as it can be read.
        ("X-A: {{name}}\nTo: Gr\u00fcn [x]", "a", "X-A: a\nTo: Grün [x]"),
        ("X-A: {{name}}\nTo: <t@b\u00fccher.example>", "a", "X-A: a\nTo: <t@xn--bcher-kva.example>"),
        ("X-A: {{name}}\nContent-Type: x; gr\u00fcn", "a", "X-A: a\nContent-Type: x; grün"),
        ("X-A: {{name}}\nContent-Type: x; y*=klingon''%41\u00fc", "a", "X-A: a\nContent-Type: x; y*=klingon''%41ü"),
        ("X-A: =?klingon?q?x?= {{name}}", "a", "X-A: =?utf-8?b?PT9rbGluZ29uP3E/eD89IGE=?="),
        ("X-A: =?utf-8?q?=0A?= {{name}}", "a", "X-A: =?utf-8?b?PT91dGYtOD9xPz0wQT89IGE=?="),
        ("Content-Type: x; y*=utf-8''%0A%7B%7Bname%0A%7D%7D", "a", "Content-Type: x; y*=utf-8''%0A%7B%7Bname%0A%7D%7D"),
    ],
)
def test_what_is_one_is_written(header, name, expected):
    raw = filled(f"{header}\n\nx".encode(), name=name).decode()
    assert raw.rpartition("\n\n")[0] == expected


@pytest.mark.parametrize("header", [b"To: \xff <a@example.com>", b"Content-Type: x; y=\xff"])
def test_bytes_that_are_no_text_stay_in_lists_too(header):
    assert filled(header + b"\nX-A: {{name}}\n\nx", name="a") == header + b"\nX-A: a\n\nx"
    with pytest.raises(ValidationError, match="has a variable among addresses or parameters that can't be read"):
        filled(header.replace(b"\xff", b"\xff{{name}}") + b"\n\nx", name="a")


def test_an_encoded_word_makes_no_address():
    with pytest.raises(ValidationError, match="more or less than one address"):
        filled(b"To: <{{name}}>\n\nx", name="=?utf-8?q?x=0D=0ABcc:_eve?=@example.com")


def test_the_embedded_pinpoint_refuses_nothing():
    message = message_of(b"Subject: {{name}}\nTo: {{name}}\nX-A: b\n\nhi\n")
    with LocalPinpoint() as local, local.client() as pinpoint:
        local.add_endpoint(user_id="u-1", channel_type="EMAIL", address="ann@example.com")
        users = {"u-1": EndpointSendConfiguration(substitutions={"name": ["a\nb, c"]})}
        assert pinpoint.send(message, users).users["u-1"].outcome is Outcome.SUCCESSFUL
        (delivery,) = local.deliveries()
    assert delivery.title == "a\nb, c"


@pytest.mark.parametrize("letter", ["\0", "\v", "\f", "\x1c", "\x1e", "\x85", "\u2028", "\u2029", "\u202e", "\x7f"])
def test_letters_that_end_a_line_elsewhere_are_read_as_they_are(letter):
    raw = filled(b"Subject: a {{name}}\nTo: {{name}} <a@example.com>\n\nhi\n", name=f"x{letter}y ü")
    found = is_whole(raw, ["Subject", "To"], "\n")
    assert shown(found, "Subject") == f"a x{letter}y ü"
    assert str(make_header(decode_header(found["To"].partition(" <")[0]))) == f"x{letter}y ü"


def test_what_stands_beside_a_name_stays():
    data = b'To: a@example.com, "{{name}}" <us@example.com>\nContent-Disposition: attachment; x="y"; filename="{{name}}"\n\nx'
    found = email.message_from_bytes(filled(data, name="=?utf-8?q?x?="))
    assert found["To"].replace("\n ", " ") == "a@example.com, =?utf-8?b?PT91dGYtOD9xP3g/PQ==?= <us@example.com>"
    assert dict(found.get_params(header="Content-Disposition"))["x"] == "y"
    assert found.get_filename() == "=?utf-8?q?x?="


def test_a_file_name_makes_no_parameter():
    header = 'Content-Disposition: attachment; filename="bill-{{number}}.pdf"'
    assert read(f"{header}\n\nx".encode(), number='1"; x="2').get_filename() == 'bill-1"; x="2.pdf'


@pytest.mark.parametrize("value", ["a\nBcc: eve@example.com", "a\rb", "a\r\n b"])
@pytest.mark.parametrize(
    "data",
    [
        b"Subject: {{name}}\n\nHi",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nX-A: {{#if name}}{{name}}{{/if}}\n\nHi\n--b--\n",
    ],
)
def test_a_line_break_in_a_header_is_refused(data, value):
    with pytest.raises(ValidationError, match=r"raw_email\.data: has a header that has a line break once it is filled"):
        filled(data, name=value)
