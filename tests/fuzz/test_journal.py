"""Files of any kind as a run's journal: the run goes on or says why not, and every user comes out once."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from fuzzing import fuzz

from pinpoint_users import DirectMessageConfiguration, Journal, JournalError, RunStoppedError, SMSMessage
from pinpoint_users._journal.codec import compress
from pinpoint_users.local import LocalPinpoint

MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))
USERS = [f"u-{number}" for number in range(20)]


@pytest.fixture(scope="module")
def sender():
    with LocalPinpoint() as local, local.client(concurrency=1) as sender:
        local.add_endpoint(user_id="u-1", channel_type="SMS", address="+12065550100")
        yield sender


@pytest.fixture(scope="module")
def written(sender, tmp_path_factory):
    """The bytes of the journal of a run that has ended."""
    path = tmp_path_factory.mktemp("journal") / "run.db"
    sender.send(MESSAGE, USERS, journal=Journal(path))
    return path.read_bytes()


def run_with(path, sender):
    said, users = "nothing", USERS
    try:
        users = list(sender.send(MESSAGE, USERS, journal=Journal(path)).users)
    except JournalError as error:  # the run doesn't begin
        said = str(error)
    except RunStoppedError as error:
        if not isinstance(error.reason, JournalError):
            raise
        users, said = list(error.report.users), str(error)
    finally:
        for file in path.parent.iterdir():
            file.unlink()
    assert said
    assert users == USERS


def test_bytes(sender, written, tmp_path):
    def check(fuzzer):
        path = Path(tmp_path / "run.db")
        path.write_bytes(fuzzer.any_bytes() if fuzzer.rng.random() < 0.1 else fuzzer.mutated_bytes(written))
        run_with(path, sender)

    fuzz("journals of bytes", 40, check)


def test_lines_with_the_right_checksum(sender, written, tmp_path):
    lines = gzip.decompress(written).decode().splitlines()

    def check(fuzzer):
        path = Path(tmp_path / "run.db")
        made = [
            fuzzer.mutated_bytes(line.encode()).decode("utf-8", "replace") if number else line
            for number, line in enumerate(lines)
        ]
        path.write_bytes(b"".join(compress([line]) for line in made))
        run_with(path, sender)

    fuzz("journals of lines", 20, check)
