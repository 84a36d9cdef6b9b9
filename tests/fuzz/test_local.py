"""Requests of any kind to the embedded Pinpoint: an answer of the service's, never a fault of its own, and it goes on."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import socket
import urllib.parse

import pytest
from fuzzing import CONFIGURATION, MESSAGE, REQUEST, TEMPLATES, fuzz

from pinpoint_users import RequestError
from pinpoint_users.local import LocalPinpoint
from pinpoint_users.local._operations import OPERATIONS

CHANNELS = ("SMS", "EMAIL", "VOICE", "GCM", "APNS", "ADM", "BAIDU", "PUSH", "CUSTOM")
ENDPOINT = {
    "Address": "ann@example.com",
    "Attributes": {"Plan": ["gold"]},
    "ChannelType": "EMAIL",
    "Demographic": {"Make": "Maker", "Locale": "nb_NO"},
    "EffectiveDate": "2026-01-01T00:00:00.000Z",
    "EndpointStatus": "ACTIVE",
    "Location": {"City": "Oslo", "Latitude": 59.9},
    "Metrics": {"Visits": 1.5},
    "OptOut": "NONE",
    "RequestId": "r",
    "User": {"UserId": "u-1", "UserAttributes": {"Name": ["Ann"]}},
}
HEADERS = (
    b"Subject: Hi {{name}}", b"Subject: =?utf-8?b?w6k=?= =?x-none?q?=ff?=", b"Subject: \xff\x00", b"Subject: a\r\n b",
    b"From: <@,,;:>", b"Content-Type: text/plain; charset=utf-8", b"Content-Type: text/html; charset=no-such",
    b"Content-Type: text/plain; charset*=x''%ff", b"Content-Type: multipart/alternative; boundary=b",
    b"Content-Type: multipart/mixed", b"Content-Type: message/rfc822", b"Content-Type: ;",
    b"Content-Type: message/external-body", b"Content-Type: multipart/related; boundary=b; start=x",
    b"Content-Type: text/plain; charset=idna", b"Content-Transfer-Encoding: base64",
    b"Content-Transfer-Encoding: quoted-printable", b"Content-Transfer-Encoding: no-such",
    b"Content-Transfer-Encoding: x-uuencode", b"Content-Disposition: attachment; filename*=x", b"MIME-Version: 1.0",
    b": x", b"no header",
)  # fmt: skip
TEXTS = (
    b"Hi {{name}}",
    b"=ff=",
    b"\xff\xfe",
    b"QUJD",
    b"QUJ",
    b"begin 644 x\n#0V%T\n`\nend",
    b"--b\r\n",
    b"--b--\r\n",
    b"\r\n\r\n",
    b"",
)


BODIES = {
    "CreateApp": [{"Name": "mine", "tags": {"a": "b"}}],
    "UpdateEndpoint": [ENDPOINT],
    "UpdateEndpointsBatch": [{"Item": [{**ENDPOINT, "Id": "e-1"}, {**ENDPOINT, "Id": "e-2"}]}],
    **{
        f"{verb}{kind}Template": [
            {
                **content,
                "DefaultSubstitutions": '{"name": "you", "User": {"UserAttributes": {"Name": ["Ann"]}}}',
                "TemplateDescription": "mine",
                "tags": {"a": "b"},
            }
        ]
        for verb in ("Create", "Update")
        for kind, content in {
            "Email": {"Subject": "Hi {{name}}", "HtmlPart": "<b>{{name}}</b>", "Headers": [{"Name": "X-A", "Value": "b"}]},
            "Push": {
                "Default": {"Action": "URL", "Body": "Hi", "Sound": "ping", "Title": "{{name}}", "Url": "https://a.b"},
                "GCM": {"Body": "Hi", "RawContent": '{"data": {}}'},
            },
            "Sms": {"Body": "Hi {{#each list}}{{this}}{{/each}}"},
            "Voice": {"Body": "Hi", "LanguageCode": "en-US", "VoiceId": "Amy"},
        }.items()
    },
    "UpdateTemplateActiveVersion": [{"Version": "latest"}, {"Version": "1"}],
    "UpdateSmsChannel": [{"Enabled": False, "SenderId": "US"}],
    "UpdateEmailChannel": [{"FromAddress": "a@b.c", "Identity": "arn", "Enabled": True}],
    "UpdateGcmChannel": [{"ServiceJson": "{}", "DefaultAuthenticationMethod": "TOKEN", "Enabled": True}],
    "UpdateApnsChannel": [{"TokenKey": "k", "TokenKeyId": "i", "TeamId": "t", "BundleId": "b", "Enabled": True}],
    "PutEvents": [
        {
            "BatchItem": {
                "e-1": {
                    "Endpoint": ENDPOINT,
                    "Events": {"1": {"EventType": "x", "Timestamp": "2026-01-01T00:00:00Z", "Metrics": {"a": 1.5}}},
                }
            }
        }
    ],
    "PhoneNumberValidate": [{"PhoneNumber": "+12065550100", "IsoCountryCode": "US"}],
    "SendOTPMessage": [
        {
            "AllowedAttempts": 3,
            "BrandName": "Brand",
            "Channel": "SMS",
            "CodeLength": 6,
            "DestinationIdentity": "+12065550100",
            "OriginationIdentity": "+12065550199",
            "ReferenceId": "r",
            "ValidityPeriod": 15,
        }
    ],
    "VerifyOTPMessage": [{"DestinationIdentity": "+12065550100", "Otp": "123456", "ReferenceId": "r"}],
    "SendUsersMessages": [
        {**REQUEST, "TemplateConfiguration": {}},
        {**REQUEST, "TemplateConfiguration": TEMPLATES},
    ],
    "SendMessages": [
        {
            "MessageConfiguration": MESSAGE,
            "Addresses": {"+12065550100": {**CONFIGURATION, "ChannelType": "SMS"}, "x": {"ChannelType": "EMAIL"}},
            "Endpoints": {"e-SMS": CONFIGURATION, "e-EMAIL": {}, "e-GCM": {}, "nobody": {}},
            "Context": {"a": "b"},
            "TraceId": "t",
        },
    ],
    "SendEmail": [
        {
            "FromEmailAddress": "Us <us@example.com>",
            "Destination": {"ToAddresses": ["ann@example.com"], "CcAddresses": ["Bob <bob@example.com>"]},
            "ReplyToAddresses": ["no-reply@example.com"],
            "Content": {
                "Simple": {
                    "Subject": {"Data": "Hi", "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": "Hi"}, "Html": {"Data": "<b>Hi</b>"}},
                    "Headers": [{"Name": "X-Mine", "Value": "1"}],
                    "Attachments": [{"RawContent": "QUJD", "FileName": "a.txt"}],
                }
            },
            "EmailTags": [{"Name": "why", "Value": "login"}],
        },
        {
            "Content": {"Raw": {"Data": base64.b64encode(b"From: us@example.com\r\nTo: ann@example.com\r\n\r\nHi").decode()}},
        },
    ],
    "SendBulkEmail": [
        {
            "FromEmailAddress": "us@example.com",
            "DefaultContent": {
                "Template": {
                    "TemplateContent": {"Subject": "Hi {{name}}", "Text": "Hi", "Html": "<b>{{name}}</b>"},
                    "TemplateData": '{"name": "you", "more": {"a": 1}}',
                    "Headers": [{"Name": "X-Mine", "Value": "{{name}}"}],
                }
            },
            "BulkEmailEntries": [
                {
                    "Destination": {"ToAddresses": ["ann@example.com"]},
                    "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": '{"name": "Ann"}'}},
                    "ReplacementHeaders": [{"Name": "x-mine", "Value": "2"}],
                    "ReplacementTags": [{"Name": "why", "Value": "login"}],
                }
            ],
        }
    ],
    "SendTextMessage": [
        {
            "DestinationPhoneNumber": "+12065550100",
            "MessageBody": "Hi",
            "MessageType": "TRANSACTIONAL",
            "TimeToLive": 60,
            "Context": {"why": "login"},
        }
    ],
    "SendVoiceMessage": [
        {"DestinationPhoneNumber": "+12065550100", "OriginationIdentity": "+12065550199", "MessageBody": "Hi", "VoiceId": "AMY"}
    ],
}
"""Valid bodies, for the operations that have one."""
SENDS = ("SendUsersMessages", "SendMessages", "SendEmail", "SendBulkEmail", "SendTextMessage", "SendVoiceMessage")


@pytest.fixture
def local():
    with LocalPinpoint() as local:
        for channel in CHANNELS:
            local.add_endpoint(
                user_id="u-1",
                channel_type=channel,
                address=f"to-{channel}",
                endpoint_id=f"e-{channel}",
                user_attributes={"Name": ["Ann"]},
            )
        yield local


def raw_email(fuzzer):
    """A body with a MIME message of headers and texts that don't fit together."""
    lines = []
    for _ in range(fuzzer.rng.choice((1, 1, 2, 3))):
        lines += [*fuzzer.rng.sample(HEADERS, fuzzer.rng.randrange(1, 6)), b""]
        lines += fuzzer.rng.sample(TEXTS, fuzzer.rng.randrange(4))
    data = base64.b64encode(b"\r\n".join(lines)).decode()
    users = {"u-1": {"Substitutions": {"name": [fuzzer.string()]}}}
    return {"MessageConfiguration": {"EmailMessage": {"RawEmail": {"Data": data}}}, "Users": users}


def body_of(fuzzer, operation):
    """The bytes of a body that is mostly right."""
    if operation == "SendEmail" and fuzzer.rng.random() < 0.25:
        raw = raw_email(fuzzer)["MessageConfiguration"]["EmailMessage"]["RawEmail"]
        return json.dumps({"FromEmailAddress": "us@example.com", "Content": {"Raw": raw}}).encode()
    if operation == "SendUsersMessages" and fuzzer.rng.random() < 0.25:
        return json.dumps(raw_email(fuzzer)).encode()
    valid = fuzzer.rng.choice(BODIES.get(operation, [{}]))
    kind = fuzzer.rng.random()
    if kind < 0.1:
        return fuzzer.any_bytes()
    made = valid if kind < 0.3 else fuzzer.mutated(valid, json_only=True)
    try:
        written = json.dumps(made, ensure_ascii=fuzzer.rng.random() < 0.9).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):  # what Python can't write
        written = b'{"MessageConfiguration": ' + b"[" * 3_000
    return written if 0.3 < kind < 0.8 else fuzzer.mutated_bytes(written)


def test_the_bodies_to_start_from_are_right(local):
    for operation in SENDS:
        for body in BODIES[operation][:1]:
            local.transport.post(operation, local.application_id, json.dumps(body).encode())
    assert {delivery.channel_type for delivery in local.deliveries()} == set(CHANNELS) - {"CUSTOM"}


def test_requests_in_process(local):
    def check(fuzzer):
        operation = fuzzer.rng.choice(SENDS)
        application_id = local.application_id if fuzzer.rng.random() < 0.95 else fuzzer.string()
        try:
            answer = local.transport.post(operation, application_id, body_of(fuzzer, operation))
            assert isinstance(json.loads(answer) if isinstance(answer, bytes) else answer, dict)
        except RequestError as error:
            if error.status_code >= 500:
                raise

    fuzz("requests in process", 900, check)
    assert all(delivery.user_id in {"u-1", None} for delivery in local.deliveries())


def test_operations(local):
    def check(fuzzer):
        operation = fuzzer.rng.choice(sorted(OPERATIONS))
        parameters = {
            "application-id": local.application_id if fuzzer.rng.random() < 0.9 else fuzzer.string(),
            "endpoint-id": fuzzer.rng.choice(("e-SMS", "e-1", fuzzer.string())),
            "template-name": fuzzer.rng.choice(("t-1", fuzzer.string())),
            "template-type": fuzzer.rng.choice(("SMS", fuzzer.string())),
            "user-id": fuzzer.rng.choice(("u-1", fuzzer.string())),
        }
        if fuzzer.rng.random() < 0.5:
            parameters |= {"version": fuzzer.rng.choice(("1", fuzzer.string())), "create-new-version": fuzzer.string()}
            parameters |= {"page-size": fuzzer.string(), "token": fuzzer.rng.choice(("0", "1", fuzzer.string()))}
        reply = local._service.call(operation, parameters, body_of(fuzzer, operation), None)
        assert reply.status < 500
        json.loads(reply.body)

    fuzz("operations", 900, check)


# --- over a socket


def request_of(fuzzer):
    """The bytes of an HTTP request that is mostly right."""
    operation = fuzzer.rng.choice(sorted(OPERATIONS))
    place = OPERATIONS[operation].place
    path = place.path
    for parameter in ("application-id", "endpoint-id", "template-name", "template-type", "user-id"):
        value = "local-application" if parameter == "application-id" else fuzzer.string()
        path = path.replace(f"{{{parameter}}}", urllib.parse.quote(value.encode("utf-8", "surrogatepass"), safe=""))
    query = f"?page-size={fuzzer.rng.choice(('1', '%ff', ''))}" if fuzzer.rng.random() < 0.2 else ""
    body = body_of(fuzzer, operation)
    method = place.method if fuzzer.rng.random() < 0.9 else fuzzer.rng.choice(("GET", "PATCH", "OPTIONS", "\0"))
    target = place.target
    headers = f"Host: localhost\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    headers += f"X-Amz-Target: {target}\r\n" if target else ""
    head = f"{method} {path}{query} HTTP/1.1\r\n{headers}\r\n"
    made = head.encode() + body
    return made if fuzzer.rng.random() < 0.4 else fuzzer.mutated_bytes(made)


def answer_to(port, request):
    """All that the server says to the bytes of a request, after which nothing follows."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))
    return b""


def test_requests_over_a_socket(local, caplog):
    caplog.set_level(logging.WARNING)
    with local.serve() as server:

        def check(fuzzer):
            answer = answer_to(server.port, request_of(fuzzer))
            statuses = [line.split()[1] for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
            assert not [status for status in statuses if status.startswith(b"5") and status != b"501"]

        fuzz("requests over a socket", 150, check)
        assert b" 200 OK" in answer_to(server.port, b"GET /v1/apps HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert {record.getMessage() for record in caplog.records} <= {"Invalid HTTP request received."}
