"""What followed on Pinpoint: SES v2's, and SMS and voice version 2's, sends."""

from __future__ import annotations

from collections.abc import Iterable

from pinpoint_users.local._call import Answer, Call
from pinpoint_users.local._delivery import Delivery, row_of
from pinpoint_users.local._ses import EmailSending, account
from pinpoint_users.local._text_messaging import TextSending


def send_email(call: Call) -> Answer:
    """SendEmail."""
    sending = EmailSending(request_id=call.request_id, faults=call.faults, quota=call.quota)
    answer = sending.send(call.json())
    _keep(call, sending.deliveries)
    return answer


def send_bulk_email(call: Call) -> Answer:
    """SendBulkEmail."""
    sending = EmailSending(request_id=call.request_id, faults=call.faults, quota=call.quota)
    answer = sending.send_bulk(call.json())
    _keep(call, sending.deliveries)
    return answer


def get_account(call: Call) -> Answer:
    """GetAccount: what it has sent is counted among the deliveries that are kept."""
    return account(call.quota, call.store.deliveries.emails_of_ses())


def send_text(call: Call) -> Answer:
    """SendTextMessage, SendVoiceMessage."""
    sending = TextSending(request_id=call.request_id, faults=call.faults, quota=call.quota)
    answer = sending.send(call.operation, call.json())
    _keep(call, sending.deliveries)
    return answer


def _keep(call: Call, deliveries: Iterable[Delivery]) -> None:
    with call.store.deliveries.keeping() as keep:
        for delivery in deliveries:
            keep(row_of(delivery))
