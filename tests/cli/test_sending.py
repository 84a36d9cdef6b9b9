"""What `send` shows while it sends, how it ends, and what it leaves behind."""

from __future__ import annotations

import csv
import errno
import json
import os
import re
import signal
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from pinpoint_users.cli import main
from pinpoint_users.cli.interrupts import Guarded, Interrupts
from pinpoint_users.cli.tally import Tally

ENDS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def many(folder, aws, count):
    """So many users of one endpoint each."""
    aws.add_endpoints(
        {"ChannelType": "SMS", "Address": f"+1206{number:07}", "User": {"UserId": f"m-{number}"}} for number in range(count)
    )
    rows = "".join(f"m-{number},name {number}\n" for number in range(count))
    (folder / "many.csv").write_text("user_id,name\n" + rows, encoding="utf-8")


def reported(folder, name="out.jsonl"):
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


def files(folder):
    return {path.name for path in folder.iterdir()} - {"message.toml", "users.csv", "many.csv"}


def strike_when_asked(aws, *numbers):
    """Sends this process signals, one after another, when the service has its first request."""

    def strike():
        while not aws.requests:
            threading.Event().wait(0.005)
        for number in numbers:
            os.kill(os.getpid(), number)

    thread = threading.Thread(target=strike)
    thread.start()
    return thread


class TestExitCodes:
    def test_0_is_everybody(self, sends, folder, aws):
        done = sends("--yes")
        assert done.code == 0
        assert done.out.splitlines() == [
            "3 users:",
            "            3  SUCCESSFUL",
            "by channel:",
            "          SMS  3 SUCCESSFUL",
        ]
        assert files(folder) == set()  # a journal that nobody has named, and that nobody needs

    def test_0_is_an_address_too_that_the_message_has_nothing_for(self, sends, command, aws, folder):
        aws.add_endpoint(user_id="u-1", channel_type="EMAIL", address="ann@example.com")
        done = sends("--yes", "--journal", "run.db", "--report", "out.jsonl")
        assert done.code == 0
        assert done.out.splitlines() == [
            "3 users:",
            "            3  SUCCESSFUL",
            "by channel:",
            "          SMS  3 SUCCESSFUL",
            "1 endpoint of channels that the message has nothing for",
        ]
        assert {line["outcome"] for line in reported(folder)} == {"SUCCESSFUL"}
        assert len([line for line in reported(folder) if len(line["endpoints"]) == 2]) == 1
        assert command("resume", "run.db")[:2] == (0, done.out)
        assert command("report", "run.db").code == 0

    def test_1_is_who_has_no_other_address_and_whom_it_failed_for_another_reason(self, sends, command, aws, folder):
        (folder / "message.toml").write_text('[sms_message]\nbody = "Hi"\n[email_message.simple_email]\n', encoding="utf-8")
        (folder / "users.csv").write_text("user_id\nu-1\na\nb\nc\n", encoding="utf-8")
        for user in "abc":
            aws.add_endpoint(user_id=user, channel_type="EMAIL", address=f"{user}@example.com", endpoint_id=f"{user}-0")
        aws.add_endpoint(user_id="b", channel_type="SMS", address="+12065550108", opt_out="ALL")
        aws.add_endpoint(user_id="c", channel_type="SMS", address="+12065550109")
        aws.add_endpoint(user_id="c", channel_type="SMS", address="+12065550110", opt_out="ALL")
        told = [
            json.loads(done.out)
            for done in (
                sends("--yes", "--json", "--channels", "sms", "--journal", "run.db"),
                command("resume", "run.db", "--json"),
                command("report", "run.db", "--json"),
            )
        ]
        for each in told:
            outcomes = {word: count for word, count in each["outcomes"].items() if count}
            assert outcomes == {"SUCCESSFUL": 1, "PARTIAL": 1, "FAILED": 2}
            assert {reason: of["users"] for reason, of in each["reasons"].items()} == {
                "NO_MESSAGE_FOR_CHANNEL": 1,
                "OPTED_OUT": 2,
            }
            assert (each["endpoints_of_other_channels"], each["resume"], each["exit_code"]) == (3, None, 1)
        assert told[0]["channels"] == {"SMS": {"SUCCESSFUL": 2, "OPT_OUT": 2}}

    def test_1_is_not_everybody(self, sends, folder, aws):
        aws.fail_next(500)
        done = sends("--yes")
        assert done.code == 1
        assert re.search(r"why not:\n +3  UNKNOWN, such as: .*500", done.out)
        assert "3 users of 3 did not get the message everywhere" in done.out
        [journal] = [name for name in files(folder) if name.endswith(".db")]
        assert "go on with" not in done.out  # by which nobody would be sent to
        assert "in doubt: 3 users may have got it, as no answer came; nobody who may have is sent to again\n" in done.out
        assert f"see who by: pinpoint-users report {journal} --failed; who is rather to get it twice than not" in done.out

    def test_1_is_not_everybody_whom_the_command_line_names(self, sends, aws):
        aws.fail_next(500)
        done = sends("--yes", "--user", "u-1", "--set", "name=Ann")
        assert done.out.splitlines()[-1].startswith("in doubt: 1 user may have got it")

    def test_1_without_anything_to_go_on_with(self, sends, folder, aws):
        (folder / "users.csv").write_text("user_id,name\nu-1,Ann\nnobody,Bob\n", encoding="utf-8")
        done = sends("--yes")
        assert done.code == 1
        assert "go on with" not in done.out
        assert files(folder) == set()

    @pytest.mark.parametrize(("status", "word"), [(403, "AccessDeniedError"), (404, "ApplicationNotFoundError")])
    def test_3_is_what_stops_every_request(self, sends, folder, aws, status, word):
        aws.fail_next(status, times=9)
        done = sends("--yes", "--json", "--report", "out.jsonl")
        assert done.code == 3
        told = json.loads(done.out)
        assert told["outcomes"]["NOT_SENT"] == told["users"] == 3
        assert told["stopped"]["error"] == word
        assert told["exit_code"] == 3
        assert told["resume"] == f"pinpoint-users resume {told['journal']} --report out.jsonl"
        assert {each["outcome"] for each in reported(folder)} == {"NOT_SENT"}

    def test_3_is_no_credentials(self, sends, aws, monkeypatch):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
            monkeypatch.setenv(name, "nowhere")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        done = sends("--yes")
        assert done.code == 3
        assert "stopped: " in done.out

    def test_3_is_no_region(self, sends, aws, monkeypatch):
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        monkeypatch.setenv("AWS_CONFIG_FILE", "nowhere")
        done = sends("--yes")
        assert done.code == 3
        assert "Give --region, or set AWS_DEFAULT_REGION" in done.err
        assert done.out == ""

    @pytest.mark.parametrize("number", ENDS, ids=lambda number: number.name)
    def test_130_is_a_signal_and_what_is_under_way_is_finished(self, sends, folder, aws, number):
        many(folder, aws, 1_000)
        aws.limit_rate(100, endpoints_per_second=0.001)
        thread = strike_when_asked(aws, number)
        done = sends("--yes", "--users", "many.csv", "--concurrency", "1", "--report", "out.jsonl")
        thread.join()
        assert done.code == 130
        not_sent = int(re.search(r"interrupted: nothing was sent to (\d+) users", done.out)[1])
        outcomes = Counter(each["outcome"] for each in reported(folder))
        assert outcomes["NOT_SENT"] == not_sent > 0
        assert outcomes.total() == 1_000
        assert len(aws.deliveries()) == outcomes["SUCCESSFUL"]
        assert signal.getsignal(number) in {signal.SIG_DFL, signal.default_int_handler}

    def test_130_is_a_signal_before_anything_was_sent(self, sends, folder, aws, monkeypatch):
        def strike(*_arguments, **_more):
            os.kill(os.getpid(), signal.SIGTERM)

        monkeypatch.setattr("pinpoint_users.cli.send.plan_of", strike)
        assert sends("--yes", "--users", "-", stdin=b"user_id,name\nu-1,Ann\n") == (130, "", "interrupted; nothing was sent\n")
        assert files(folder) == set()

    def test_a_signal_when_everybody_has_got_it_interrupts_nothing(self, sends, folder, aws, monkeypatch):
        add = Tally.add

        def strike(self, result):
            add(self, result)
            if self.users == 3:
                os.kill(os.getpid(), signal.SIGTERM)

        monkeypatch.setattr(Tally, "add", strike)
        done = sends("--yes", "--json")
        told = json.loads(done.out)
        assert (done.code, told["is_interrupted"], told["resume"]) == (0, False, None)
        assert files(folder) == set()

    def test_130_is_a_signal_as_the_run_begins(self, sends, folder, aws, monkeypatch):
        guard = Interrupts.guard

        def strike(self, run):
            guard(self, run)
            os.kill(os.getpid(), signal.SIGINT)

        monkeypatch.setattr(Interrupts, "guard", strike)
        done = sends("--yes", "--journal", "run.db")
        assert done.code == 130
        assert "interrupted: nothing was sent to 3 users\ngo on with: pinpoint-users resume run.db" in done.out
        assert aws.requests == {}

    def test_a_signal_that_is_ignored_stays_so(self, sends, aws):
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            thread = strike_when_asked(aws, signal.SIGHUP)
            assert sends("--yes").code == 0
            thread.join()
        finally:
            signal.signal(signal.SIGHUP, before)


class TestASecondInterrupt:
    @pytest.fixture
    def exits(self, monkeypatch):
        """The codes that the process would have ended with at once."""
        codes = []
        monkeypatch.setattr(os, "_exit", codes.append)
        return codes

    def test_tells_how_to_go_on_and_ends_at_once(self, folder, aws, exits, capfd):
        many(folder, aws, 1_000)
        aws.limit_rate(100, endpoints_per_second=0.001)
        thread = strike_when_asked(aws, signal.SIGINT, signal.SIGTERM)
        service = ("--application-id", "app-1", "--endpoint-url", aws.url, "--message", "message.toml", "--users", "many.csv")
        assert main(["send", *service, "--journal", "a run.db", "--report", "out.csv", "--concurrency", "1", "--yes"]) == 130
        thread.join()
        assert exits == [130]
        said = capfd.readouterr().err
        assert "Interrupted: what is under way is finished; once more ends at once.\n" in said
        assert said.count("go on with: pinpoint-users resume 'a run.db' --report out.csv\n") == 1

    def test_without_a_journal_or_a_report(self, folder, exits, capfd, monkeypatch):
        add = Tally.add

        def strike_twice(self, result):
            add(self, result)
            for number in (signal.SIGINT, signal.SIGTERM):
                os.kill(os.getpid(), number)

        monkeypatch.setattr(Tally, "add", strike_twice)
        main(["send", "--local", "--message", "message.toml", "--user", "u-1", "--set", "name=Ann"])
        assert exits == [130]
        assert "there is no journal of this run, so what was sent isn't known\n" in capfd.readouterr().err

    def test_ends_even_if_nothing_can_be_told(self, exits):
        with Interrupts() as interrupts:
            interrupts.guard(Guarded(stop=lambda: None, farewell=lambda: 1 / 0))
            os.kill(os.getpid(), signal.SIGINT)
            assert exits == []
            os.kill(os.getpid(), signal.SIGINT)
        assert exits == [130]


class TestReport:
    def test_is_a_line_a_user(self, sends, folder, aws):
        (folder / "users.csv").write_text("user_id,name\nu-1,Ann\nnobody,Bob\n", encoding="utf-8")
        sends("--yes", "--report", "out.jsonl", "--journal", "a.db")
        first, second = sorted(reported(folder), key=lambda line: line["outcome"], reverse=True)
        assert (first["user_id"], first["outcome"], first["sent"], first["attempts"]) == ("u-1", "SUCCESSFUL", "SENT", 1)
        assert (second["user_id"], second["outcome"], second["sent"]) == ("nobody", "FAILED", "NOT_SENT")
        assert second["reason"]
        assert "+1206" not in (folder / "out.jsonl").read_text(encoding="utf-8")
        assert (folder / "out.jsonl").stat().st_mode & 0o077 == 0

        sends("--yes", "--report", "out.csv", "--journal", "b.db")
        with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
            rows = {row["user_id"]: row for row in csv.DictReader(file)}
        assert rows["u-1"]["outcome"] == "SUCCESSFUL"
        assert rows["nobody"]["outcome"] == "FAILED"
        assert rows["nobody"]["error"]

    def test_for_spreadsheets_runs_no_formula(self, sends, folder, aws):
        (folder / "users.csv").write_text(
            'user_id,name\n"=HYPERLINK(""http://x"")",Ann\n"@SUM(A1)\n-1",Bob\n+1,\n', encoding="utf-8"
        )
        sends("--yes", "--report", "out.csv", "--skip-bad-lines")
        with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        assert {row[0] for row in rows[1:]} == {'\'=HYPERLINK("http://x")', "'@SUM(A1)\n-1", "'+1"}
        assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
    @pytest.mark.parametrize("ending", ["csv", "jsonl"])
    def test_a_full_disk_ends_the_report_and_not_the_run(self, sends, folder, aws, ending):
        many(folder, aws, 300)
        (folder / f"out.{ending}").symlink_to("/dev/full")
        done = sends("--yes", "--users", "many.csv", "--report", f"out.{ending}")
        assert done.code == 1
        assert len(aws.deliveries()) == 300
        assert f"out.{ending}: the report isn't whole (No space left on device)" in done.out
        assert re.search(r"go on with: pinpoint-users resume run-.*\.db", done.out)


class TestWhatIsShown:
    def test_json_is_one_object_on_standard_output(self, sends, aws):
        done = sends("--yes", "--json")
        told = json.loads(done.out)
        assert done.out.count("\n") == 1
        assert told["outcomes"]["SUCCESSFUL"] == 3
        assert told["channels"] == {"SMS": {"SUCCESSFUL": 3}}
        assert told["exit_code"] == 0
        assert told["resume"] is None
        assert told["journal"] is None  # as it isn't there any more
        assert "3 of 3 users" in done.err

    def test_quietly_nothing(self, sends, aws):
        assert sends("--yes", "--quiet") == (0, "", "")

    def test_quietly_what_went_wrong(self, sends, aws):
        aws.fail_next(500)
        done = sends("--yes", "--quiet", "--journal", "run.db")
        assert done.code == 1
        assert done.out == ""
        assert done.err.splitlines() == [
            "3 users of 3 did not get the message everywhere",
            "in doubt: 3 users may have got it, as no answer came; nobody who may have is sent to again",
            "see who by: pinpoint-users report run.db --failed; who is rather to get it twice than not at all goes into "
            "another --users file, with another --journal",
        ]

    def test_quietly_lines_that_were_left_out(self, sends, folder, aws):
        (folder / "users.csv").write_text("user_id,name\nu-1,Ann\nu-2,\n", encoding="utf-8")
        assert sends("--yes", "--quiet", "--skip-bad-lines") == (1, "", "1 line left out\n")

    def test_who_reads_has_seen_enough(self, sends, folder, aws, monkeypatch):
        class Closed:
            encoding = "utf-8"

            def isatty(self):
                return False

            def write(self, _text):
                raise BrokenPipeError

        aws.fail_next(500)
        monkeypatch.setattr(sys, "stdout", Closed())
        monkeypatch.setattr(sys, "stderr", Closed())
        assert sends("--yes").code == 1
        assert sys.stdout is sys.stderr is None
        assert sends("--yes", "--journal", "b.db").code == 0  # and where both were closed from the beginning
        assert len(aws.deliveries()) == 3

    def test_a_signal_writes_nothing_where_standard_error_is_closed(self, monkeypatch, capfd):
        monkeypatch.setattr(sys, "stderr", None)  # what is open as 2 then may be the journal
        with Interrupts() as interrupts:
            interrupts.guard(Guarded(stop=lambda: None, farewell=lambda: None))
            os.kill(os.getpid(), signal.SIGINT)
        assert interrupts.count == 1
        assert capfd.readouterr().err == ""

    def test_a_full_disk_takes_no_summary(self, sends, folder, aws, monkeypatch):
        class Full:
            encoding = "utf-8"

            def write(self, _text):
                raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(sys, "stdout", Full())
        done = sends("--yes", "--json")
        assert done.code == 1
        assert "standard output: No space left on device: make room on the disk" in done.err
        assert len(aws.deliveries()) == 3
        assert len(files(folder)) == 2  # the journal stays, as it is all that tells what became of whom

    def test_names_that_would_drive_the_terminal_are_shown(self, command, folder):
        hostile = "\x1b]0;pwned\x07\u202e\x9b2J"
        (folder / "users.csv").write_text(f'user_id,name\n"{hostile}\nu","{hostile}"\n{hostile},\n', encoding="utf-8")
        done = command("send", "--local", "--message", "message.toml", "--users", "users.csv", "--skip-bad-lines")
        assert done.code == 1, done.err
        said = done.out + done.err
        assert r"\e]0;pwned\x07\u202e\x9b2J" in said
        assert not set("\x1b\x07\x9b\u202e") & {*said}
