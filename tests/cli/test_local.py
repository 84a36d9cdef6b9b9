"""`local`: the embedded service with the options of `python -m pinpoint_users.local`, until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from pinpoint_users.local.__main__ import add_arguments


class Interrupted:
    """Ctrl-C at the moment in which the service would wait for it."""

    def wait(self):
        raise KeyboardInterrupt


class FakeServer:
    """Listens nowhere, and keeps how it was asked for."""

    def __init__(self, _service, **how):
        FakeServer.how = how
        self.url = f"http://127.0.0.1:{how['port']}"
        self.environment = {"AWS_ENDPOINT_URL_PINPOINT": self.url}

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass


@pytest.fixture
def serves(command, monkeypatch):
    """Runs `local` up to Ctrl-C, with a server that isn't one."""
    monkeypatch.setattr("pinpoint_users.local.__main__.threading.Event", Interrupted)
    monkeypatch.setattr("pinpoint_users.local._pinpoint.LocalServer", FakeServer)
    return lambda *arguments: command("local", *arguments)


def test_serves_until_it_is_interrupted_and_goes_on_with_its_file(folder):
    for has_application in (False, True):
        arguments = [
            sys.executable,
            "-m",
            "pinpoint_users",
            "local",
            "--port",
            "0",
            "--data",
            "pinpoint.db",
            "--allow-host",
            "pinpoint.test",
        ]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            try:
                url = process.stdout.readline().split()[-1]
                for service in ("PINPOINT", "SESV2", "PINPOINT_SMS_VOICE_V2"):
                    assert process.stdout.readline() == f"export AWS_ENDPOINT_URL_{service}={url}\n"
                assert process.stdout.readline() == f"Inbox, for a browser: {url}/\n"
                assert process.stdout.readline() == "The last 100,000 deliveries are kept, at most 200 MB, in pinpoint.db.\n"
                assert ("Shop" in names_at(url)) is has_application
                create(url, "Shop")
                with pytest.raises(urllib.error.HTTPError):
                    names_at(url, host="elsewhere.test")
                assert "Shop" in names_at(url, host="pinpoint.test")
            finally:
                process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0
            assert process.stderr.read() == ""


def names_at(url, host=None):
    request = urllib.request.Request(f"{url}/v1/apps", headers={} if host is None else {"Host": host})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return [application["Name"] for application in json.load(answer)["Item"]]


def create(url, name):
    request = urllib.request.Request(f"{url}/v1/apps", json.dumps({"Name": name}).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 201


def test_ends_well_by_ctrl_c(serves):
    done = serves("--port", "8200")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "Application local-application at http://127.0.0.1:8200\n"
        "export AWS_ENDPOINT_URL_PINPOINT=http://127.0.0.1:8200\n"
        "Inbox, for a browser: http://127.0.0.1:8200/\n"
        "The last 100,000 deliveries are kept, at most 200 MB, in memory.\n"
    )


def test_takes_the_options_of_the_module(serves, command):
    parser = argparse.ArgumentParser(add_help=False)
    add_arguments(parser)
    options = {option for action in parser._actions for option in action.option_strings}
    assert options == {*re.findall(r"--[a-z][a-z-]+", command("local", "--help").out.split("Example:")[0])} - {
        "--help",
        "--version",
    }
    assert serves().code == 0
    assert FakeServer.how == {"port": 0, "host": "127.0.0.1", "allowed_hosts": (), "secret_access_key": None}
    many = ("--host", "0.0.0.0", "--allow-host", "a.test", "--allow-host", "b.test", "--secret-access-key", "s", "--port", "1")
    assert serves(*many).code == 0
    assert FakeServer.how == {"port": 1, "host": "0.0.0.0", "allowed_hosts": ("a.test", "b.test"), "secret_access_key": "s"}


def test_a_port_that_is_taken(command):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = command("local", "--port", port)
    assert (done.code, done.out) == (2, "")
    assert re.fullmatch(
        rf"127\.0\.0\.1, port {port}: can't be had \(.*\): take another --port, or 0 for a free one\n", done.err
    )


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_a_port_that_is_none(command, port):
    assert command("local", "--port", port) == (2, "", f"--port {port}: a port is a number from 0 to 65535\n")


def test_a_file_that_is_no_database(command, folder):
    done = command("local", "--data", "users.csv")
    assert done == (
        2,
        "",
        "--data: file is not a database: users.csv: name a file that `local` has made, or one that isn't there yet\n",
    )


def test_more_than_loopback_needs_names_and_says_why(command):
    done = command("local", "--host", "0.0.0.0")
    assert (done.code, done.out) == (2, "")
    assert "--allow-host NAME" in done.err
    assert "DNS rebinding" in done.err
    assert done.err.count("\n") == 1


def test_without_the_extra(command, monkeypatch):
    monkeypatch.setitem(sys.modules, "pinpoint_users.local._http", None)
    done = command("local")
    assert done.code == 2
    assert "the extra `local`" in done.err
    assert done.err.count("\n") == 1
