"""SES v2 by plain boto3: its account, what a test lets go wrong, and bytes that boto3 doesn't send."""

from __future__ import annotations

import json

import pytest
from botocore.loaders import Loader
from over_http import read_by, refused
from ses_requests import SIMPLE, bulk, entry, inline, mail, statuses, words

from pinpoint_users import BadRequestError, ThrottledError

STATUSES = Loader().load_service_model("sesv2", "service-2")["shapes"]["BulkEmailStatus"]["enum"]


# --- GetAccount


def test_the_account(ses, remote):
    assert ses.get_account()["SendQuota"] == {"Max24HourSend": -1.0, "MaxSendRate": 100_000.0, "SentLast24Hours": 0.0}
    remote.limit_rate(None, endpoints_per_second=14)
    assert statuses(ses, entry(), entry("bob@example.com")) == ["SUCCESS"] * 2
    account = ses.get_account()
    assert account["SendQuota"] == {"Max24HourSend": -1.0, "MaxSendRate": 14.0, "SentLast24Hours": 2.0}
    assert account["SendingEnabled"]
    assert account["ProductionAccessEnabled"]


# --- what a test lets go wrong


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "SUCCESS"])
def test_a_recipient_is_rejected(ses, remote, status):
    remote.reject(status, addresses=["ann@example.com"])
    results = ses.send_bulk_email(**bulk(entry(), entry("bob@example.com")))["BulkEmailEntryResults"]
    assert [result["Status"] for result in results] == [status, "SUCCESS"]
    assert results[0]["Error"]
    one = words(ses.send_email, **mail(Simple=SIMPLE))
    remote.clear_faults()
    remote.reject(status)
    assert words(ses.send_email, **mail(Simple=SIMPLE)) == words(ses.send_bulk_email, **bulk(entry())) == one
    assert len(remote.deliveries()) == 1


@pytest.mark.parametrize(
    ("status", "code", "name"),
    [
        ("MESSAGE_REJECTED", 400, "MessageRejected"),
        ("ACCOUNT_SUSPENDED", 400, "AccountSuspendedException"),
        ("ACCOUNT_SENDING_PAUSED", 400, "SendingPausedException"),
        ("MAIL_FROM_DOMAIN_NOT_VERIFIED", 400, "MailFromDomainNotVerifiedException"),
        ("CONFIGURATION_SET_NOT_FOUND", 404, "NotFoundException"),
        ("ACCOUNT_DAILY_QUOTA_EXCEEDED", 429, "TooManyRequestsException"),
    ],
)
def test_the_errors_have_the_names_of_the_model(ses, remote, status, code, name):
    remote.reject(status, times=1)
    with pytest.raises(getattr(ses.exceptions, name)) as caught:
        ses.send_email(**mail(Simple=SIMPLE))
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == code
    ses.send_email(**mail(Simple=SIMPLE))


def test_a_share_is_rejected_so_many_times(ses, remote):
    remote.reject("TRANSIENT_FAILURE", share=1.0, times=1, operation="SendBulkEmail")
    ses.send_email(**mail(Simple=SIMPLE))
    assert statuses(ses, entry(), entry("bob@example.com")) == ["TRANSIENT_FAILURE"] * 2
    assert statuses(ses, entry(), entry("bob@example.com")) == ["SUCCESS"] * 2


def test_throttled_recipients(ses, remote):
    remote.throttle(addresses=["ann@example.com"], times=2)
    assert statuses(ses, entry(), entry("bob@example.com")) == ["ACCOUNT_THROTTLED", "SUCCESS"]
    said = (429, "TooManyRequestsException", "Maximum sending rate exceeded.")
    assert words(ses.send_email, **mail(Simple=SIMPLE)) == said
    assert statuses(ses, entry()) == ["SUCCESS"]


def test_the_quota_of_recipients_and_of_requests(ses, remote):
    remote.limit_rate(None, endpoints_per_second=0.001)
    assert statuses(ses, entry(), entry("bob@example.com")) == ["SUCCESS", "ACCOUNT_THROTTLED"]
    remote.limit_rate(0.001)
    assert statuses(ses, entry()) == ["SUCCESS"]
    said = (429, "TooManyRequestsException", "Maximum sending rate exceeded.")
    assert words(ses.send_bulk_email, **bulk(entry())) == said
    assert remote.requests == {200: 2, 429: 1}


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequestException"),
        (403, "AccessDeniedException"),
        (404, "NotFoundException"),
        (429, "TooManyRequestsException"),
        (500, "InternalFailure"),
        (503, "ServiceUnavailable"),
    ],
)
def test_a_scripted_error(ses, remote, status, name):
    remote.fail_next(status, operation="SendEmail")
    ses.send_bulk_email(**bulk(entry()))
    assert refused(ses.send_email, **mail(Simple=SIMPLE)) == (status, name)
    remote.fail_next(status, accept=True)
    assert refused(ses.send_bulk_email, **bulk(entry())) == (status, name)
    assert len(remote.deliveries()) == 2


def test_the_account_meets_a_fault_by_its_name_only(ses, remote):
    remote.fail_next(429)
    assert ses.get_account()["SendQuota"]
    remote.fail_next(429, operation="GetAccount")
    assert refused(ses.get_account) == (429, "TooManyRequestsException")
    assert refused(ses.send_email, **mail(Simple=SIMPLE)) == (429, "TooManyRequestsException")


def test_an_altered_answer(ses, remote):
    remote.alter_next(lambda answer: {"BulkEmailEntryResults": answer["BulkEmailEntryResults"][:1]})
    assert statuses(ses, entry(), entry("bob@example.com")) == ["SUCCESS"]
    assert len(remote.deliveries()) == 2


# --- the parser of botocore


@pytest.mark.parametrize("fault", [None, "MESSAGE_REJECTED", "ACCOUNT_THROTTLED", "TEMPLATE_NOT_FOUND", "FAILED"])
def test_boto3_reads_all_of_an_answer(make_boto3, remote, fault):
    client = make_boto3(service="sesv2")
    answers = read_by(client)
    if fault is not None:
        remote.reject(fault)
        words(client.send_email, **mail(Simple=SIMPLE))
        words(client.send_bulk_email, **bulk(entry()))
    else:
        remote.reject("ACCOUNT_THROTTLED", addresses=["bob@example.com"])
        client.send_email(**mail(Simple=SIMPLE))
        client.send_bulk_email(**bulk(entry(), entry("bob@example.com")))
        client.get_account()
    assert len(answers) == (3 if fault is None else 2)
    for body, parsed in answers:
        error = parsed.pop("Error", {})
        assert body == (parsed or {"message": error.get("Message")})


# --- bytes that boto3 doesn't send


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"Content": {}, "FromEmailAddress": 1}',
        b'{"Content": {"Raw": {"Data": "QUJ"}}}',
        b'{"Content": {"Raw": {"Data": "\xc3\xa9"}}}',
        b'{"Content": {"Simple": {"Subject": true}}}',
        b'{"FromEmailAddress": null}',
        b'{"FromEmailAddress": "\\ud800@example.com", "Content": {"Simple": {"Subject": {"Data": "x"}, "Body": {}}}}',
        b'{"Content": {"Simple": {"Subject": {"Data": null}, "Body": {"Text": null}}, "Raw": null}}',
    ],
)
def test_a_body_that_is_wrong(raw, remote, body):
    raw.request("POST", "/v2/email/outbound-emails", body)
    answer = raw.getresponse()
    assert answer.status == 400
    assert answer.headers["x-amzn-ErrorType"] in {"BadRequestException", "SerializationException"}
    assert json.loads(answer.read())["message"]


def test_attachments_of_a_template(local):
    # older boto3 has no such member
    attachments = [{"RawContent": "QUJD", "FileName": "a.txt"}]
    request = mail(Template=inline(data={"name": "Ann"}, Attachments=attachments))
    local.transport.post("SendEmail", "", json.dumps(request).encode())
    (delivery,) = local.deliveries()
    assert delivery.message["Content"]["Simple"]["Attachments"] == ({"RawContent": "QUJD", "FileName": "a.txt"},)


@pytest.mark.parametrize("header", [{"Name": "", "Value": "x"}, {"Name": "X", "Value": ""}])
def test_a_header_that_boto3_refuses_too(local, header):
    request = mail(Simple={**SIMPLE, "Headers": [header]})
    with pytest.raises(BadRequestError, match="Member must have length greater than or equal to 1"):
        local.transport.post("SendEmail", "", json.dumps(request).encode())


def test_a_message_that_is_too_large(local):
    body = b" " * 41_943_041
    reply = local._service.call("SendEmail", {}, body, None)
    assert (reply.status, reply.error_name) == (413, "PayloadTooLargeException")


def test_an_operation_that_is_not_here(ses):
    assert refused(ses.list_email_identities) == (501, "NotImplementedException")


def test_the_same_without_http(local):
    body = json.dumps(bulk(entry(), entry("bob@example.com"))).encode()
    local.limit_rate(1)
    answer = local.transport.post("SendBulkEmail", "ignored", body)
    assert [result["Status"] for result in answer["BulkEmailEntryResults"]] == ["SUCCESS", "SUCCESS"]
    with pytest.raises(ThrottledError, match=r"TooManyRequestsException: Maximum sending rate exceeded\.") as caught:
        local.transport.post("SendBulkEmail", "ignored", body)
    assert (caught.value.status_code, caught.value.code) == (429, "TooManyRequestsException")
    local.transport.sleep(1)
    local.transport.post("SendEmail", "", json.dumps(mail(Simple=SIMPLE)).encode())
    assert len(local.deliveries()) == 3
