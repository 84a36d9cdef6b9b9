"""`python -m pinpoint_users.local` as a process."""

from __future__ import annotations

import runpy
import signal
import subprocess
import sys
from typing import ClassVar

import pytest

from pinpoint_users.directory import SQLiteDirectory
from pinpoint_users.local import LocalPinpoint, __main__
from pinpoint_users.local.__main__ import main


def test_the_command_serves_boto3_until_ctrl_c(make_boto3):
    command = [sys.executable, "-m", "pinpoint_users.local", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            application_id = process.stdout.readline().split()[1]
            name, url = process.stdout.readline().removeprefix("export ").strip().split("=")
            assert name == "AWS_ENDPOINT_URL_PINPOINT"
            assert process.stdout.readline() == f"export AWS_ENDPOINT_URL_SESV2={url}\n"
            assert process.stdout.readline() == f"export AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2={url}\n"
            request = {"MessageConfiguration": {"SMSMessage": {"Body": "Hi"}}, "Users": {"u": {}}}
            client = make_boto3(url)
            endpoint = {"ChannelType": "SMS", "Address": "+12065550100", "User": {"UserId": "u"}}
            client.update_endpoint(ApplicationId=application_id, EndpointId="e", EndpointRequest=endpoint)
            answer = client.send_users_messages(ApplicationId=application_id, SendUsersMessageRequest=request)
            result = answer["SendUsersMessageResponse"]["Result"]["u"]["e"]
            assert result["DeliveryStatus"] == "SUCCESSFUL"
            client.close()
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert process.stderr.read() == ""


def test_the_command_ends_quietly(monkeypatch, capsys):
    def interrupted(_event):
        raise KeyboardInterrupt

    monkeypatch.setattr("threading.Event.wait", lambda event, timeout=None: interrupted(event))
    monkeypatch.setattr("pinpoint_users.local._pinpoint.LocalServer", Server)
    main([])
    assert "AWS_ENDPOINT_URL_PINPOINT=http://127.0.0.1:1" in capsys.readouterr().out


class Server:
    url = "http://127.0.0.1:1"
    environment: ClassVar = {"AWS_ENDPOINT_URL_PINPOINT": url}

    def __init__(self, _service, *, port, **_more):
        if port == 7:
            raise OSError("the port is taken")

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass


def test_a_port_that_is_taken(monkeypatch, capsys):
    monkeypatch.setattr("pinpoint_users.local._pinpoint.LocalServer", Server)
    with pytest.raises(SystemExit):
        main(["--port", "7"])
    assert "the port is taken" in capsys.readouterr().err


def test_more_than_loopback_needs_names_and_says_why(capsys):
    with pytest.raises(SystemExit):
        main(["--host", "0.0.0.0"])
    said = capsys.readouterr().err
    assert "--allow-host NAME" in said
    assert "DNS rebinding" in said


def test_a_file_that_is_no_database(tmp_path, capsys):
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but a text that is long enough to be looked at as one")
    with pytest.raises(SystemExit):
        main(["--data", str(file)])
    assert "not a database" in capsys.readouterr().err


def test_it_is_a_module_to_run(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["local", "--help"])
    with pytest.raises(SystemExit, match="0"):
        runpy.run_path(__main__.__file__, run_name="__main__")  # whoever else has put hooks into the import system
    assert "--port" in capsys.readouterr().out


def test_a_database_of_something_else_is_left_alone(tmp_path, capsys):
    file = tmp_path / "users.db"
    with SQLiteDirectory(file):
        pass
    before = file.read_bytes()
    with pytest.raises(SystemExit):
        main(["--data", str(file)])
    assert f"{file} is the database of something else" in capsys.readouterr().err
    assert file.read_bytes() == before


def test_a_file_that_cannot_be_made_is_named(tmp_path, capsys):
    file = tmp_path / "none" / "pinpoint.db"
    with pytest.raises(SystemExit):
        main(["--data", str(file)])
    assert capsys.readouterr().err.endswith(f"unable to open database file: {file}\n")


def test_a_file_without_a_name_is_none(capsys):
    with pytest.raises(SystemExit):
        main(["--data", ""])
    assert "empty name" in capsys.readouterr().err


def test_the_port_that_is_taken_is_named(served, capsys):
    port = served[1].port
    with pytest.raises(SystemExit):
        main(["--port", str(port)])
    assert capsys.readouterr().err.endswith(f": 127.0.0.1, port {port}\n")


@pytest.mark.parametrize(
    "name", ["http://pinpoint.test", "pinpoint.test:8080", "pinpoint.test/", "*", ".test", "a@b", "", "[::2]"]
)
def test_a_name_that_no_request_could_have_is_refused(name, capsys):
    with pytest.raises(SystemExit):
        main(["--host", "0.0.0.0", "--allow-host", name])
    assert f"{name!r} is no host's name" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["pinpoint", "pinpoint_1.test", "192.0.2.1", "2001:db8::1"])
def test_names_and_addresses_are_taken(name):
    with LocalPinpoint() as local, local.serve(allowed_hosts=[name]) as server:
        assert server.port
