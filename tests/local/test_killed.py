"""What was acknowledged is in the file, however often the server is killed."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pinpoint_users.local import LocalPinpoint

KILLS = 20
APPLICATION = "/v1/apps/local-application"
MESSAGE = {"SMSMessage": {"Body": "Hi {{User.UserId}}"}}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the servers are forks, for speed")
def test_what_was_acknowledged_outlives_twenty_kills(tmp_path):
    rng = random.Random(20)
    file, acknowledged, numbers = tmp_path / "pinpoint.db", {}, iter(range(1_000_000))
    command = [sys.executable, str(Path(__file__).with_name("serving.py")), str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as servers:
        for _ in range(KILLS):
            print("next", file=servers.stdin, flush=True)
            pid = int(servers.stdout.readline())
            port = int(servers.stdout.readline().rpartition(":")[2])
            while not servers.stdout.readline().startswith("The last"):
                pass
            killing = threading.Timer(rng.uniform(0, 0.1), os.kill, (pid, signal.SIGKILL))
            with contextlib.suppress(ConnectionError, http.client.HTTPException):
                write_until_it_breaks(port, acknowledged, numbers, killing)
            killing.join()
            assert servers.stdout.readline() == "ended\n"
            check(file, acknowledged)
        servers.stdin.close()
    assert len(acknowledged) >= KILLS


def write_until_it_breaks(port, acknowledged, numbers, killing):
    """Adds endpoints and sends to them, and keeps what was answered; the killer comes after the first."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    deadline = time.monotonic() + 10
    with contextlib.closing(connection):
        while time.monotonic() < deadline:
            number = next(numbers)
            endpoint = {"ChannelType": "SMS", "Address": f"+1206{number:07}", "User": {"UserId": f"u-{number}"}}
            answer(connection, "PUT", f"{APPLICATION}/endpoints/e-{number}", endpoint)
            acknowledged[f"u-{number}"] = None
            request = {"MessageConfiguration": MESSAGE, "Users": {f"u-{number}": {}}}
            (result,) = answer(connection, "POST", f"{APPLICATION}/users-messages", request)["Result"][f"u-{number}"].values()
            acknowledged[f"u-{number}"] = result["MessageId"]
            if killing.ident is None:
                killing.start()


def answer(connection, method, path, body):
    connection.request(method, path, json.dumps(body))
    response = connection.getresponse()
    said = json.loads(response.read())
    assert response.status in {200, 202}
    return said


def check(file, acknowledged):
    with LocalPinpoint(file) as local:
        sent = {delivery.message_id for delivery in local.deliveries()}
        assert sent >= {message_id for message_id in acknowledged.values() if message_id}
        with local._store.transaction():
            kept = local._store.endpoints_of_users(local.application_id, [*acknowledged])
        assert kept.keys() == acknowledged.keys()
