"""Sends one message by push, SMS and e-mail to the 250 users of users.csv, and shows what became of it.

Everything runs on this machine: boto3 sends the message in three real HTTP requests to an embedded Pinpoint, where a tenth of
the endpoints are throttled at first. Those alone are sent to again, in further requests.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from boto3.session import Session

from pinpoint_users import (
    DirectMessageConfiguration,
    EmailMessage,
    EndpointSendConfiguration,
    GCMMessage,
    PinpointUsers,
    SendReport,
    SimpleEmail,
    SMSMessage,
)
from pinpoint_users.local import LocalPinpoint

CHANNELS = {"phone": "SMS", "email": "EMAIL", "device_token": "GCM"}

message = (
    DirectMessageConfiguration.builder()
    .gcm_message(GCMMessage.builder().title("On its way").body("{{name}}, order {{order}} has left us.").priority("high"))
    .sms_message(SMSMessage.builder().body("{{name}}, your order {{order}} is on its way.").message_type("TRANSACTIONAL"))
    .email_message(
        EmailMessage.builder().simple_email(
            SimpleEmail.builder()
            .subject("Order {{order}}")
            .text_part("Dear {{name}}, order {{order}} is on its way.")
            .html_part("<p>Dear {{name}}, order <b>{{order}}</b> is on its way.</p>")
        )
    )
    .build()
)


def read_rows() -> list[dict[str, str]]:
    """The rows of users.csv: a user each, with an address for each channel that reaches the user."""
    with Path(__file__).with_name("users.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def fill_address_book(local: LocalPinpoint, rows: list[dict[str, str]]) -> None:
    """Gives the embedded Pinpoint an endpoint for each address of each user."""
    local.add_endpoints(
        {"ChannelType": channel, "Address": row[column], "User": {"UserId": row["user_id"]}}
        for row in rows
        for column, channel in CHANNELS.items()
        if row[column]
    )


def recipients(rows: list[dict[str, str]]) -> Iterator[tuple[str, EndpointSendConfiguration]]:
    """Each user with the variables of the message."""
    for row in rows:
        own = EndpointSendConfiguration.builder().substitution("name", row["name"]).substitution("order", row["order"])
        yield row["user_id"], own.build()


def print_table(report: SendReport) -> None:
    """Prints how many users came out how, by the number of attempts that it took."""
    table = Counter((str(user.outcome), user.attempts) for user in report.users.values())
    print(f"{'outcome':<12}{'attempts':>9}{'users':>7}")
    for (outcome, attempts), users in sorted(table.items()):
        print(f"{outcome:<12}{attempts:>9}{users:>7}")


def main() -> None:
    """Sends and reports."""
    # This machine's own settings for proxies and for AWS have no part in this.
    os.environ["no_proxy"] = "*"
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        os.environ.pop(name, None)
    rows = read_rows()
    with LocalPinpoint() as local, local.serve() as server:
        fill_address_book(local, rows)
        local.throttle(share=0.1, times=2)
        # The embedded Pinpoint doesn't check credentials; boto3 signs with some all the same.
        session = Session("no-key", "no-secret", region_name="eu-west-1")
        posted: list[str] = []
        session.events.register("before-send.pinpoint", lambda event_name, **_: posted.append(event_name.rpartition(".")[2]))
        with PinpointUsers(local.application_id, session=session, endpoint_url=server.url) as pinpoint:
            report = pinpoint.send(message, recipients(rows))
        deliveries = local.deliveries()

    first, again = posted.count("SendUsersMessages"), posted.count("SendMessages")
    print(f"{len(report.users)} users in {first} requests; throttled endpoints alone again in {again} more:")
    print_table(report)
    report.raise_for_failures()
    addresses = {delivery.address for delivery in deliveries}
    print(f"{len(addresses)} addresses got {len(deliveries)} messages:")
    for channel, count in sorted(Counter(str(delivery.channel_type) for delivery in deliveries).items()):
        print(f"{channel:<12}{count:>16}")
    shown = min(deliveries, key=lambda delivery: (delivery.user_id or "", delivery.address))
    print(f"For example, {shown.user_id} got: {shown.body}")


if __name__ == "__main__":
    main()
