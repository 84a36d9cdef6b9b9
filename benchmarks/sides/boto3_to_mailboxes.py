"""boto3 to e-mail by `SendBulkEmail`, to addresses that are looked up in a table of SQLite."""

from __future__ import annotations

import json
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.audience import FROM, HTML, TEXT, Row, mailboxes
from benchmarks.sides.boto3_to_addresses import Table, ToTable

_AT_MOST = 50
_CONTENT = {
    "Template": {
        "TemplateContent": {"Subject": "Order {{order}}", "Text": TEXT, "Html": HTML},
        "TemplateData": "{}",
    }
}


class ToMailboxes(ToTable):
    """Sends through boto3 to the addresses of a table."""

    def _send_batch(self, batch: list[Row]) -> int:
        found = self._table.addresses(batch)
        entries = [
            {
                "Destination": {"ToAddresses": [address]},
                "ReplacementEmailContent": {
                    "ReplacementTemplate": {"ReplacementTemplateData": json.dumps({"name": name, "order": order, "code": code})}
                },
            }
            for user_id, name, order, code in batch
            for _, address in found.get(user_id, ())
        ]
        return sum(self._send(entries[start : start + _AT_MOST]) for start in range(0, len(entries), _AT_MOST))

    def _send(self, entries: list[dict[str, Any]]) -> int:
        output = self._client.send_bulk_email(FromEmailAddress=FROM, DefaultContent=_CONTENT, BulkEmailEntries=entries)
        return sum(result["Status"] == "SUCCESS" for result in output["BulkEmailEntryResults"])


def connect(url: str, concurrency: int) -> ToMailboxes:
    """Makes the client."""
    config = Config(max_pool_connections=max(10, concurrency))
    client = boto3.client("sesv2", region_name="eu-west-1", endpoint_url=url, config=config)
    return ToMailboxes(client, concurrency, Table(mailboxes))
