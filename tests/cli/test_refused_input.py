"""What `send` refuses before anything goes out, or leaves out: each fault by its line, and nothing is sent."""

from __future__ import annotations

import json
import re

import pytest
from cli.files import TWO_CHANNELS, refused, reported, write_users


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
        twice = ("--user", "u-1", "--set", "name=Ann", "--user", "u-2", "--set", "name=Bob")
        refused(sends(*twice), "--set name=…: is there twice, and holds for each --user")
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
