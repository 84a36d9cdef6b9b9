"""A process that shares its rate: sends to so many users, one a request, and prints what became of them."""

from __future__ import annotations

import json
import sys

from pinpoint_users import DirectMessageConfiguration, EndpointSendConfiguration, PinpointUsers, RateLimit, SMSMessage
from pinpoint_users import SendUsersMessageRequest as Request


def main(url: str, store: str, bound: str, requests: int, concurrency: int) -> None:
    message = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))
    bounds = {} if bound == "none" else {"requests_per_second": float(bound)}
    with PinpointUsers(
        "local-application",
        endpoint_url=url,
        region_name="eu-west-1",
        concurrency=concurrency,
        rate=RateLimit.shared(store),
        **bounds,
    ) as pinpoint:
        request = Request(message_configuration=message, users={"one": EndpointSendConfiguration()})
        answered = len(pinpoint.send_users_messages(request).result)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()  # all begin at once
        users = (f"u-{number}" for number in range(100 * requests))
        results = sum(1 for _ in pinpoint.stream(message, users))
    sys.stdout.write(json.dumps({"results": results, "answered": answered}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
