"""A client that threads share sends each of them its own message."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest

from pinpoint_users import DirectMessageConfiguration, SMSMessage
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.local import LocalPinpoint

THREADS, SENDS = 4, 250


@pytest.fixture(autouse=True)
def _threads_change_often() -> Iterator[None]:
    before, trace = sys.getswitchinterval(), threading.gettrace()
    threading.settrace(None)  # two threads can't begin to be traced at once
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)
    threading.settrace(trace)


@pytest.mark.parametrize("by_directory", [False, True])
def test_nobody_gets_the_message_of_another_thread(by_directory: bool) -> None:
    addresses = {f"u-{number}": f"+1206555010{number}" for number in range(THREADS)}
    directory = {user_id: [Endpoint(channel_type="SMS", address=address)] for user_id, address in addresses.items()}
    with LocalPinpoint() as local:
        for user_id, address in addresses.items():
            local.add_endpoint(user_id=user_id, channel_type="SMS", address=address)
        with local.client(directory=directory if by_directory else None) as pinpoint:

            def send(user_id: str) -> None:
                message = DirectMessageConfiguration(sms_message=SMSMessage(body=f"for {user_id}"))
                for _ in range(SENDS):
                    pinpoint.send(message, [user_id])

            threads = [threading.Thread(target=send, args=(user_id,)) for user_id in addresses]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        got = {(each.address, each.body) for each in local.deliveries()}
    assert got == {(address, f"for {user_id}") for user_id, address in addresses.items()}
