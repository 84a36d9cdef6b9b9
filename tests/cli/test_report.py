"""`report`: what a journal knows of a run, whoever began it, and while it goes on."""

from __future__ import annotations

import json

import pytest
from journal.journals import OK, THROTTLED, done, in_flight

from pinpoint_users import EndpointMessageResult, Journal
from pinpoint_users._journal.codec import compress
from pinpoint_users._journal.file import JournalFile
from pinpoint_users._journal.record import Record

OPTED_OUT = EndpointMessageResult(delivery_status="OPT_OUT", status_code=200)
ALL_GOT_IT = "application app-1\n3 users:\n            3  SUCCESSFUL\n"


@pytest.fixture
def sent(sends):
    """A run of the command line that everybody got."""
    assert sends("--journal", "run.db", "--yes").code == 0


@pytest.fixture
def journal(folder):
    """The journal of a run of a program, which goes on."""
    journal = JournalFile(Journal("run.db"), application_id="app-1", content=b"hello")
    yield journal
    journal.close()


def test_of_a_run_that_everybody_got(command, sent):
    assert command("report", "run.db") == (0, ALL_GOT_IT, "")
    assert command("report", "run.db", "--failed") == (0, ALL_GOT_IT, "")
    assert command("report", "run.db", "--failed", "--json") == (0, "", "")


def test_json_has_the_counts(command, sent):
    told = json.loads(command("report", "run.db", "--json").out)
    outcomes = told.pop("outcomes")
    assert {word: count for word, count in outcomes.items() if count} == {"SUCCESSFUL": 3}
    assert told == {
        "application_id": "app-1",
        "users": 3,
        "reasons": {},
        "endpoints_of_other_channels": 0,
        "skipped_lines": 0,
        "resume": None,
        "is_running": False,
        "exit_code": 0,
    }


def test_sends_nothing(command, sent, aws):
    before = dict(aws.requests)
    command("report", "run.db", "--failed")
    assert aws.requests == before


def test_of_who_did_not_get_it(command, journal):
    journal.write(
        [Record("u-1", 1, {"a": OK}), Record("u-2", 1, {"b": OPTED_OUT}), Record("u-\x1b3", 2, {"c": OK, "d": OPTED_OUT})]
    )
    journal.close()
    done = command("report", "run.db", "--failed")
    assert done.code == 1
    assert done.out.splitlines() == [
        "u-2: FAILED after 1 attempt: b OPT_OUT (200)",
        "u-\\x1b3: PARTIAL after 2 attempts: c SUCCESSFUL (200); d OPT_OUT (200)",
        "application app-1",
        "3 users:",
        "            1  SUCCESSFUL",
        "            1  PARTIAL",
        "            1  FAILED",
        "why not:",
        "            2  OPTED_OUT, such as: OPT_OUT (200)",
        "2 users of 3 did not get the message everywhere",
    ]
    users = [json.loads(line) for line in command("report", "run.db", "--failed", "--json").out.splitlines()]
    assert [(user["user_id"], user["outcome"], user["reason"]) for user in users] == [
        ("u-2", "FAILED", "OPTED_OUT"),
        ("u-\x1b3", "PARTIAL", "OPTED_OUT"),
    ]


@pytest.mark.parametrize(
    ("record", "outcome", "goes_on"),
    [
        (in_flight("u-1"), "UNKNOWN", False),
        (Record("u-1", 2), "NOT_SENT", True),
        (Record("u-1", 5, {"a": THROTTLED}), "THROTTLED", True),
        (done("u-1"), "PARTIAL", True),
        (Record("u-1", 1, {"a": OK}, pending=frozenset({"b"})), "PARTIAL", True),
        (Record("u-1", 1, pending=frozenset({"b"})), "NOT_SENT", True),
        (Record("u-1", 1, {"a": OPTED_OUT}), "FAILED", False),
        (Record("u-1", 1, {"a": OK}, unknown=frozenset({"b"})), "UNKNOWN", False),
        (Record("u-1", 1, {"a": THROTTLED}, unknown=frozenset({"b"})), "UNKNOWN", True),
    ],
)
def test_of_whom_the_next_run_would_send_to(command, journal, record, outcome, goes_on):
    journal.write([record])
    journal.close()
    told = json.loads(command("report", "run.db", "--json").out)
    assert told["outcomes"][outcome] == 1
    assert sum(reason["users"] for reason in told["reasons"].values()) == 1
    assert told["resume"] == ("pinpoint-users resume run.db" if goes_on else None)
    shown = command("report", "run.db")
    assert shown.code == 1
    assert ("go on with: pinpoint-users resume run.db\n" in shown.out) is goes_on
    assert ("in doubt: 1 user may have got it" in shown.out) is (outcome == "UNKNOWN")


def test_of_a_run_that_goes_on(command, journal):
    journal.write([], [], ["u-1", "u-2"])
    journal.write([Record("u-1", 1, {"a": OK})])
    journal.write([Record("u-3", 1, pending=frozenset({"c"}))])
    done = command("report", "run.db")
    assert done.code == 1
    assert "            1  SUCCESSFUL\n            1  UNKNOWN\n            1  NOT_SENT\n" in done.out
    assert done.out.endswith("\nthe run goes on: who is out now is UNKNOWN, and who waits is NOT_SENT or THROTTLED\n")
    assert not [words for words in ("ended", "earlier run", "go on with", "in doubt") if words in done.out]
    told = json.loads(command("report", "run.db", "--json").out)
    assert (told["is_running"], told["resume"]) == (True, None)
    journal.write([Record("u-2", 1, {"b": OK}), Record("u-3", 1, {"c": OK})])
    assert command("report", "run.db").code == 0


def test_who_had_no_turn_is_counted(command, sends, aws):
    aws.pass_next()
    aws.fail_next(403)
    stdin = b"user_id,name\n" + b"".join(b"u-%d,Ann\n" % number for number in range(250))
    sends("--users", "-", "--journal", "run.db", "--yes", "--concurrency", "1", stdin=stdin)
    done = command("report", "run.db")
    assert done.code == 1
    assert done.out.splitlines()[1] == "250 users:"
    assert "          150  NOT_SENT" in done.out.splitlines()
    assert done.out.endswith("go on with: pinpoint-users resume run.db\n")


def test_lines_that_were_left_out_are_told_as_the_run_told_them(command, sends, folder):
    with (folder / "users.csv").open("a", encoding="utf-8") as file:
        file.write("u-1,Ann\nu-4,\n")
    assert sends("--journal", "run.db", "--yes", "--skip-bad-lines").code == 1
    assert command("report", "run.db") == (1, f"{ALL_GOT_IT}2 lines left out\n", "")
    told = json.loads(command("report", "run.db", "--json").out)
    assert (told["skipped_lines"], told["exit_code"]) == (2, 1)


@pytest.mark.parametrize(("first_of", "channels"), [("sms,voice", ("SMS", "VOICE")), ("sms,", ("SMS", "SMS"))])
def test_one_channel_of_several_is_enough_where_the_run_says_so(command, sends, folder, first_of, channels):
    code = 0 if first_of == "sms,voice" else 1
    (folder / "message.toml").write_text('[sms_message]\nbody = "Hello"\n[voice_message]\nbody = "Hello"\n', encoding="utf-8")
    endpoints = [
        {
            "Id": f"{out}-{n}",
            "ChannelType": channel,
            "Address": f"+12065550{out == 'ALL':d}0{n}",
            "OptOut": out,
            "User": {"UserId": f"u-{n}"},
        }
        for n in (1, 2, 3)
        for channel, out in zip(channels, ("ALL", "NONE"), strict=True)
    ]
    (folder / "export").write_text("\n".join(map(json.dumps, endpoints)), encoding="utf-8")
    command("endpoints", "import", "--directory", "users.db", "export")
    done = sends("--directory", "users.db", "--first-of", first_of, "--journal", "run.db", "--yes")
    assert done.code == code, done.err
    shown = command("report", "run.db")
    assert shown.code == command("resume", "run.db").code == code
    assert (shown.out == ALL_GOT_IT) is (code == 0)


@pytest.mark.parametrize("content", ["{", '{"format": 99}'])
def test_what_is_beside_a_journal_and_cannot_be_read_is_a_note(command, sent, folder, content):
    (folder / "run.db.json").write_text(content, encoding="utf-8")
    done = command("report", "run.db")
    assert (done.code, done.out) == (0, ALL_GOT_IT)
    assert done.err.startswith("note: run.db.json: ")
    assert done.err.endswith("; who isn't in the journal yet isn't counted\n")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "run.db: the journal can't be read (No such file or directory): check the path"),
        (b"hello", "run.db: this file isn't a journal: name the one that `send` told of"),
        (compress(['{"format": 3}']), "run.db: the journal is of a newer release: upgrade pinpoint-users"),
    ],
)
def test_no_journal_is_a_line(command, folder, content, said):
    if content is not None:
        (folder / "run.db").write_bytes(content)
    assert command("report", "run.db") == (2, "", f"{said}\n")


def test_a_damaged_journal_is_a_line(command, sent, folder):
    content = (folder / "run.db").read_bytes()
    (folder / "run.db").write_bytes(content[:-8] + bytes(4) + content[-4:])  # its checksum
    assert command("report", "run.db") == (
        2,
        "",
        "run.db: the journal is damaged, so it can't tell who has got the message: put back a copy of it\n",
    )
