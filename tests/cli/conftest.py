"""The command line against the embedded service over HTTP, in a folder of its own."""

from __future__ import annotations

import io
import sys
import warnings
from typing import NamedTuple

import pytest
from cli.cut_short import interrupt, when

from pinpoint_users.cli import main
from pinpoint_users.local import LocalPinpoint

MESSAGE = """[sms_message]
body = "Hello {{name}}, your order is on its way."
message_type = "TRANSACTIONAL"
"""


class Done(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _called(monkeypatch):
    """However the tests were begun: the command line says by it how it is called again."""
    monkeypatch.setattr(sys, "argv", ["pytest"])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a message and three users."""
    (tmp_path / "message.toml").write_text(MESSAGE, encoding="utf-8")
    (tmp_path / "users.csv").write_text("user_id,name\nu-1,Ann\nu-2,Bob\nu-3,Eve\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def aws(request, monkeypatch):
    """The embedded service behind HTTP, with three users, and the environment in which it is found."""
    with LocalPinpoint(application_id=getattr(request, "param", "app-1")) as local, local.serve() as server:
        for number in (1, 2, 3):
            local.add_endpoint(user_id=f"u-{number}", channel_type="SMS", address=f"+1206555010{number}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        monkeypatch.setenv("COLUMNS", "100")
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        local.url = server.url
        yield local


@pytest.fixture
def command(capsys, monkeypatch):
    """Runs a command in this process."""

    def run(*arguments, stdin=b""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with warnings.catch_warnings():
            code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return run


@pytest.fixture
def sends(command, aws, folder):
    """Sends the folder's message to its users at the embedded service."""

    def run(*arguments, **how):
        service = ("--application-id", "app-1", "--endpoint-url", aws.url, "--message", "message.toml")
        who = () if "--users" in arguments or "--user" in arguments else ("--users", "users.csv")
        return command("send", *service, *who, *arguments, **how)

    return run


@pytest.fixture
def many(folder, aws):
    """The users of `many.csv`, 1,000 of them."""
    users = [f"m-{number}" for number in range(1_000)]
    aws.add_endpoints(
        {"ChannelType": "SMS", "Address": f"+1206{number:07}", "User": {"UserId": user}} for number, user in enumerate(users)
    )
    (folder / "many.csv").write_text("user_id,name\n" + "".join(f"{user},Ann\n" for user in users), encoding="utf-8")
    return users


@pytest.fixture
def cut_short(sends, aws, many):
    """A run of the thousand that Ctrl-C ended when three hundred had got it."""

    def run(*arguments):
        aws.pass_next(times=3)
        aws.fail_next(429, times=1_000_000)
        thread = when(lambda: len(aws.deliveries()) >= 300, interrupt)
        done = sends("--yes", "--users", "many.csv", "--concurrency", "1", *arguments)
        thread.join()
        assert done.code == 130, done.err
        aws.clear_faults()
        return done

    return run
