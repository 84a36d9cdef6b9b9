"""`python -m pinpoint_users.local` as a process."""

from __future__ import annotations

import runpy
import signal
import subprocess
import sys
from typing import ClassVar

import pytest

from pinpoint_users.local import __main__
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
        assert process.wait(30) == 0
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
