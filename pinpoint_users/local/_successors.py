"""What followed on Pinpoint: SES v2's, and SMS and voice version 2's, sends."""

from __future__ import annotations

from pinpoint_users.local._call import Answer, Call
from pinpoint_users.local._delivery import row_of
from pinpoint_users.local._ses import EmailSending, account
from pinpoint_users.local._text_messaging import TextSending


def send_email(call: Call) -> Answer:
    """SendEmail."""
    sending = EmailSending(request_id=call.request_id, faults=call.faults, quota=call.quota)
    answer = sending.send(call.json())
    call.store.put_deliveries(map(row_of, sending.deliveries))
    return answer


def send_bulk_email(call: Call) -> Answer:
    """SendBulkEmail."""
    sending = EmailSending(request_id=call.request_id, faults=call.faults, quota=call.quota)
    answer = sending.send_bulk(call.json())
    call.store.put_deliveries(map(row_of, sending.deliveries))
    return answer


def get_account(call: Call) -> Answer:
    """GetAccount: what it has sent is counted among the deliveries that are kept."""
    sent = sum(row["channel_type"] == "EMAIL" and not row["application_id"] for row in call.store.deliveries())
    return account(call.quota, sent)


def send_text(call: Call) -> Answer:
    """SendTextMessage, SendVoiceMessage."""
    sending = TextSending(request_id=call.request_id, faults=call.faults, quota=call.quota)
    answer = sending.send(call.operation, call.json())
    call.store.put_deliveries(map(row_of, sending.deliveries))
    return answer
