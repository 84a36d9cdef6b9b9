"""What `send` finds, shows and refuses before anything goes out."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import sys

import pytest
from account_service import AccountService, refusal_in_xml

TWO_CHANNELS = """[sms_message]
body = "Hello {{name}}"
[gcm_message]
title = "Hello"
body = "Hello"
[email_message.simple_email.subject]
data = "Hello"
[email_message.simple_email.text_part]
data = "Hello"
"""


def write_users(folder, *lines, name="users.csv"):
    (folder / name).write_text("\n".join(["user_id,name", *lines, ""]), encoding="utf-8")


def refused(done, *said):
    """Wrong input: a line a fault on standard error, and nothing else."""
    assert done.code == 2, done.err
    assert done.out == ""
    for each in said:
        assert each in done.err
    assert "Traceback" not in done.err
    return done.err.splitlines()


def reported(folder, name="out.jsonl"):
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


class TestFaults:
    def test_variables_without_a_value_are_told_by_line_and_nobody_is_sent_to(self, sends, folder, aws):
        write_users(folder, "u-1,Ann", "u-2,", "u-3,")
        lines = refused(sends("--yes"))
        assert lines == [
            "users.csv:3: name: has no value, and the text uses {{name}}: give user 'u-2' one",
            "users.csv:4: name: has no value, and the text uses {{name}}: give user 'u-3' one",
            "nothing was sent; --skip-bad-lines leaves these out",
        ]
        assert aws.requests == {}
        assert {path.name for path in folder.iterdir()} == {"message.toml", "users.csv"}

    def test_a_hundred_are_the_first_twenty_and_a_count(self, sends, folder):
        write_users(folder, *(f"u-{number}," for number in range(100)), "u-100,Ann")
        lines = refused(sends("--yes"))
        assert len(lines) == 22
        assert lines[20] == "… and 80 more"

    @pytest.mark.parametrize("body", ["sms_message", "default_message"])
    def test_an_sms_over_the_limit_is_told_by_line(self, sends, folder, aws, body):
        (folder / "message.toml").write_text(f'[{body}]\nbody = "Hello {{{{name}}}}"\n', encoding="utf-8")
        write_users(folder, "u-1,Ann", f"u-2,{'x' * 2_000}")
        lines = refused(sends("--yes"))
        assert lines[0].startswith("users.csv:3: makes an SMS of ")
        assert aws.requests == {}

    def test_an_sms_that_does_not_go_may_be_of_any_length(self, sends, folder):
        (folder / "message.toml").write_text(TWO_CHANNELS, encoding="utf-8")
        write_users(folder, "u-1,Ann", f"u-2,{'x' * 2_000}")
        assert sends("--dry-run", "--channels", "push").code == 0
        refused(sends("--dry-run"), "makes an SMS of")

    def test_only_the_channels_that_are_chosen_ask_for_variables(self, sends, folder):
        (folder / "message.toml").write_text(TWO_CHANNELS, encoding="utf-8")
        write_users(folder, "u-1,")
        assert sends("--dry-run").code == 0  # an e-mail needs none
        refused(sends("--dry-run", "--channels", "sms"), "{{name}}")

    def test_duplicates_are_told_with_both_lines(self, sends, folder):
        write_users(folder, "u-1,Ann", "u-2,Bob", "u-1,Eve")
        refused(sends("--yes"), "users.csv:4: user_id: user 'u-1' is in line 2 already")

    def test_notes_stop_nothing(self, sends, folder):
        (folder / "users.csv").write_text("user_id,name,shoe\nu-1,Ann,42\n", encoding="utf-8")
        done = sends("--yes")
        assert done.code == 0
        assert "note: users.csv:1: shoe: is a column that no text of the message uses" in done.err
        assert "note" not in sends("--yes", "--quiet", "--journal", "b.db").err

    @pytest.mark.parametrize(
        "style", ["[sms_message]\nbody", "[message_configuration.sms_message]\nbody", "[SMSMessage]\nBody"]
    )
    def test_what_looks_like_a_variable_is_told_by_every_command(self, command, sends, folder, style):
        (folder / "message.toml").write_text(f'{style} = "{{{{#if name}}}}x {{{{name}}}}"\n', encoding="utf-8")
        path = style.split("]")[0][1:] + "." + style.split("\n")[1]
        note = f"note: message.toml:2: {path}: a block isn't closed, or ends where none began: it goes out as it is written\n"
        assert note in command("check", "--message", "message.toml", "--users", "users.csv").out
        assert note in command("preview", "--message", "message.toml").out
        done = sends("--yes")
        assert done.code == 0
        assert done.err.count("goes out as it is written") == 1
        assert done.err.index(note) < done.err.index("3 users")

    def test_what_looks_like_a_variable_in_a_template(self, command, folder):
        (folder / "templates").mkdir()
        (folder / "templates" / "hello.sms.json").write_text('{"Body": "Hi {{name}"}', encoding="utf-8")
        (folder / "message.toml").write_text('[template_configuration.sms_template]\nname = "hello"\n', encoding="utf-8")
        how = ("send", "--local", "--message", "message.toml", "--templates", "templates", "--users", "users.csv")
        done = command(*how)
        assert done.code == 0
        assert re.findall(".*as it is written", done.err) == [
            "note: templates: sms_message.body: a {{ isn't closed by }}: it goes out as it is written"
        ]

    def test_a_message_and_users_that_cannot_be_read(self, sends, folder):
        refused(sends("--yes", "--users", "nobody.csv"), "nobody.csv: can't be read (No such file or directory)")
        (folder / "message.toml").write_text("[sms_message]\nbdy = 'x'\n", encoding="utf-8")
        refused(sends("--yes"), "message.toml:2: sms_message.bdy: isn't known here", "did you mean body?")
        (folder / "message.toml").unlink()
        refused(sends("--yes"), "message.toml: can't be read")

    def test_nobody_is_left_by_skipping(self, sends, folder):
        write_users(folder, "u-1,", "u-2,")
        assert refused(sends("--yes", "--skip-bad-lines"))[-1] == "nothing was sent"

    def test_users_by_one_way(self, sends):
        refused(sends("--users", "users.csv", "--user", "u-1"), "give either --users FILE, or --user ID")
        refused(sends("--set", "name=Ann"), "--set goes with --user")
        refused(sends("--user", "u-1", "--set", "name"), "--set name: write NAME=VALUE")
        refused(sends("--user", "u-1", "--set", "name=Ann", "--journal", "run.db"), "--journal goes with --users")
        lines = refused(sends("--user", "u-1", "--user", "u-1", "--set", "name=Ann", "--yes"), "is in line 1 already")
        assert lines[-1] == "nothing was sent"

    def test_what_standard_input_and_output_can_be(self, command, folder):
        message = (folder / "message.toml").read_bytes()
        checked = command("check", "--message", "-", "--users", "users.csv", stdin=message)
        assert checked.out.splitlines()[0] == "3 users, 0 faults"
        shown = command("preview", "--message", "-", "--set", "name=Ann", "--html", "-", stdin=message)
        assert shown.code == 0
        assert shown.out.startswith("<!doctype html>")
        for name in ("check", "preview"):
            refused(command(name, "--message", "-", "--users", "-"), "one standard input can't have both")
        refused(command("send", "--message", "-", "--user", "u-1", "--local"), "--message -: write the message to a file")
        refused(command("send", "--message", "--users", "users.csv"), "a file is to come here", "./--users")

    def test_a_message_from_standard_input(self, command):
        refused(command("send", "--local", "--message=-", "--user", "u-1"), "--message -: write the message to a file")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--rate", "0"], "--rate: must be a number above 0"),
            (["--concurrency", "257"], "--concurrency: must be an int from 1 to 256"),
            (["--application-id", "my app"], "--application-id: must be the ID of an application"),
            (["--endpoint-url", "http://example.com"], "--endpoint-url: "),
            (["--first-of", "sms"], "--first-of: takes --directory: "),
            (["--channels", "voice"], "--channels VOICE: the message has nothing for that"),
            (["--directory", "users.db"], "users.db: there is no such directory"),
            (["--directory", "mysql://x"], "--directory mysql://x: write a file's name"),
            (["--directory", "dynamodb://"], "--directory dynamodb://: write dynamodb://TABLE"),
            (["--directory", "dynamodb://a b"], "--directory dynamodb://a b: write dynamodb://TABLE"),
        ],
    )
    def test_options_are_called_as_they_are_written(self, command, aws, folder, arguments, said):
        how = {"--application-id": "app-1", "--endpoint-url": aws.url}
        how |= dict(zip(arguments[::2], arguments[1::2], strict=True))
        options = [word for pair in how.items() for word in pair]
        done = command("send", *options, "--message", "message.toml", "--users", "users.csv", "--yes")
        lines = refused(done, said)
        assert not re.search(r"\w_\w|PinpointUsers|allow_plain", done.err)
        assert len(lines) == 1

    def test_a_sender_that_is_none(self, command, folder):
        (folder / "message.toml").write_text(TWO_CHANNELS, encoding="utf-8")
        how = ("--local", "--message", "message.toml", "--users", "users.csv")
        refused(command("send", *how, "--from-email-address", ""), "--from-email-address: ")
        refused(command("send", *how, "--configuration-set", ""), "--configuration-set: ")
        refused(command("send", *how, "--origination-identity", ""), "--origination-identity: ")


class TestLeftOut:
    LINES = ("u-1,Ann", "u-2,", "u-1,Eve", f"u-3,{'x' * 2_000}", "u-4", "u-5,Kim")

    def test_each_user_is_told_once_and_is_in_the_report(self, sends, folder, aws):
        write_users(folder, *self.LINES)
        aws.add_endpoint(user_id="u-5", channel_type="SMS", address="+12065550105")
        done = sends("--yes", "--skip-bad-lines", "--report", "out.jsonl")
        assert done.code == 1
        assert re.findall(r"^users.csv:(\d):", done.err, re.MULTILINE) == ["3", "5", "6", "4"]
        assert "2 users; 4 lines left out" in done.err
        assert re.match(r"2 users:\n +2 +SUCCESSFUL\n", done.out)
        assert "4 lines left out" in done.out
        assert [(each["user_id"], each["outcome"], each.get("line")) for each in reported(folder)] == [
            ("u-2", "BAD_LINE", 3),
            ("u-1", "BAD_LINE", 4),
            ("u-3", "BAD_LINE", 5),
            ("u-4", "BAD_LINE", 6),
            ("u-1", "SUCCESSFUL", None),
            ("u-5", "SUCCESSFUL", None),
        ]
        assert {delivery.user_id: delivery.body for delivery in aws.deliveries()} == {
            "u-1": "Hello Ann, your order is on its way.",
            "u-5": "Hello Kim, your order is on its way.",
        }

    def test_a_line_that_is_wrong_does_not_stand_for_a_later_one_of_the_same_user(self, sends, folder, aws):
        write_users(folder, "u-1,", "u-1,Ann", "u-1,Eve")
        done = sends("--yes", "--skip-bad-lines", "--json")
        assert json.loads(done.out)["outcomes"]["SUCCESSFUL"] == 1
        assert "users.csv:4: user_id: user 'u-1' is in line 3 already" in done.err
        assert [delivery.body for delivery in aws.deliveries()] == ["Hello Ann, your order is on its way."]

    def test_quietly(self, sends, folder):
        write_users(folder, *self.LINES)
        done = sends("--yes", "--skip-bad-lines", "--quiet")
        assert "users.csv" not in done.err


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


class TestStandardInput:
    def test_is_read_once_and_kept_for_the_run(self, sends, folder, aws):
        done = sends("--users", "-", "--yes", stdin=b"user_id,name\nu-1,Ann\nu-2,Bob\n")
        assert done.code == 0, done.err
        assert len(aws.deliveries()) == 2
        assert {path.name for path in folder.iterdir()} == {"message.toml", "users.csv"}

    def test_packed(self, sends, aws):
        assert sends("--users", "-", "--yes", stdin=gzip.compress(b"user_id,name\nu-1,Ann\n")).code == 0
        assert len(aws.deliveries()) == 1

    def test_faults_are_told_and_nothing_is_left(self, sends, folder):
        refused(sends("--users", "-", "--yes", stdin=b"user_id,name\nu-1,\n"), "standard input:2: name: has no value")
        assert {path.name for path in folder.iterdir()} == {"message.toml", "users.csv"}

    def test_a_dry_run_leaves_nothing(self, sends, folder):
        assert sends("--users", "-", "--dry-run", "--journal", "run.db", stdin=b"user_id,name\nu-1,Ann\n").code == 0
        assert {path.name for path in folder.iterdir()} == {"message.toml", "users.csv"}

    def test_goes_with_a_new_journal_only(self, sends, folder):
        assert sends("--users", "-", "--yes", "--journal", "run.db", stdin=b"user_id,name\nu-1,Ann\n").code == 0
        assert {"run.db", "run.db.json", "run.db.users"} <= {path.name for path in folder.iterdir()}
        done = sends("--users", "-", "--yes", "--journal", "run.db", stdin=b"user_id,name\nu-2,Bob\n")
        refused(done, "run.db: is there already", "pinpoint-users resume run.db")

    def test_is_closed(self, sends, monkeypatch):
        monkeypatch.setattr("pinpoint_users.cli.audience.sys", type("Sys", (), {"stdin": None}))
        refused(sends("--users", "-", "--yes"), "standard input is closed")

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
    def test_a_pipe_of_the_shell_is_read_once_too(self, sends, aws):
        read, write = os.pipe()
        os.write(write, b"user_id,name\nu-1,Ann\n")
        os.close(write)
        try:
            done = sends("--users", f"/dev/fd/{read}", "--yes")
        finally:
            os.close(read)
        assert done.code == 0, done.err
        assert len(aws.deliveries()) == 1


class TestFiles:
    def test_parquet(self, sends, folder, aws):
        arrow = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        parquet.write_table(arrow.table({"user_id": ["u-1", "u-2"], "name": ["Ann", "Bob"]}), folder / "users.parquet")
        assert sends("--users", "users.parquet", "--yes").code == 0
        assert [delivery.body[:9] for delivery in aws.deliveries()] == ["Hello Ann", "Hello Bob"]

    def test_json_lines_packed(self, sends, folder, aws):
        (folder / "users.gz").write_bytes(gzip.compress(b'{"user_id": "u-1", "name": "Ann"}\n'))
        assert sends("--users", "users.gz", "--yes").code == 0
        assert len(aws.deliveries()) == 1

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ('\ufeffuser_id;name\r\nu-1;Ann\r\n\r\nu-2;"Bob ""B"""\r\n'.encode(), None),
            ("user_id,name\nu-1,Ann\n".encode("utf-16"), "users.csv:1: is UTF-16: save the file as UTF-8"),
            ("user_id,name\nu-1,Ren\u00e9\n".encode("cp1252"), "users.csv:2: isn't UTF-8"),
            (b"id,name\nu-1,Ann\n", "users.csv:1: "),
            (b"", "users.csv: "),
        ],
    )
    def test_csv_of_all_sorts(self, sends, folder, text, told):
        (folder / "users.csv").write_bytes(text)
        done = sends("--yes")
        if told is None:
            assert done.code == 0
            assert "2 users" in done.out
        else:
            assert len(refused(done, told)) <= 2


class TestPaths:
    @pytest.mark.parametrize("name", ["out.txt", "out", "out.jsonl.gz"])
    def test_a_report_of_no_format(self, sends, name):
        refused(sends("--yes", "--report", name), f"--report {name}: the name tells the format")

    def test_a_report_that_cannot_be_written(self, sends, folder, aws):
        refused(sends("--yes", "--report", "nowhere/out.csv"), "nowhere/out.csv: No such file or directory")
        (folder / "folder.csv").mkdir()
        refused(sends("--yes", "--report", "folder.csv"), "folder.csv: Is a directory")
        assert aws.requests == {}

    @pytest.mark.parametrize("name", ["users.csv", "./users.csv", "link.csv"])
    def test_a_report_over_the_users(self, sends, folder, name):
        (folder / "link.csv").symlink_to("users.csv")
        before = (folder / "users.csv").read_bytes()
        refused(sends("--yes", "--report", name), "would overwrite what the run reads")
        assert (folder / "users.csv").read_bytes() == before

    def test_a_report_is_left_as_it_was_where_nothing_is_sent(self, sends, folder):
        (folder / "out.csv").write_text("before", encoding="utf-8")
        refused(sends("--report", "out.csv"))
        assert (folder / "out.csv").read_text(encoding="utf-8") == "before"
        (folder / "bad.db").write_text("mine", encoding="utf-8")
        refused(sends("--yes", "--report", "out.csv", "--journal", "bad.db"), "bad.db: this file isn't a journal")
        assert (folder / "out.csv").read_text(encoding="utf-8") == "before"
        refused(sends("--report", "new.csv"))
        assert not (folder / "new.csv").exists()

    @pytest.mark.parametrize("name", ["run.json", "run.users"])
    def test_a_journal_whose_companions_would_overwrite_something(self, sends, folder, name):
        (folder / name).write_text("mine", encoding="utf-8")
        refused(sends("--yes", "--journal", "run"), f"{name}: is there already, and the journal run isn't")
        assert (folder / name).read_text(encoding="utf-8") == "mine"

    def test_a_journal_that_is_none(self, sends, folder, aws):
        before = (folder / "users.csv").read_bytes()
        refused(sends("--yes", "--journal", "users.csv"), "users.csv: this file isn't a journal")
        refused(sends("--yes", "--journal", "nowhere/run.db"), "nowhere/run.db")
        assert (folder / "users.csv").read_bytes() == before
        assert aws.requests == {}

    def test_a_run_that_began_in_the_same_second(self, sends, folder, monkeypatch):
        monkeypatch.setattr("pinpoint_users.cli.facts._now", lambda: "20300101-000000")
        (folder / "run-20300101-000000.db").write_text("", encoding="utf-8")
        refused(sends("--yes"), "run-20300101-000000.db: is there already: wait a second")
