"""capo-pinpoint: a generated client of TypedDicts without botocore, by its client for threads."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.audience import APPLICATION_ID, HTML, TEXT, Row, batches, row

_package = importlib.import_module("capo_pinpoint")  # by name, for who hasn't installed it

_MESSAGE = {
    "apns_message": {"title": "On its way", "body": TEXT, "sound": "default", "action": "OPEN_APP"},
    "email_message": {
        "simple_email": {
            "subject": {"data": "Order {{order}}", "charset": "UTF-8"},
            "text_part": {"data": TEXT, "charset": "UTF-8"},
            "html_part": {"data": HTML, "charset": "UTF-8"},
        }
    },
    "gcm_message": {"title": "On its way", "body": TEXT, "priority": "high"},
    "sms_message": {"body": TEXT, "message_type": "TRANSACTIONAL", "sender_id": "SHOP"},
}
_ONE_TIME_PASSWORD = {"sms_message": {"body": "Your code is {{code}}", "message_type": "TRANSACTIONAL"}}


class Capo:
    """Sends through capo-pinpoint's client.

    Args:
        url: The stub server.
        concurrency: Threads that send.
    """

    def __init__(self, url: str, concurrency: int) -> None:
        credentials = {"access_key": "test", "secret_key": "test"}
        self._client = _package.PinpointClient(region="eu-west-1", endpoint=url, credentials=credentials)
        self._threads = ThreadPoolExecutor(concurrency) if concurrency > 1 else None

    def send_many(self, first: int, count: int) -> int:
        """Builds and sends to users by number, by 100 a request, and reads each endpoint's status."""
        run = self._threads.map if self._threads else map
        return sum(run(self._send_batch, batches(first, count)))

    def send_one(self, number: int) -> int:
        """Sends a one-time password to one user and reads each endpoint's status."""
        user_id, _, _, code = row(number)
        return self._post(_ONE_TIME_PASSWORD, {user_id: {"substitutions": {"code": [code]}}})

    def close(self) -> None:
        """Frees the threads and connections."""
        if self._threads:
            self._threads.shutdown()
        self._client.__exit__(None, None, None)

    def _send_batch(self, batch: list[Row]) -> int:
        users = {
            user_id: {"substitutions": {"name": [name], "order": [order], "code": [code]}}
            for user_id, name, order, code in batch
        }
        return self._post(_MESSAGE, users)

    def _post(self, message: Mapping[str, Any], users: Mapping[str, Any]) -> int:
        output = self._client.send_users_messages(
            APPLICATION_ID, send_users_message_request={"message_configuration": message, "users": users}
        )
        return sum(
            endpoint["delivery_status"] == "SUCCESSFUL"
            for endpoints in output["send_users_message_response"]["result"].values()
            for endpoint in endpoints.values()
        )


def connect(url: str, concurrency: int) -> Capo:
    """Makes the client."""
    return Capo(url, concurrency)
