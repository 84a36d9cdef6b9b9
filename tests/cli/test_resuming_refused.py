"""What `resume` refuses, and what ends a run whose files or journal change under it."""

from __future__ import annotations

import json
import os

import pytest
from cli.cut_short import when

from pinpoint_users import DirectMessageConfiguration, Journal, PinpointUsers, SMSMessage
from pinpoint_users.local import LocalPinpoint


class TestWhatIsRefused:
    @pytest.fixture
    def run_db(self, sends):
        assert sends("--yes", "--journal", "run.db").code == 0

    @pytest.fixture
    def refused(self, command, aws):
        def check(said, journal="run.db"):
            before = aws.requests
            done = command("resume", journal, "--yes")
            assert (done.code, done.out) == (2, "")
            assert said in done.err
            assert done.err.count("\n") == 1
            assert aws.requests == before

        return check

    def test_no_journal(self, refused):
        refused("nowhere.db: there is no such journal", "nowhere.db")

    @pytest.mark.usefixtures("run_db")
    def test_nothing_beside_it(self, refused, folder):
        (folder / "run.db.json").unlink()
        refused("run.db.json: isn't there")

    @pytest.mark.usefixtures("run_db")
    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 1, "options": {"x": 1}}', "\xff"])
    def test_something_else_beside_it(self, refused, folder, text):
        (folder / "run.db.json").write_text(text, encoding="latin-1")
        refused("run.db.json: isn't what `send` writes there")

    @pytest.mark.usefixtures("run_db")
    def test_a_newer_release(self, refused, folder):
        (folder / "run.db.json").write_text('{"format": 2}', encoding="ascii")
        refused("run.db.json: the run is of a newer release")

    @pytest.mark.usefixtures("run_db")
    @pytest.mark.parametrize(("name", "word"), [("message.toml", "message"), ("users.csv", "users")])
    def test_files_that_are_not_what_they_were(self, refused, folder, name, word):
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write("\n")
        refused(f"{name}: the {word} changed since the run began")
        (folder / name).unlink()
        refused(f"{name}: No such file or directory: put the {word} of the run back")

    @pytest.mark.usefixtures("run_db")
    def test_a_journal_that_is_damaged(self, refused, folder):
        (folder / "run.db").write_text("something else", encoding="utf-8")
        refused("run.db: this file isn't a journal: name the one that `send` told of")

    def test_a_rehearsal(self, command, sends, folder):
        how = ("--application-id", "app-1", "--message", "message.toml", "--users", "users.csv", "--journal", "run.db")
        assert command("send", "--local", *how).code == 0
        done = sends("--yes", "--journal", "run.db")
        assert done.code == 2
        assert "the journal is of application 'local-app-1', not 'app-1'" in done.err

    @pytest.mark.usefixtures("run_db")
    def test_a_file_of_somebody_else_beside_it_is_left_alone(self, sends, folder):
        (folder / "run.db.json").write_text('{"sms_message": {}}', encoding="ascii")
        done = sends("--yes", "--journal", "run.db")
        assert done.code == 2
        assert "run.db.json: isn't what `send` writes there: move it away" in done.err
        assert (folder / "run.db.json").read_text(encoding="ascii") == '{"sms_message": {}}'

    def test_another_message(self, sends, folder, run_db):
        (folder / "message.toml").write_text('[sms_message]\nbody = "Hi {{name}}"\n', encoding="utf-8")
        (folder / "out.csv").write_text("before", encoding="utf-8")
        done = sends("--yes", "--journal", "run.db", "--report", "out.csv")
        assert done.code == 2
        assert (folder / "out.csv").read_text(encoding="utf-8") == "before"
        assert "run.db: the journal is of another message" in done.err
        assert "take another file for this run, which sends to all of its users" in done.err
        assert "force" not in done.err

    def test_a_journal_that_another_run_uses(self, command, sends, aws, folder, run_db):
        before = (folder / "run.db.json").read_bytes()
        message = DirectMessageConfiguration(
            sms_message=SMSMessage(body="Hello {{name}}, your order is on its way.", message_type="TRANSACTIONAL")
        )
        with (
            LocalPinpoint(application_id="app-1") as other,
            PinpointUsers("app-1", transport=other.transport) as client,
            client.stream(message, ["u-1"], journal=Journal("run.db")),
        ):
            for done in (command("resume", "run.db", "--yes"), sends("--yes", "--journal", "run.db")):
                assert (done.code, done.out) == (2, "")
                assert "run.db: another run uses this journal" in done.err
        assert (folder / "run.db.json").read_bytes() == before


class TestWhatChangesMeanwhile:
    def test_users_who_were_not_checked_are_not_sent_to(self, sends, folder, aws, monkeypatch):
        def ask(_question):
            (folder / "users.csv").write_text("user_id,name\nu-9,\n", encoding="utf-8")

        monkeypatch.setattr("pinpoint_users.cli.send.confirm", ask)
        done = sends("--journal", "run.db")
        assert done.code == 2
        assert "users.csv: changed after it was checked" in done.err
        assert aws.requests == {}
        assert {path.name for path in folder.iterdir()} == {"message.toml", "users.csv"}

    def test_users_that_change_while_they_are_read_end_the_run(self, sends, folder, aws):
        rows = "".join(f"x-{number},Ann\n" for number in range(5_000))
        (folder / "more.csv").write_text("user_id,name\n" + rows, encoding="utf-8")
        aws.pass_next()
        aws.fail_next(429, times=1_000_000)
        thread = when(lambda: aws.requests, lambda: (os.utime(folder / "more.csv", (1, 1)), aws.clear_faults()))
        done = sends("--yes", "--users", "more.csv", "--concurrency", "1", "--json")
        thread.join()
        assert done.code == 1
        told = json.loads(done.out)
        assert "more.csv: changed after it was checked" in told["stopped"]["message"]
        assert told["users"] == 5_000
        assert told["outcomes"]["NOT_SENT"] > 0

    def test_a_journal_that_is_deleted_stops_the_run(self, sends, folder, aws, many):
        aws.pass_next()
        aws.fail_next(429, times=1_000_000)
        thread = when(lambda: aws.requests, lambda: ((folder / "run.db").unlink(), aws.clear_faults()))
        done = sends("--yes", "--users", "many.csv", "--journal", "run.db", "--concurrency", "1")
        thread.join()
        assert done.code == 3
        assert "stopped: " in done.out
        assert "the journal was moved, deleted, replaced or changed" in done.out
