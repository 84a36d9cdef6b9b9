"""Sends an e-mail with personal fields to the users of a CSV file, each with a link of their own to unsubscribe by.

It goes to an embedded Pinpoint, which shows what would arrive. `send` takes a `PinpointUsers("application-id")` as well.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from pinpoint_users import (
    DirectMessageConfiguration,
    EmailMessage,
    EndpointSendConfiguration,
    MessageHeader,
    PinpointUsers,
    SendReport,
    SimpleEmail,
)
from pinpoint_users.local import LocalPinpoint

USERS = Path(__file__).with_name("users.csv")

message = DirectMessageConfiguration(
    email_message=EmailMessage(
        from_address="The Shop <news@example.com>",
        simple_email=SimpleEmail(
            subject="{{name}}, the spring list is here",
            text_part="Dear {{name}},\n\nyour last order was {{order}}. See what is new: https://example.com/spring\n",
            html_part="<p>Dear {{name}},</p><p>your last order was {{order}}. <a href='https://example.com/'>News</a></p>",
            headers=[
                MessageHeader(name="List-Unsubscribe", value="<https://example.com/unsubscribe/{{key}}>"),
                MessageHeader(name="List-Unsubscribe-Post", value="List-Unsubscribe=One-Click"),
            ],
        ),
    )
)


def recipients() -> Iterator[tuple[str, EndpointSendConfiguration]]:
    """Each user who has an address, with the values of the message's variables: lists of strings, one string each here."""
    with USERS.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["email"]:
                values = {"name": [row["name"]], "order": [row["order"]], "key": [row["user_id"]]}
                yield row["user_id"], EndpointSendConfiguration(substitutions=values)


def send(pinpoint: PinpointUsers) -> SendReport:
    """Sends; what becomes of each user is in the report."""
    return pinpoint.send(message, recipients(), context={"campaign": "spring"})


def main() -> None:
    """Sends to an embedded Pinpoint and shows the first e-mail."""
    with LocalPinpoint() as local, local.client() as pinpoint:
        with USERS.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["email"]:
                    local.add_endpoint(user_id=row["user_id"], channel_type="EMAIL", address=row["email"])
        report = send(pinpoint)
        first = min(local.deliveries(), key=lambda delivery: delivery.address)

    print(report)
    report.raise_for_failures()
    print(f"To {first.address}: {first.title}\n\n{first.body}")


if __name__ == "__main__":
    main()
