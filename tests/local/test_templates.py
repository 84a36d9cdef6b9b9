"""Texts as the embedded service renders them, and what the client demands of the same texts."""

from __future__ import annotations

import base64
import datetime as dt
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_users import (
    BaiduMessage,
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    GCMMessage,
    Outcome,
    SMSMessage,
    ValidationError,
)
from pinpoint_users._rendering.filling import Filler
from pinpoint_users._shapes.placeholders import variable_names, with_stand_ins
from pinpoint_users.local import LocalPinpoint

VALUES = {"name": ["ann lee"], "list": ["a", "b"], "n": ["22"], "yes": ["true"], "none": [""], "html": ["<b>x</b>"]}


def rendered(local, send, text):
    local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
    send({"SMSMessage": {"Body": "=" + text}}, {"u": {"Substitutions": VALUES}})
    return local.deliveries()[0].body[1:]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a {{~name~}} b {{!~ note ~}} c", "aann leeb c"),
        ("\\{{name}} {{[name]}} {{list.[1]}} {{list.[7]}} {{{html}}} {{&html}}", "{{name}} ann lee b  <b>x</b> <b>x</b>"),
        ("{{#if none}}a{{else if name}}b{{else}}c{{/if}}{{^none}}d{{/none}}{{#unless name}}e{{/unless}}", "bd"),
        (
            "{{#each list as |it at|}}{{@index}}{{at}}{{it}}{{this}}{{.}} {{/each}}{{#each gone}}x{{else}}y{{/each}}",
            "00aaa 11bbb y",
        ),
        ("{{#with User}}{{UserId}}{{../name}}{{/with}}{{#each User}}{{@key}}={{this}}{{/each}}", "uann leeUserId=u"),
        ("{{#with User}}{{..}}{{/with}}.", "."),
        ("{{#name}}{{this}}{{/name}}{{#gone}}x{{/gone}}{{#if a}}", "{{#name}}{{this}}{{/name}}{{#gone}}x{{/gone}}{{#if a}}"),
        ("{{#list}}{{this}}{{/list}}{{#gone 1}}x{{/gone}}{{>part}}{{gone 1}}{{a b=}}", "ab{{a b=}}"),
        (
            "{{eq n 22}} {{eq n 1 yes='y' no='n'}} {{neq n 1}} {{gt n 3}} {{gte 'b' 'a'}} {{lt n 3}} {{lte n 22}}",
            "true n true true true false true",
        ),
        ("{{and name none}} {{or name none}} {{not none}} {{#or (eq n 1) (eq n 22)}}y{{/or}} {{eq n}}", "false true true y "),
        (
            (
                "{{abbreviate name 6}} {{abbreviate n 6}} {{capitalize name}} {{capitalizeFirst name}} "
                "{{upper name}} {{lower 'A'}}"
            ),
            "ann... 22 Ann Lee Ann lee ANN LEE a",
        ),
        (
            "{{center n size=4 pad='-'}} {{ljust n 3 pad='.'}} {{rjust n 3 pad='.'}} {{cut name}} {{cut name 'e'}}",
            "-22- 22. .22 annlee ann l",
        ),
        (
            "{{inflect 1 'a' 'b'}} {{inflect n 'a' 'b' includeCount=true}} {{join list '; ' prefix='('}} {{join n}}",
            "a 22 b (a; b 22",
        ),
        (
            "{{ordinalize n}} {{ordinalize 11}} {{replace name ' ' '_'}} {{slugify 'A  b!'}} {{stripTags html}}",
            "22nd 11th ann_lee a-b x",
        ),
        (
            "{{upper (replace name 'ann' \"l'an\")}} {{replace (upper name) 'E' (join list '')}} {{add (replace n '2' '1') 1}}",
            "L'AN LEE ANN Labab 12",
        ),
        ("{{substring name 4}} {{substring name 0 3}} {{yesno yes}} {{yesno 'false'}} {{yesno none}}", "lee ann yes no maybe"),
        (
            (
                "{{add 5 2.3}} {{ceiling 5.2}} {{floor 5.2}} {{divide 5 2.3}} {{modulo 7 2}} "
                "{{multiply 5 2.3}} "
                "{{round 19.21}} {{subtract 5 2.3}}"
            ),
            "7.3 6 5 2.17391304 1 11.5 19 2.7",
        ),
        (
            "{{encode64 'Hello World'}} {{decode64 'SGVsbG8='}} {{md5 'Hello World'}} {{divide 1 0}}",
            "SGVsbG8gV29ybGQ= Hello b10a8db164e0754105b7a99be72e3fe5 ",
        ),
        ("{{#if true}}{{else}}{{else}}{{/if}}", "{{#if true}}{{else}}{{else}}{{/if}}"),
    ],
)
def test_what_a_text_becomes(local, send, text, expected):
    assert rendered(local, send, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{!--" * 20_000, "{{!--" * 20_000),
        ("{{!-- a --}}" + "{{!--" * 20_000, "{{!--" * 20_000),
        ("{{~!-- a --~}} b{{!-- --}}c", "bc"),
        ("{{{{raw}}}}{{a}}{{{{/raw}}}}" + "\\{{{{a}}}}" * 10_000, "{{a}}" + "{{{{a}}}}" * 10_000),
        ("{{stripTags long}}", "<" * 100_000),
        ("\\" * 40_000 + "x{{none}}", "\\" * 40_000 + "x"),
    ],
)
def test_a_long_text_is_read_in_time(text, expected):
    began = time.process_time()
    assert Filler({"long": ["<" * 100_000]}, {}, {}).fill(text) == expected
    assert with_stand_ins(text, "x")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'2026-09-19'", "Sep 19, 2026"),
        ("'2026-09-19' 'full'", "Saturday, September 19, 2026"),
        ("'2026-09-19' outputFormat='long' tz=Europe/London", "September 19, 2026"),
        ("'2026-09-19T23:30:00+00:00' 'short'", "9/19/26"),
        ("'2026-09-19T23:30:00Z' 'M/d/yy h:mm a z' tz=Europe/Paris", "9/20/26 1:30 AM CEST"),
        ("'2026-01-02T13:05:09' \"yyyy.MM.dd G 'at' HH:mm:ss.SSS ''yy\"", "2026.01.02 AD at 13:05:09.000 '26"),
        ("'2026-01-02T13:05:09' 'EEE EEEE MMM LLLL D u k K Z X XX XXX a'", "Fri Friday Jan January 2 5 13 1 +0000 Z Z Z PM"),
        ("'2026-01-02T00:05:09-03:30' 'Z X XX XXX h k a'", "-0330 -03 -0330 -03:30 12 24 AM"),
        ("'09/19/2026' inputFormat='MM/dd/yyyy' outputFormat='yyyy-MM-dd z' tz=No/Where", "2026-09-19 UTC"),
        ("'19 sept. 26' inputFormat='d MMM' outputFormat='M-d'", "9-19"),
        (
            "'Sat, September 5, 26 8:07 PM' inputFormat='EEE, MMMM d, yy h:mm a' outputFormat='yyyy-MM-dd HH:mm'",
            "2026-09-05 20:07",
        ),
        ("'20260919120730+0130' inputFormat='yyyyMMddHHmmssZ' outputFormat='HH:mm' tz='UTC'", "10:37"),
        ("'2026-09-19 12:00 -05:00' inputFormat='yyyy-MM-dd HH:mm XXX' outputFormat='HHmm XX'", "1200 -0500"),
        ("'2026 12:00.5 GMT AD' inputFormat='yyyy h:mm.S z G' outputFormat='HH:mm:ss.SSS z'", "00:00:00.005 UTC"),
        ("n inputFormat='kk'", "Jan 1, 1970"),
        ("'1970' inputFormat='yyyy' outputFormat=''", ""),
        *[(f"'2026-09-19' \"y {letter}\"", "") for letter in ("w", "zzzz", "'open")],
        ("'2026' inputFormat='ww'", ""),
        ("'no date'", ""),
        ("'no date' inputFormat='yyyy'", ""),
        ("'2026-13-01' inputFormat='yyyy-MM-dd'", ""),
        ("gone", ""),
    ],
)
def test_a_date_is_formatted(local, send, text, expected):
    assert rendered(local, send, f"{{{{dateFormat {text}}}}}") == expected


@pytest.mark.parametrize("name", ["Europe", "../etc", "No/Where"])
def test_a_zone_that_is_not_known_is_utc(local, send, name):
    assert rendered(local, send, f"{{{{now 'z' tz='{name}'}}}}") == "UTC"


def test_now_in_a_form_and_a_zone(local, send):
    day, zone, named = rendered(local, send, "{{now 'yyyy-MM-dd'}} {{now 'XXX' tz=Asia/Kolkata}} {{now 'XXX' tz=name}}").split()
    assert abs(dt.date.fromisoformat(day) - dt.datetime.now(dt.timezone.utc).date()) <= dt.timedelta(days=1)
    assert (zone, named) == ("+05:30", "Z")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{#* inline 'a'}}{{name}}!{{/inline}}{{> a}}{{>a}}{{#if n}}{{> a}}{{/if}}", "ann lee!ann lee!ann lee!"),
        ('{{> later}}{{#*inline "later"}}x{{/inline}}{{> gone}}', "x"),
        ("{{#* inline word}}{{this}}{{n}}{{> word}}{{/inline}}{{> word name n=1}}", "ann lee1"),
        ("{{#> gone}}else{{/gone}}{{#* inline 'there'}}here{{/inline}}{{#> there}}else{{/there}}", "elsehere"),
        ("{{#* inline}}x{{/inline}}{{> (a)}}{{#* other 1}}x{{/other}}", "{{> (a)}}"),
    ],
)
def test_a_text_that_is_used_by_its_name(local, send, text, expected):
    assert rendered(local, send, text) == expected


def test_what_the_service_supplies(local, send):
    text = rendered(local, send, "{{uuid}} {{now}} {{sha256 'a'}} {{Address}}").split(" ")
    assert len(text[0]) == 36
    assert text[-1] == "+12065550100"
    assert len(text[-2]) == 64


def test_a_list_of_more_than_fifteen(local, send):
    local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
    send({"SMSMessage": {"Body": "{{#each l}}x{{/each}}", "Substitutions": {"l": ["a"] * 20}}})
    assert local.deliveries()[0].body == "x" * 15


def test_html_is_escaped_and_text_is_not(local, send):
    local.add_endpoint(user_id="u", channel_type="EMAIL", address="ann@example.com")
    simple = {"HtmlPart": {"Data": "{{x}} {{{x}}}"}, "TextPart": {"Data": "{{x}}"}, "Subject": {"Data": "{{x}}"}}
    send({"EmailMessage": {"SimpleEmail": simple, "Substitutions": {"x": ["&<>\"'`="]}}})
    (delivery,) = local.deliveries()
    assert delivery.html == "&amp;&lt;&gt;&quot;&#x27;&#x60;&#x3D; &<>\"'`="
    assert delivery.body == delivery.title == "&<>\"'`="


HTML = b"<p>\xc3\xa9\xff {{x}} {{{x}}}</p>"


@pytest.mark.parametrize(
    "mime",
    [
        b"Subject: {{x}}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + HTML,
        b"Subject: {{x}}\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n{{x}}\n"
        b"--b\nContent-Type: text/html; charset=utf-8\n\n" + HTML + b"\n--b--\n",
    ],
    ids=["html", "alternative"],
)
def test_the_html_of_raw_email_is_escaped_and_the_rest_is_not(local, send, mime):
    local.add_endpoint(user_id="u", channel_type="EMAIL", address="ann@example.com")
    raw = {"RawEmail": {"Data": base64.b64encode(mime).decode()}}
    send({"EmailMessage": {**raw, "Substitutions": {"x": ["<\u00e9&>"]}}})
    (delivery,) = local.deliveries()
    assert "&lt;\u00e9&amp;&gt; <\u00e9&></p>" in delivery.html
    assert delivery.title == "<\u00e9&>"
    data = base64.b64decode(delivery.message["RawEmail"]["Data"])
    assert data.startswith(b"Subject: =?utf-8?")
    *_, html = data.partition(b"text/html; charset=utf-8")
    *_, written = mime.partition(b"text/html; charset=utf-8")
    assert html.replace("&lt;\u00e9&amp;&gt;".encode(), b"{{x}}").replace("<\u00e9&>".encode(), b"{{{x}}}") == written


@pytest.mark.parametrize(
    ("channel", "message"),
    [
        ("SMS", {"SMSMessage": {}}),
        ("EMAIL", {"EmailMessage": {"FromAddress": "a@b.c"}}),
        ("VOICE", {"VoiceMessage": {"LanguageCode": "en-US"}}),
        ("GCM", {"GCMMessage": {"Sound": "ping", "SilentPush": False}}),
        ("APNS", {"DefaultPushNotificationMessage": {"Body": "{{nothing}}"}, "APNSMessage": {"Action": "OPEN_APP"}}),
    ],
)
def test_nothing_is_sent_without_content(local, send, channel, message):
    local.add_endpoint(user_id="u", channel_type=channel, address="someone@example.com")
    (result,) = send(message)["u"].values()
    assert (result["DeliveryStatus"], local.deliveries()) == ("PERMANENT_FAILURE", ())
    assert "no content" in result["StatusMessage"]


@pytest.mark.parametrize(
    "message", [{"SilentPush": True}, {"Data": {"k": "v"}}, {"RawContent": '{"data": {}}'}, {"ImageUrl": "https://a.b/c.png"}]
)
def test_what_an_app_or_its_user_gets_need_not_be_text(local, send, message):
    local.add_endpoint(user_id="u", channel_type="GCM", address="token")
    (result,) = send({"GCMMessage": message})["u"].values()
    assert result["DeliveryStatus"] == "SUCCESSFUL"


def test_a_badge_of_none_is_something(local, send):
    local.add_endpoint(user_id="u", channel_type="APNS", address="token")
    (result,) = send({"APNSMessage": {"Badge": 0}})["u"].values()
    assert result["DeliveryStatus"] == "SUCCESSFUL"


def test_a_badge_keeps_the_text_of_the_default_and_is_shown(local, send):
    local.add_endpoint(user_id="u", channel_type="APNS", address="token-1")
    send(
        {
            "DefaultPushNotificationMessage": {"Body": "Hi", "Url": "https://a.b"},
            "APNSMessage": {"Badge": 7, "Data": {"k": "v"}},
        }
    )
    (delivery,) = local.deliveries()
    assert (delivery.body, delivery.message["Badge"]) == ("Hi", 7)
    assert all(shown in repr(delivery) for shown in ("'Badge': 7", "https://a.b", "'k'"))


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/v1/apps/", 200, "Item"),
        ("/v1/recommenders", 501, "GetRecommenderConfigurations"),
        ("/v1/apps/a/settings/", 501, "SendUsersMessages"),
    ],
)
def test_slashes_and_what_is_not_here(raw, remote, path, status, words):
    raw.request("GET", path)
    answer = raw.getresponse()
    assert (answer.status, words in answer.read().decode()) == (status, True)


def test_a_refusal_over_http_has_no_python_in_it(raw, remote):
    body = {"MessageConfiguration": {"SMSMessage": {"Body": 1}}, "Users": {"u": {"Substitutions": {"a": "b"}}}}
    raw.request("POST", f"/v1/apps/{remote.application_id}/users-messages", json.dumps(body))
    text = json.loads(raw.getresponse().read())["Message"]
    assert "write" not in text
    assert "not int" not in text
    assert "Substitutions['a']" in text


def test_a_missing_variable_is_refused_or_empty():
    message = DirectMessageConfiguration(sms_message=SMSMessage(body="Hi {{name}}!"))
    with LocalPinpoint() as local, local.client() as client:
        local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
        refused = client.send(message, ["u"]).users["u"]
        assert refused.outcome is Outcome.NOT_SENT
        assert 'missing_variables="empty"' in str(refused.error)
        override = EndpointSendConfiguration(body_override="Ho {{name}}!")
        assert client.send(message, ["u"], missing_variables="empty").users["u"].outcome is Outcome.SUCCESSFUL
        assert [each.outcome for each in client.stream(message, [("u", override)], missing_variables="empty")] == [
            Outcome.SUCCESSFUL
        ]
        assert [delivery.body for delivery in local.deliveries()] == ["Hi !", "Ho !"]
        with pytest.raises(ValidationError, match="missing_variables"):
            client.send(message, ["u"], missing_variables="skip")
        with pytest.raises(ValidationError, match="not int"):
            client.send_users_messages(message, missing_variables=3)


def test_a_variable_of_one_channel_of_several_is_not_demanded():
    message = DirectMessageConfiguration(
        sms_message=SMSMessage(body="{{code}} {{both}}"),
        gcm_message=GCMMessage(raw_content='{"data": {"a": ["{{both}}", 1]}}'),
        baidu_message=BaiduMessage(body="{{both}} {{name}}"),
    )
    with LocalPinpoint() as local, local.client() as client:
        local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
        given_both = client.send(message, [("u", EndpointSendConfiguration(substitutions={"both": ["x"]}))])
        assert given_both.users["u"].outcome is Outcome.SUCCESSFUL
        error = str(client.send(message, ["u"]).users["u"].error)
    assert "'both'" in error
    assert "'code'" not in error


PIECES = st.sampled_from(
    [
        "{{",
        "}}",
        "{{{",
        "}}}",
        "#if ",
        "#each ",
        "/if",
        "/each",
        "else",
        "name",
        " a ",
        "~",
        "\\",
        "'",
        '"',
        "(",
        ")",
        "[",
        "]",
        ".",
        "|",
        "as |x|",
        "!",
        "!--",
        "--",
        "@index",
        "upper ",
        "=",
        "&",
        ">",
        "^",
        "../",
        "1",
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=40))
def test_any_text_renders_and_is_not_refused_with_all_its_names(text):
    text = "=" + text
    own = EndpointSendConfiguration(substitutions={name: ["v"] for name in variable_names(text)})
    with LocalPinpoint() as local, local.client() as client:
        local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
        report = client.send(DirectMessageConfiguration(sms_message=SMSMessage(body=text)), [("u", own)])
        assert report.users["u"].outcome is Outcome.SUCCESSFUL


@pytest.mark.parametrize("tag", ["{{name )}}", "{{upper a=b=c}}", "{{upper (lower 'A'}}", "{{upper []}}"])
def test_a_tag_that_cannot_be_read_is_text(local, send, tag):
    assert rendered(local, send, f"Hi {tag}") == f"Hi {tag}"
