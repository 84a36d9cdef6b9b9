"""What `send` shows before anything goes out, and the question that it asks."""

from __future__ import annotations

import gzip
import io
import json
import re
import sys

import pytest
from account_service import AccountService, refusal_in_xml
from cli.files import TWO_CHANNELS, refused, write_users


class TestThePlan:
    def test_says_who_sends_what_to_whom(self, command, folder, monkeypatch, aws):
        with AccountService() as account:
            monkeypatch.setenv("AWS_ENDPOINT_URL_STS", account.url)
            done = command(
                "send", "--application-id", "app-1", "--message", "message.toml", "--users", "users.csv",
                "--rate", "0.5", "--dry-run",
            )  # fmt: skip
        assert done.code == 0
        assert done.out == ""
        lines = done.err.splitlines()
        assert lines[:6] == [
            "3 users",
            "  1 request by SendUsersMessages, to 3 of them",
            "from account 123456789012 (arn:aws:sts::123456789012:assumed-role/sender/somebody), "
            "Region eu-west-1, application app-1",
            "SMS: 1 part each",
            "in 2 s at the rate",
            "To u-1",
        ]
        assert "Hello Ann, your order is on its way." in done.err
        assert {path.name for path in folder.iterdir()} == {"message.toml", "users.csv"}

    @pytest.mark.parametrize(
        ("status", "code", "shown"),
        [(403, 3, "the credentials aren't valid"), (500, 0, "account unknown (InternalFailure: no)")],
    )
    @pytest.mark.usefixtures("aws", "folder")
    def test_an_account_that_cannot_be_told(self, command, monkeypatch, status, code, shown):
        with AccountService() as account:
            account.answers["GetCallerIdentity"] = refusal_in_xml(status, "InternalFailure")
            monkeypatch.setenv("AWS_ENDPOINT_URL_STS", account.url)
            done = command(
                "send", "--application-id", "app-1", "--message", "message.toml", "--users", "users.csv", "--dry-run"
            )
        assert done.code == code
        assert shown in done.err

    def test_for_machines(self, sends, aws):
        done = sends("--dry-run", "--json")
        plan = json.loads(done.out)
        assert plan["users"] == 3
        assert plan["routes"] == [{"route": "SendUsersMessages", "addresses": 3, "requests": 1}]
        assert plan["application_id"] == "app-1"
        assert aws.requests == {}

    def test_how_many_parts(self, sends, folder):
        write_users(folder, "u-1,Ann", f"u-2,{'x' * 200}")
        assert "SMS: 1 to 2 parts, 1.5 on average of the first 2 users" in sends("--dry-run").err

    def test_a_message_without_sms(self, sends, folder):
        (folder / "message.toml").write_text('[voice_message]\nbody = "Hello {{name}}"\n', encoding="utf-8")
        assert "SMS" not in sends("--dry-run").err

    def test_push_is_every_push_channel(self, sends, folder):
        (folder / "message.toml").write_text(TWO_CHANNELS, encoding="utf-8")
        done = sends("--dry-run", "--channels", "push")
        assert "─ GCM ─" in done.err
        assert "─ SMS ─" not in done.err

    def test_a_directory_by_way_and_endpoint(self, command, folder, aws):
        (folder / "message.toml").write_text(TWO_CHANNELS, encoding="utf-8")
        write_users(folder, *(f"u-{number},Ann" for number in range(4)))
        endpoints = [
            ("SMS", "+12065550100", "u-0", {}),
            ("SMS", "+12065550101", "u-0", {}),
            ("GCM", "token-0", "u-0", {}),
            ("EMAIL", "ann@example.com", "u-1", {}),
            ("EMAIL", "bob@example.com", "u-2", {"OptOut": "ALL"}),
            ("SMS", "+12065550102", "u-2", {"EndpointStatus": "INACTIVE"}),
        ]
        lines = [
            {"Id": f"e-{number}", "ChannelType": channel, "Address": address, "User": {"UserId": user}, **more}
            for number, (channel, address, user, more) in enumerate(endpoints)
        ]
        (folder / "export.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
        assert command("endpoints", "import", "--directory", "users.db", "export.gz").code == 0
        how = (
            "send",
            "--application-id",
            "app-1",
            "--endpoint-url",
            aws.url,
            "--message",
            "message.toml",
            "--dry-run",
            "--from-email-address",
            "a@example.com",
        )
        shown = command(*how, "--users", "users.csv", "--directory", "users.db").err.splitlines()
        assert shown[1:4] == [
            "  1 request by SendBulkEmail, to 1 endpoint",
            "  1 request by SendMessages, to 3 endpoints",
            "  2 users without an endpoint that can be sent to",
        ]
        ways = ("--origination-identity", "+12065550199", "--first-of", "sms,email")
        shown = command(*how, "--users", "users.csv", "--directory", "users.db", *ways).err.splitlines()
        assert shown[1:3] == [
            "  1 request by SendBulkEmail, to 1 endpoint",
            "  2 requests by SendTextMessage, to 2 endpoints",
        ]
        shown = command(*how, "--users", "users.csv", "--directory", "users.db", "--first-of", "push,sms").err.splitlines()
        assert shown[1:3] == [
            "  1 request by SendMessages, to 1 endpoint",
            "  3 users without an endpoint that can be sent to",
        ]

    def test_the_preview_is_of_the_first_user_whom_the_directory_reaches(self, command, folder):
        (folder / "message.toml").write_text(
            TWO_CHANNELS.replace("Hello {{name}}", "Hello {{User.UserAttributes.Name}} of {{Attributes.city}}"),
            encoding="utf-8",
        )
        user = {"UserId": "u-2", "UserAttributes": {"Name": ["Zoe"]}}
        endpoints = [
            ("SMS", "+12065550100", {"Attributes": {"city": ["Ulm"]}}),
            ("SMS", "+12065550101", {}),
            ("EMAIL", "zoe@example.com", {}),
            ("GCM", "token", {"OptOut": "ALL"}),
        ]
        lines = [
            {"Id": f"e-{number}", "ChannelType": channel, "Address": address, "User": user, **more}
            for number, (channel, address, more) in enumerate(endpoints)
        ]
        (folder / "export").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
        assert command("endpoints", "import", "--directory", "users.db", "export").code == 0
        how = ("--message", "message.toml", "--users", "users.csv", "--directory", "users.db")
        ways = ("--from-email-address", "shop@example.com", "--origination-identity", "+12065550199")
        done = command("send", "--local", *how, *ways, "--dry-run")
        assert done.code == 0, done.err
        shown = done.err[done.err.index("To u-2") :]
        assert "Hello Zoe of Ulm" in shown
        assert re.search(r"From +\+12065550199 .*\n.*To +\+1…00 and 1 more ", shown)
        assert re.search(r"From +shop@example.com .*\n.*To +zo…om ", shown)
        assert "GCM" not in shown
        assert "No value here" not in shown
        first = command("preview", *how[:4], "--user", "u-2", *how[4:])
        assert first.code == 0
        assert "Hello Zoe of Ulm" in first.out
        assert "From" not in first.out
        assert "To u-1\nno endpoint of the directory gets it\n" in command("preview", *how).out
        assert command("preview", *how, "--html", "page.html").code == 0
        assert "<p>no endpoint of the directory gets it</p>" in (folder / "page.html").read_text(encoding="utf-8")
        assert "<dt>To</dt><dd>+1…00 and 1 more</dd>" in command("preview", *how, "--user", "u-2", "--html", "-").out

    def test_calls_by_their_own_way(self, command, folder):
        (folder / "message.toml").write_text('[voice_message]\nbody = "Hello {{name}}"\n', encoding="utf-8")
        how = ("--local", "--message", "message.toml", "--users", "users.csv", "--origination-identity", "+12065550199")
        assert "3 requests by SendVoiceMessage, to 3 endpoints" in command("send", *how, "--dry-run").err

    def test_many_users_are_an_estimate(self, command, folder):
        write_users(folder, *(f"u-{number},Ann" for number in range(1_500)))
        how = ("--local", "--message", "message.toml", "--users", "users.csv", "--dry-run", "--rate")
        done = command("send", *how, "5")
        assert "about 15 requests by SendMessages, to about 1,500 endpoints" in done.err
        assert "in about 3 s at the rate" in done.err
        assert "in about 4 h 10 min at the rate" in command("send", *how, "0.001").err
        assert "in under a second at the rate" in command("send", *how, "1000").err

    def test_templates_of_a_folder_are_the_message(self, command, folder):
        (folder / "templates").mkdir()
        (folder / "templates" / "hello.sms.json").write_text('{"Body": "Hi {{name}}"}', encoding="utf-8")
        text = '[template_configuration.sms_template]\nname = "hello"\n'
        (folder / "message.toml").write_text(text, encoding="utf-8")
        how = ("send", "--local", "--message", "message.toml", "--templates", "templates", "--users", "users.csv")
        done = command(*how)
        assert done.code == 0, done.err
        assert "Hi Bob" in done.out
        write_users(folder, "u-1,")
        refused(command(*how), "users.csv:2: name: has no value")
        (folder / "templates" / "hello.sms.json").unlink()
        refused(command(*how), "no sms template 'hello' is in --templates")
        (folder / "templates" / "hello.json").touch()
        refused(command(*how), "--templates: ['hello']: isn't called NAME.KIND.json or NAME@VERSION.KIND.json; allowed kinds")
        how = ("--message", "message.toml", "--users", "users.csv")
        assert refused(command("send", "--local", *how, "--templates", "nowhere")) == ["--templates: 'nowhere' is no folder"]
        assert refused(command("send", "--local", *how, "--dry-run")) == [
            "message.toml: template_configuration: the service no longer keeps templates: give --templates FOLDER, "
            "with hello.sms.json in it"
        ]
        assert "note: the texts of its templates weren't looked at" in command("check", *how).out
        shown = " ".join(command("preview", *how[:2]).out.split())
        assert "isn't in the message's file: `send --templates FOLDER --dry-run` shows it" in shown

    def test_many_templates_that_are_wrong(self, command, folder):
        (folder / "templates").mkdir()
        for number in range(30):
            (folder / "templates" / f"t-{number}.sms.json").write_text('{"Bdy": "Hi"}', encoding="utf-8")
        text = '[template_configuration.sms_template]\nname = "hello"\n'
        (folder / "message.toml").write_text(text, encoding="utf-8")
        how = ("--message", "message.toml", "--templates", "templates", "--users", "users.csv")
        lines = refused(command("send", "--local", *how), "t-0.sms")
        assert len(lines) == 21
        assert re.fullmatch(r"… and \d+ more", lines[-1])


class TestTheQuestion:
    def test_is_asked_at_the_terminal_where_the_users_come_by_standard_input(self, sends, aws, folder, monkeypatch):
        class Screen(io.StringIO):
            encoding = "utf-8"

            def isatty(self):
                return True

        (folder / "tty").write_bytes(b"n\n")
        monkeypatch.setattr("pinpoint_users.cli.terminal._TERMINAL", folder / "tty")
        monkeypatch.setattr(sys, "stderr", Screen())
        done = sends("--users", "-", stdin=b"user_id,name\nu-1,Ann\n")
        assert done.code == 2
        assert "Send to 1 user? [y/N] " in sys.stderr.getvalue()
        assert aws.requests == {}

    def test_is_refused_without_a_terminal(self, sends, aws):
        lines = refused(sends())
        assert lines[-1] == "there is no terminal to ask at: look at what --dry-run says, then add --yes; nothing was sent"
        assert aws.requests == {}

    @pytest.mark.parametrize(("answer", "code"), [("y", 0), ("YES ", 0), ("n", 2), ("", 2), ("\xe9", 2)])
    def test_is_asked_at_a_terminal(self, aws, folder, monkeypatch, answer, code):
        class Screen(io.StringIO):
            encoding = "utf-8"

            def isatty(self):
                return True

        class Keyboard(io.TextIOWrapper):
            def isatty(self):
                return True

        from pinpoint_users.cli import main

        monkeypatch.setattr(sys, "stdin", Keyboard(io.BytesIO(f"{answer}\n".encode("latin-1"))))
        monkeypatch.setattr(sys, "stderr", Screen())
        how = ("--application-id", "app-1", "--endpoint-url", aws.url, "--message", "message.toml", "--users", "users.csv")
        assert main(["send", *how]) == code
        shown = sys.stderr.getvalue()
        assert "Send to 3 users? [y/N] " in shown
        assert ("3/3 users" in shown) is (code == 0)
        assert len(aws.deliveries()) == (3 if code == 0 else 0)
        if code:
            assert shown.endswith("nothing was sent\n")
            assert {path.name for path in folder.iterdir()} == {"message.toml", "users.csv"}
