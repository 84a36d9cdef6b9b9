"""Sends to 10,000 users, is stopped in the middle by credentials that expire, and goes on where it ended.

With a journal, whoever is done isn't sent to again by the next run with the same users, message and journal, be it after an
error, a crash or a kill. Here an embedded Pinpoint plays the service, and what it got is counted in the end.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pinpoint_users import (
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    Journal,
    Outcome,
    PinpointUsers,
    RunStoppedError,
    SMSMessage,
)
from pinpoint_users.local import LocalPinpoint

USERS = 10_000

message = DirectMessageConfiguration(sms_message=SMSMessage(body="Your parcel {{parcel}} is on its way."))


def recipients() -> Iterator[tuple[str, EndpointSendConfiguration]]:
    """Users as they come, from a database's cursor, say: no more of them are in memory than the requests under way need."""
    for number in range(USERS):
        yield f"u-{number}", EndpointSendConfiguration(substitutions={"parcel": [f"P-{number}"]})


def run(pinpoint: PinpointUsers, path: Path) -> Counter[Outcome]:
    """One run, to its end or until something stops it. How many users came out how, among them those of earlier runs."""
    outcomes: Counter[Outcome] = Counter()
    try:
        with pinpoint.stream(message, recipients(), journal=Journal(path)) as results:
            for result in results:
                outcomes[result.outcome] += 1
    except RunStoppedError as error:
        print(f"Stopped by {type(error.reason).__name__}. Run it again with the same journal.")
    return outcomes


def main() -> None:
    """Runs twice."""
    with LocalPinpoint() as local, local.client() as pinpoint, tempfile.TemporaryDirectory() as directory:
        local.add_endpoints(
            {"ChannelType": "SMS", "Address": f"+1206{number:07}", "User": {"UserId": f"u-{number}"}} for number in range(USERS)
        )
        path = Path(directory) / "parcels.db"
        for _ in range(30):
            local.pass_next()
        local.fail_next(403)
        run(pinpoint, path)
        done = len(local.deliveries())
        outcomes = run(pinpoint, path)
        received = Counter(delivery.address for delivery in local.deliveries())

    print(f"{done:,} messages, then {received.total() - done:,}: {outcomes[Outcome.SUCCESSFUL]:,} users SUCCESSFUL")
    print(f"{len(received):,} addresses got one message each, {sum(count > 1 for count in received.values())} more than one")


if __name__ == "__main__":
    main()
