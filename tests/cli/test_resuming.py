"""`resume`, and what a run leaves for it: nobody twice, nobody forgotten, and the truth about each."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
from collections import Counter

import pytest
from cli.cut_short import got, interrupt, when
from cli.files import reported

from pinpoint_users import EndpointMessageResult, Journal
from pinpoint_users._journal.file import JournalFile
from pinpoint_users._journal.record import Record
from pinpoint_users._run.earlier import result_of, targets_left

OK = EndpointMessageResult(delivery_status="SUCCESSFUL", status_code=200)
THROTTLED = EndpointMessageResult(delivery_status="THROTTLED", status_code=429)


class TestResuming:
    def test_sends_to_those_who_are_left_and_says_how_many_they_are(self, command, cut_short, aws, many, folder):
        cut_short("--journal", "run.db")
        done = command("resume", "run.db", "--yes", "--report", "out.jsonl")
        assert done.code == 0, done.err
        assert done.err.splitlines()[:2] == [
            "700 of 1,000 users, as the journal has what became of the others",
            "  7 requests by SendUsersMessages, to 700 of them",
        ]
        assert re.match(r"1,000 users:\n +1,000 +SUCCESSFUL\n", done.out)
        assert {line["user_id"] for line in reported(folder)} == {*many}
        assert got(aws) == dict.fromkeys(many, 1)
        assert (folder / "run.db").exists()  # somebody has named it

    def test_deletes_a_journal_that_nobody_has_named(self, command, cut_short, folder):
        done = cut_short("--json")
        told = json.loads(done.out)
        turned_away = told["outcomes"]["THROTTLED"]  # by one more request, if the interrupt came after its answer
        assert told["outcomes"]["UNKNOWN"] == 0, told["reasons"]
        assert f"{300 + turned_away} of 1,000 users, " in done.err
        assert done.err.endswith(f" {turned_away} failed, {700 - turned_away} not sent\n")
        assert told["is_interrupted"] is True
        assert told["outcomes"]["SUCCESSFUL"] == 300
        assert told["outcomes"]["NOT_SENT"] == 700 - turned_away
        journal = told["journal"]
        assert told["resume"] == f"pinpoint-users resume {journal}"
        assert (folder / journal).exists()
        assert command("resume", journal, "--yes", "--quiet") == (0, "", "")
        assert {path.name for path in folder.iterdir()} == {"message.toml", "users.csv", "many.csv"}

    def test_of_what_is_done_asks_nothing_and_sends_nothing(self, command, sends, aws, folder):
        assert sends("--yes", "--journal", "run.db").code == 0
        before = aws.requests
        done = command("resume", "run.db")
        assert done.code == 0
        assert "0 of 3 users" in done.err
        assert aws.requests == before

    def test_that_is_interrupted_too_says_what_is_true_of_each(self, command, cut_short, aws, many, folder):
        cut_short("--journal", "run.db")
        aws.fail_next(429, times=1_000_000)
        asked = sum(aws.requests.values())
        thread = when(lambda: sum(aws.requests.values()) > asked, interrupt)
        done = command("resume", "run.db", "--yes", "--report", "out.jsonl", "--concurrency", "1", "--json")
        thread.join()
        assert done.code == 130
        told = json.loads(done.out)
        outcomes = Counter(line["outcome"] for line in reported(folder))
        assert outcomes["SUCCESSFUL"] == told["outcomes"]["SUCCESSFUL"] == 300
        assert outcomes.total() == told["users"] == 1_000

    def test_counts_lines_that_were_left_out_as_before(self, command, cut_short, folder, aws, many):
        with (folder / "many.csv").open("a", encoding="utf-8") as file:
            file.write("m-5,Eve\nm-6,Eve\nx-1,\n")
        done = cut_short("--journal", "run.db", "--skip-bad-lines", "--json", "--report", "out.jsonl")
        told = json.loads(done.out)
        assert (told["users"], told["skipped_lines"]) == (1_000, 3)
        assert Counter(line["outcome"] for line in reported(folder))["BAD_LINE"] == 3
        done = command("resume", "run.db", "--yes", "--json", "--report", "out.jsonl")
        told = json.loads(done.out)
        assert (told["users"], told["skipped_lines"], told["outcomes"]["SUCCESSFUL"]) == (1_000, 3, 1_000)
        assert done.code == 1
        assert len(reported(folder)) == 1_003
        assert got(aws) == dict.fromkeys(many, 1)

    def test_takes_another_rate_and_concurrency(self, command, cut_short):
        cut_short("--journal", "run.db", "--rate", "100")
        done = command("resume", "run.db", "--yes", "--rate", "700", "--concurrency", "300")
        assert (done.code, done.err) == (2, "--concurrency: must be an int from 1 to 256\n")
        done = command("resume", "run.db", "--yes", "--rate", "700", "--concurrency", "2")
        assert done.code == 0
        assert "in under a second at the rate" in done.err

    def test_of_standard_input_needs_it_no_more(self, command, cut_short, folder, aws, many):
        text = (folder / "many.csv").read_bytes()
        aws.pass_next(times=3)
        aws.fail_next(429, times=1_000_000)
        thread = when(lambda: len(aws.deliveries()) >= 300, interrupt)
        service = ("--application-id", "app-1", "--endpoint-url", aws.url, "--message", "message.toml")
        done = command("send", *service, "--users", "-", "--yes", "--concurrency", "1", "--json", stdin=text)
        thread.join()
        aws.clear_faults()
        journal = json.loads(done.out)["journal"]
        assert {journal, f"{journal}.json", f"{journal}.users"} <= {path.name for path in folder.iterdir()}
        assert (folder / f"{journal}.users").stat().st_mode & 0o077 == 0
        done = command("resume", journal, "--yes")
        assert done.code == 0, done.err
        assert got(aws) == dict.fromkeys(many, 1)
        assert not [path.name for path in folder.iterdir() if path.name.startswith("run-")]

    def test_by_the_whole_command_again(self, sends, cut_short, aws, many):
        cut_short("--journal", "run.db")
        done = sends("--yes", "--users", "many.csv", "--journal", "run.db")
        assert done.code == 0
        assert "700 of 1,000 users" in done.err
        assert got(aws) == dict.fromkeys(many, 1)

    def test_a_dry_run_tells_who_is_left_and_leaves_the_journal_alone(self, sends, cut_short, folder):
        cut_short("--journal", "run.db")
        before = (folder / "run.db").read_bytes()
        plan = json.loads(sends("--users", "many.csv", "--journal", "run.db", "--dry-run", "--json").out)
        assert (plan["users"], plan["known_users"], plan["routes"][0]["requests"]) == (700, 300, 7)
        assert (folder / "run.db").read_bytes() == before

    def test_by_a_directory_looks_up_those_who_are_left(self, command, folder, aws):
        how = ("--application-id", "app-1", "--endpoint-url", aws.url, "--message", "message.toml", "--users", "users.csv")
        lines = [
            {"Id": f"e-{n}", "ChannelType": "SMS", "Address": f"+1206555010{n}", "User": {"UserId": f"u-{n}"}}
            for n in (1, 2, 3)
        ]
        (folder / "export").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
        assert command("endpoints", "import", "--directory", "users.db", "export").code == 0
        aws.fail_next(500)
        assert command("send", *how, "--directory", "users.db", "--journal", "run.db", "--yes").code == 1
        done = command("resume", "run.db")
        assert done.code == 1
        assert "0 of 3 users" in done.err
        assert "3  UNKNOWN" in done.out

    def test_that_is_interrupted_before_users_whom_the_journal_knows(self, sends, folder, aws, many):
        rows = "".join(f"{user},Ann\n" for user in many[900:])
        (folder / "late.csv").write_text("user_id,name\n" + rows, encoding="utf-8")
        assert sends("--yes", "--users", "late.csv", "--journal", "run.db").code == 0
        aws.fail_next(429, times=1_000_000)
        asked = sum(aws.requests.values())
        thread = when(lambda: sum(aws.requests.values()) > asked, interrupt)
        how = ("--users", "many.csv", "--journal", "run.db", "--concurrency", "1", "--report", "out.jsonl")
        done = sends("--yes", *how)
        thread.join()
        assert done.code == 130
        assert "nothing was sent to 900 users" in done.out
        assert {line["user_id"]: line["outcome"] for line in reported(folder)} == {
            user: "NOT_SENT" if number < 900 else "SUCCESSFUL" for number, user in enumerate(many)
        }

    @pytest.mark.parametrize(
        ("record", "takes_one", "outcome", "left"),
        [
            (Record("u-1"), False, "NOT_SENT", [None]),
            (Record("u-1", unknown=frozenset({None})), False, "UNKNOWN", []),
            (Record("u-1", endpoints={"e-1": OK}), False, "SUCCESSFUL", []),
            (Record("u-1", endpoints={"e-1": OK}, pending=frozenset({"e-2"})), False, "PARTIAL", ["e-2"]),
            (Record("u-1", pending=frozenset({"e-1"})), False, "NOT_SENT", ["e-1"]),
            (Record("u-1", endpoints={"e-1": THROTTLED}), False, "THROTTLED", ["e-1"]),
            (Record("u-1", endpoints={"e-1": THROTTLED, "e-2": OK}), False, "PARTIAL", ["e-1"]),
            (Record("u-1", endpoints={"e-1": THROTTLED, "e-2": OK}), True, "SUCCESSFUL", []),
            (Record("u-1", endpoints={"e-1": THROTTLED}), True, "THROTTLED", ["e-1"]),
        ],
    )
    def test_takes_a_journal_at_its_word(self, record, takes_one, outcome, left):
        assert result_of(record, takes_one=takes_one).outcome == outcome
        assert targets_left(record, takes_one=takes_one) == left

    @pytest.mark.parametrize(
        ("by", "routes"),
        [
            ((), [("SendUsersMessages", 1, 1), ("SendMessages", 1, 1)]),
            (("--directory", "users.db"), [("SendMessages", 2, 1)]),
        ],
    )
    def test_announces_only_what_is_still_to_go(self, command, sends, folder, by, routes):
        lines = [
            {"Id": f"e-{n}-{address[-1]}", "ChannelType": "SMS", "Address": address, "User": {"UserId": f"u-{n}"}}
            for n, address in ((1, "+12065550101"), (2, "+12065550102"), (2, "+12065550103"), (3, "+12065550104"))
        ]
        (folder / "export").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
        assert command("endpoints", "import", "--directory", "users.db", "export").code == 0
        journal = JournalFile(Journal("run.db"), application_id="app-1", content=b"")
        journal.write([Record("u-1", 1, {"e-1-1": OK}), Record("u-2", 1, {"e-2-2": OK, "e-2-3": THROTTLED})])
        journal.close()
        plan = json.loads(sends(*by, "--journal", "run.db", "--dry-run", "--json").out)
        assert (plan["users"], plan["known_users"]) == (2, 1)
        assert [tuple(leg.values()) for leg in plan["routes"]] == routes


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_after_a_kill_the_journal_is_right(command, aws, many, folder):
    aws.pass_next(times=3)
    aws.hang_next(times=100)
    words = ("send", "--application-id", "app-1", "--endpoint-url", aws.url, "--message", "message.toml", "--users", "many.csv")
    more = ("--journal", "run.db", "--concurrency", "1", "--yes", "--quiet")
    with subprocess.Popen([sys.executable, "-m", "pinpoint_users", *words, *more]) as process:
        while sum(aws.requests.values()) < 4:
            threading.Event().wait(0.005)
        process.kill()
    aws.clear_faults()
    done = command("resume", "run.db", "--yes", "--json")
    assert done.code == 1
    told = json.loads(done.out)
    assert told["outcomes"]["SUCCESSFUL"] == 900
    assert told["outcomes"]["UNKNOWN"] == 100
    assert told["resume"] is None
    assert {*got(aws).values()} == {1}


def test_a_user_alone_over_7_mb_is_left_to_nobody(command, aws, folder):
    message = {"email_message": {"simple_email": {"subject": "Hi {{name}}", "text_part": "x" * 6_900_000}}}
    (folder / "message.json").write_text(json.dumps(message), encoding="utf-8")
    line = {"user_id": "u-1", "name": "x" * 200_000}
    (folder / "large.jsonl").write_text(json.dumps(line), encoding="utf-8")
    how = ("--application-id", "app-1", "--endpoint-url", aws.url, "--users", "large.jsonl", "--message", "message.json")
    done = command("send", *how, "--journal", "run.db", "--yes", "--quiet", "--json")
    assert done.code == 1
    told = json.loads(done.out)
    assert (told["outcomes"]["NOT_SENT"], told["resume"]) == (1, None)
    again = command("resume", "run.db", "--yes", "--quiet", "--json")
    assert (again.code, json.loads(again.out)["resume"]) == (1, None)
