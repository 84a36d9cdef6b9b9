"""The command line as somebody sees it who sits at a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
import time
from collections import Counter

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is Unix's")
pexpect = pytest.importorskip("pexpect")
pyte = pytest.importorskip("pyte")

USERS = 5_000


class Terminal:
    """A command at a terminal of 40 lines."""

    def __init__(self, *arguments, shell=None, columns=100, **variables):
        self.screen = pyte.Screen(columns, 40)
        self._stream = pyte.Stream(self.screen)
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "40", **variables}
        command = [sys.executable, "-m", "pinpoint_users", *map(str, arguments)] if shell is None else ["bash", "-c", shell]
        self.child = pexpect.spawn(
            command[0], command[1:], encoding="utf-8", dimensions=(40, columns), env=environment, timeout=20
        )

    @property
    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def shows(self, pattern, seconds=20):
        """Waits until the screen shows something."""
        deadline = time.monotonic() + seconds
        while not (found := re.search(pattern, self.text)):
            assert time.monotonic() < deadline, self.text
            assert self._read(), self.text
        return found

    def _read(self):
        try:
            self._stream.feed(self.child.read_nonblocking(65_536, timeout=5))
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return bool(re.search(r"\S", self.text)) and self._is_first_end()
        return True

    def _is_first_end(self):
        has_ended, self._has_ended = getattr(self, "_has_ended", False), True
        return not has_ended

    def ends(self):
        """Waits for the end; the exit code."""
        with contextlib.suppress(pexpect.EOF):
            while True:
                self._stream.feed(self.child.read_nonblocking(65_536, timeout=20))
        self.child.wait()
        self.child.close()
        return self.child.exitstatus


@pytest.fixture
def audience(aws, folder):
    """5,000 users, three of them with a second endpoint, at a service that throttles."""
    aws.add_endpoints(
        {"ChannelType": "SMS", "Address": f"+1206{number:07}", "User": {"UserId": f"u-{number}"}} for number in range(USERS)
    )
    rows = "".join(f"u-{number},name {number}\n" for number in range(USERS))
    (folder / "many.csv").write_text("user_id,name\n" + rows, encoding="utf-8")
    aws.limit_rate(100, endpoints_per_second=200)
    return aws


def resuming_command(run):
    """What the screen says goes on with a run, as somebody pastes it."""
    return re.search(r"go on with: (.*)$", run.text, re.MULTILINE)[1].strip()


def test_five_thousand_users_are_throttled_interrupted_resumed_and_get_it_once_each(audience, folder):
    service = ("--application-id", "app-1", "--endpoint-url", audience.url)
    run = Terminal("send", *service, "--message", "message.toml", "--users", "many.csv", "--journal", "run.db")
    run.shows(r"Send to 5,000 users\? \[y/N\]")
    assert "50 requests by SendUsersMessages" in run.text
    assert "Hello name 0, your order is on its way." in run.text
    run.child.sendline("y")
    done = int(run.shows(r"([1-9][0-9,]*)/5,000 users")[1].replace(",", ""))
    assert done < USERS
    run.shows(r"throttled [1-9][0-9,]* failed \d+ (\d+:)?\d\d:\d\d")
    run.child.sendintr()
    assert run.ends() == 130
    assert "what is under way is finished" in run.text
    not_sent = int(re.search(r"nothing was sent to ([0-9,]+) users", run.text)[1].replace(",", ""))
    assert 0 < not_sent < USERS
    assert len(audience.deliveries()) < USERS

    audience.limit_rate(None)
    again = Terminal(shell=resuming_command(run))
    again.shows(r"Go on with this run\? \[y/N\]")
    left = int(re.search(r"^([0-9,]+) of 5,000 users, as the journal has", again.text, re.MULTILINE)[1].replace(",", ""))
    assert 0 < left < USERS
    again.child.sendline("y")
    assert again.ends() == 0
    assert re.search(r"5,000 users:\n +5,000 +SUCCESSFUL\n", again.text)
    got = Counter(delivery.endpoint_id for delivery in audience.deliveries())
    assert len(got) == USERS + 3  # three of the users have a second endpoint
    assert {*got.values()} == {1}


def test_a_second_interrupt_ends_at_once_and_the_journal_is_right(aws, folder, command):
    aws.hang_next()
    run = Terminal(
        "send", "--application-id", "app-1", "--endpoint-url", aws.url, "--message", "message.toml", "--users", "users.csv",
        "--journal", "run.db", "--yes", "--report", "out.jsonl",
    )  # fmt: skip
    run.shows(r"0/3 users")
    while not aws.requests:
        time.sleep(0.01)
    run.child.kill(signal.SIGINT)
    run.shows("once more ends at once")
    run.child.kill(signal.SIGINT)
    assert run.ends() == 130
    assert "go on with: " in run.text
    assert run.screen.cursor.hidden is False
    told = command("report", "run.db", "--json")
    assert '"UNKNOWN": 3' in told.out


def test_the_resuming_command_is_for_a_shell(aws, folder):
    aws.fail_next(429, times=1_000_000)
    name = "my run's \x1b[31m é\u202e $HOME.db"
    run = Terminal(
        "send", "--application-id", "app-1", "--endpoint-url", aws.url, "--message", "message.toml", "--users", "users.csv",
        "--journal", name, "--yes", "--quiet", columns=300,
    )  # fmt: skip
    while not (folder / name).exists() or not aws.requests:
        time.sleep(0.01)
    run.child.sendintr()
    assert run.ends() == 130
    aws.clear_faults()
    again = Terminal(shell=f"{resuming_command(run)} --yes --json > out.json")
    assert again.ends() == 0
    assert json.loads((folder / "out.json").read_text())["outcomes"]["SUCCESSFUL"] == 3


def test_a_terminal_that_goes_away_ends_the_run_in_order(aws, folder, command):
    aws.fail_next(429, times=1_000_000)
    run = Terminal(
        "send", "--application-id", "app-1", "--endpoint-url", aws.url, "--message", "message.toml", "--users", "users.csv",
        "--journal", "run.db", "--yes", "--report", "out.jsonl",
    )  # fmt: skip
    run.shows(r"0/3 users")
    while not aws.requests:
        time.sleep(0.01)
    run.child.ptyproc.fileobj.close()
    assert run.child.wait() == 130
    run.child.close()
    assert len((folder / "out.jsonl").read_text().splitlines()) == 3
    aws.clear_faults()
    assert json.loads(command("resume", "run.db", "--yes", "--json").out)["outcomes"]["SUCCESSFUL"] == 3
    assert len(aws.deliveries()) == 3


def test_who_says_no_sends_nothing(aws, folder):
    run = Terminal(
        "send", "--application-id", "app-1", "--endpoint-url", aws.url, "--message", "message.toml", "--users", "users.csv"
    )
    run.shows(r"Send to 3 users\? \[y/N\]")
    run.child.sendline("n")
    assert run.ends() == 2
    assert "nothing was sent" in run.text
    assert aws.requests == {}


def test_no_colour_is_written_where_none_is_wanted(aws, folder):
    run = Terminal(
        "send", "--application-id", "app-1", "--endpoint-url", aws.url, "--message", "message.toml", "--users", "users.csv",
        "--yes", NO_COLOR="1",
    )  # fmt: skip
    assert run.ends() == 0
    colours = {cell.fg for line in run.screen.buffer.values() for cell in line.values()}
    assert colours == {"default"}
    assert len(aws.deliveries()) == 3
