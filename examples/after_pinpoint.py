"""Takes 250 users out of Pinpoint: from its export file to messages that are delivered, without Pinpoint's endpoint store.

Everything runs on this machine: the endpoints go from the export into a file of SQLite, and the message goes by real HTTP to an
embedded service, push and SMS by `SendMessages` with addresses and e-mail by Amazon SES. Some endpoints are throttled at first.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from boto3.session import Session

from pinpoint_users import (
    DirectMessageConfiguration,
    EmailMessage,
    EndpointSendConfiguration,
    GCMMessage,
    PinpointUsers,
    SimpleEmail,
    SMSMessage,
)
from pinpoint_users.directory import SQLiteDirectory
from pinpoint_users.local import LocalPinpoint
from pinpoint_users.routes import SES

CHANNELS = {"phone": "SMS", "email": "EMAIL", "device_token": "GCM"}

message = (
    DirectMessageConfiguration.builder()
    .gcm_message(GCMMessage.builder().title("On its way").body("{{User.UserAttributes.Name}}, order {{order}} has left us."))
    .sms_message(SMSMessage.builder().body("{{User.UserAttributes.Name}}, your order {{order}} is on its way."))
    .email_message(
        EmailMessage.builder().simple_email(
            SimpleEmail.builder()
            .subject("Order {{order}}")
            .text_part("Dear {{User.UserAttributes.Name}}, order {{order}} goes to {{Location.City}}.")
            .html_part("<p>Dear {{User.UserAttributes.Name}}, order <b>{{order}}</b> goes to {{Location.City}}.</p>")
        )
    )
    .build()
)


def read_rows() -> list[dict[str, str]]:
    """The rows of users.csv: a user each, with an address for each channel that reaches the user."""
    with Path(__file__).with_name("users.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def endpoints(rows: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
    """What an export of those users would have: some opted out, some inactive, and some endpoints there twice."""
    for number, row in enumerate(rows):
        for column, channel in CHANNELS.items():
            endpoint = {
                "ChannelType": channel,
                "Address": row[column],
                "EndpointStatus": "INACTIVE" if channel == "GCM" and number % 25 == 0 else "ACTIVE",
                "OptOut": "ALL" if channel == "SMS" and number % 20 == 0 else "NONE",
                "Location": {"City": "Zürich" if number % 2 else "Łódź"},
                "EffectiveDate": "2026-10-01T08:00:00.000Z",
                "User": {"UserId": row["user_id"], "UserAttributes": {"Name": [row["name"]]}},
                "ApplicationId": "local-application",
                "Id": f"{channel}-{row['user_id']}",
                "CreationDate": "2025-01-01T00:00:00.000Z",
            }
            if row[column]:
                yield endpoint
            if row[column] and channel == "EMAIL" and number % 50 == 1:
                yield {**endpoint, "Id": f"{endpoint['Id']}-again", "EffectiveDate": "2026-10-02T08:00:00.000Z"}


def write_export(path: Path, rows: list[dict[str, str]]) -> None:
    """Writes a file such as Pinpoint's `CreateExportJob` left in a bucket: gzip, one endpoint a line."""
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(endpoint, separators=(",", ":")) + "\n" for endpoint in endpoints(rows))


def main() -> None:
    """Imports, sends and reports."""
    # This machine's own settings for proxies and for AWS have no part in this.
    os.environ["no_proxy"] = "*"
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        os.environ.pop(name, None)
    rows = read_rows()
    users = {row["user_id"]: EndpointSendConfiguration(substitutions={"order": [row["order"]]}) for row in rows}
    posted: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        SQLiteDirectory(Path(folder) / "users.db") as directory,
        LocalPinpoint() as local,
        local.serve() as server,
    ):
        write_export(Path(folder) / "export.gz", rows)
        imported = directory.import_file(Path(folder) / "export.gz")
        local.throttle(share=0.05, times=2)
        # The embedded service doesn't check credentials; boto3 signs with some all the same.
        session = Session("no-key", "no-secret", region_name="eu-west-1")
        session.events.register("before-send", lambda event_name, **_: posted.update([event_name.rpartition(".")[2]]))
        with PinpointUsers(
            local.application_id,
            session=session,
            endpoint_url=server.url,
            directory=directory,
            routes={"EMAIL": SES(from_email_address="Shop <orders@example.com>")},
        ) as pinpoint:
            report = pinpoint.send(message, users)
        deliveries = local.deliveries()

    print(f"{imported.imported} endpoints imported, {imported.made_inactive} of them older ones of the same address")
    for fault in imported.faults:
        print(fault)
    print(f"{len(report.users)} users in {posted['SendMessages']} SendMessages and {posted['SendBulkEmail']} SendBulkEmail:")
    for outcome, count in report.counts.items():
        if count:
            print(f"{outcome:<12}{count:>6} users")
    failed = [each for user in report.users.values() for each in user.endpoints.values() if each.reason]
    for said, count in sorted(Counter(str(each.status_message) for each in failed).items()):
        print(f"not sent to{count:>7} endpoints: {said}")
    for channel, count in sorted(Counter(str(delivery.channel_type) for delivery in deliveries).items()):
        print(f"{channel:<12}{count:>6} messages")
    print(f"{len({delivery.address for delivery in deliveries})} addresses got {len(deliveries)} messages")
    shown = min((each for each in deliveries if each.channel_type == "EMAIL"), key=lambda each: each.address)
    print(f"For example, {shown.address} got: {shown.body}")


if __name__ == "__main__":
    main()
