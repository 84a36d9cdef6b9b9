"""The example's function in a process of its own, which is frozen and thawed as Lambda does: nobody twice, nobody in doubt."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections import Counter
from pathlib import Path

import pytest
from aws_lambda.events import body, event, record, returned
from credential_servers import CredentialServer
from over_http import until

from pinpoint_users.local import LocalPinpoint

EXAMPLE = Path(__file__).parents[2] / "examples" / "lambda_handler.py"
RUNTIME = Path(__file__).with_name("runtime.py")
CAMPAIGN = str(uuid.uuid4())

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="processes can't be stopped here")


class Function:
    """A running execution environment."""

    def __init__(self, settings):
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", str(RUNTIME), str(EXAMPLE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**{name: value for name, value in os.environ.items() if not name.startswith("AWS_")}, **settings},
        )

    def begin(self, given):
        self.process.stdin.write(json.dumps(given) + "\n")
        self.process.stdin.flush()

    def end(self):
        return json.loads(self.process.stdout.readline())

    def send(self, *users):
        self.begin(of(*users))
        return returned(self.end())

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def close(self):
        with self.process:
            self.thaw()
            self.process.stdin.close()
            try:
                assert self.process.wait(60) == 0
            finally:
                self.process.kill()


def of(*users):
    return event(record(body(*users, TraceId=CAMPAIGN)))


@pytest.fixture
def local():
    with LocalPinpoint() as local:
        for number in range(9):
            local.add_endpoint(user_id=f"u-{number}", channel_type="SMS", address=f"+120655501{number:02}")
        yield local


@pytest.fixture
def server(local):
    with local.serve() as server:
        yield server


@pytest.fixture
def credentials():
    with CredentialServer().serving() as given:
        given.seconds = 3600
        yield given


@pytest.fixture
def function(server, local, credentials, tmp_path):
    function = Function(
        {
            "AWS_ENDPOINT_URL_PINPOINT": server.url,
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{credentials.url}/container/x",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container-token",
            "APPLICATION_ID": local.application_id,
            "JOURNALS": str(tmp_path),
        }
    )
    yield function
    function.close()


def got(local):
    return Counter(delivery.user_id for delivery in local.deliveries())


def test_connections_that_the_service_closed_meanwhile_cost_nothing(function, server, local):
    assert function.send("u-1") == []
    for number in (2, 3):
        function.freeze()
        server.pause()  # closes every connection
        server.resume()
        function.thaw()
        assert function.send(f"u-{number}", "u-1") == []
    assert got(local) == {"u-1": 1, "u-2": 1, "u-3": 1}


def test_a_freeze_while_a_request_is_out_costs_nothing(function, server, local):
    call, has_come, may_go_on = local._served.call, threading.Event(), threading.Event()

    def waiting(*request):
        has_come.set()
        may_go_on.wait(30)
        return call(*request)

    assert function.send("u-1") == []
    local._served.call = waiting
    function.begin(of("u-2"))
    assert has_come.wait(60)
    function.freeze()
    may_go_on.set()
    until(lambda: "u-2" in got(local))  # it is answered, and nobody is there to read it
    function.thaw()
    assert returned(function.end()) == []
    assert function.send("u-2", "u-3") == []
    assert got(local) == {"u-1": 1, "u-2": 1, "u-3": 1}


def test_credentials_that_expired_while_it_was_frozen_are_renewed(function, local, credentials):
    assert function.send("u-1") == []
    assert credentials.count == 1
    function.freeze()
    function.thaw()
    credentials.later = 2 * 3600
    function.begin({"jump": credentials.later})
    assert function.end() == {}
    assert function.send("u-2") == []
    assert credentials.count == 2
    credentials.later = 3600
    function.begin({"jump": -3600})  # the clock is set back, too
    assert function.end() == {}
    assert function.send("u-3") == []
    assert got(local) == {"u-1": 1, "u-2": 1, "u-3": 1}


def test_a_request_that_names_no_campaign_is_returned(function, local):
    function.begin(event(record(body("u-1"), message_id="one"), record(body("u-2", TraceId="../x"), message_id="two")))
    assert returned(function.end()) == ["one", "two"]
    assert got(local) == {}
