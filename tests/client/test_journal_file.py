"""A journal's file: what was written is there after the process, for one run at a time, its owner, and the same message."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import textwrap
import threading
import zlib
from pathlib import Path

import pytest

from pinpoint_users import EndpointMessageResult, Journal, JournalError, ValidationError
from pinpoint_users._journal.file import JournalFile, Record

IN_FLIGHT = frozenset({None})
OK = EndpointMessageResult(delivery_status="SUCCESSFUL", status_code=200)
THROTTLED = EndpointMessageResult(delivery_status="THROTTLED", status_code=429)

pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.db"


@pytest.fixture
def open_journal(path):
    files = []

    def open_journal(path=path, *, force=False, application_id="app", content=b"hello"):
        files.append(JournalFile(Journal(path, force=force), application_id=application_id, content=content))
        return files[-1]

    yield open_journal
    for file in files:
        file.close()


def done(user_id):
    return Record(user_id, attempts=1, endpoints={f"{user_id}-sms": OK, f"{user_id}-gcm": THROTTLED})


def in_flight(user_id):
    return Record(user_id, lost=IN_FLIGHT)


def as_read(record, *, is_of_this_run):
    return Record(record.user_id, record.attempts, record.endpoints, record.lost, record.maybe_duplicated, is_of_this_run)


def in_child(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)], capture_output=True, text=True, check=False
    )


# --- the argument


def test_a_journal_is_a_path(path):
    assert Journal(path) == Journal(str(path))
    assert Journal(path).path == str(path)
    assert not Journal(path).force
    assert Journal(path, force=True) != Journal(path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"path": 5}, "path: must be a string or a Path, not int"),
        ({"path": b"run.db"}, "path: must be a string or a Path, not bytes"),
        ({"path": ""}, "path: '' can't be the path of a file"),
        ({"path": "a\0b"}, "can't be the path of a file"),
        ({"path": "run.db", "force": 1}, "force: must be True or False, not int"),
    ],
)
def test_other_arguments_are_refused(arguments, problem):
    with pytest.raises(ValidationError, match=r"^Journal: ") as caught:
        Journal(**arguments)
    assert problem in str(caught.value)


def test_all_faults_are_told_at_once():
    with pytest.raises(ValidationError) as caught:
        Journal(None, force=None)
    assert [fault.path for fault in caught.value.faults] == ["path", "force"]


# --- what was written is there


def test_nobody_is_known_to_a_new_journal(open_journal, path):
    journal = open_journal()
    assert journal.look_up(["u-1", "u-2"]) == {}
    assert path.exists()


def test_the_last_write_of_a_user_counts(open_journal):
    journal = open_journal()
    journal.write([in_flight("u-1"), in_flight("u-2")])
    journal.write([done("u-1")])
    expected = {
        "u-1": as_read(done("u-1"), is_of_this_run=True),
        "u-2": as_read(in_flight("u-2"), is_of_this_run=True),
    }
    assert journal.look_up(["u-1", "u-2", "u-3"]) == expected
    journal.close()
    expected = {user_id: as_read(record, is_of_this_run=False) for user_id, record in expected.items()}
    assert open_journal().look_up(["u-1", "u-2", "u-3"]) == expected


def test_of_a_user_twice_in_a_write_the_last_counts(open_journal):
    journal = open_journal()
    journal.write([in_flight("u-1")])
    journal.write([done("u-1"), in_flight("u-1")])
    assert journal.look_up(["u-1"])["u-1"].lost == IN_FLIGHT
    journal.close()
    assert open_journal().look_up(["u-1"])["u-1"].lost == IN_FLIGHT


def test_writing_nobody_is_nothing(open_journal):
    journal = open_journal()
    journal.write([])
    assert journal.look_up([]) == {}


def test_only_status_and_code_of_a_result_are_kept(open_journal):
    journal = open_journal()
    told = EndpointMessageResult(
        delivery_status="SUCCESSFUL",
        status_code=200,
        address="+12065550100",
        message_id="m-1",
        updated_token="t",
        status_message="s",
    )
    journal.write([Record("u-1", attempts=1, endpoints={"e-1": told})])
    assert journal.look_up(["u-1"])["u-1"].endpoints == {"e-1": OK}


@pytest.mark.parametrize("user_id", ["", "\0", "a\0b", "\ud800", "ü" * 50, "x" * 1_000_000], ids=lambda text: repr(text[:5]))
def test_any_string_is_an_id(open_journal, user_id):
    journal = open_journal()
    journal.write([Record(user_id, endpoints={user_id: OK}, lost=frozenset({user_id}))])
    journal.close()
    assert open_journal().look_up([user_id]) == {user_id: Record(user_id, endpoints={user_id: OK}, lost=frozenset({user_id}))}


def test_a_user_whom_nothing_new_is_said_of_is_marked_and_not_written_again(open_journal, path):
    journal = open_journal()
    journal.write([done("u-1")])
    journal.close()
    journal = open_journal()
    assert not journal.look_up(["u-1"])["u-1"].is_of_this_run
    size = Path(f"{path}-wal").stat().st_size
    journal.write([done("u-1")])
    assert journal.look_up(["u-1"])["u-1"].is_of_this_run
    assert Path(f"{path}-wal").stat().st_size == size


def test_a_run_is_counted_each_time_it_begins(open_journal, path):
    for _ in range(3):
        open_journal().close()
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT openings FROM run").fetchall() == [(3,)]
    database.close()


def test_what_was_written_outlives_a_kill(open_journal, path):
    child = in_child(
        """
        import os, signal, sys
        from pinpoint_users import EndpointMessageResult, Journal
        from pinpoint_users._journal.file import JournalFile, Record
        journal = JournalFile(Journal(sys.argv[1]), application_id="app", content=b"hello")
        ok = EndpointMessageResult(delivery_status="SUCCESSFUL", status_code=200)
        for number in range(200):
            journal.write([Record(f"u-{number}", lost=frozenset({None}))])
            journal.write([Record(f"u-{number}", attempts=1, endpoints={"e": ok})])
        journal.write([Record("u-200", lost=frozenset({None}))])
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        path,
    )
    assert (child.returncode, child.stderr) == (-signal.SIGKILL, "")
    journal = open_journal()
    for number in range(200):
        assert journal.look_up([f"u-{number}"]) == {f"u-{number}": Record(f"u-{number}", 1, {"e": OK})}
    assert journal.look_up(["u-200"]) == {"u-200": in_flight("u-200")}


def test_more_users_than_are_kept_in_memory(open_journal, path):
    numbers = list(range(70_000))
    random.Random(1).shuffle(numbers)
    batches = [[f"u-{number}" for number in numbers[start : start + 100]] for start in range(0, len(numbers), 100)]

    def looked_up(journal, batch, *, is_of_this_run):
        return journal.look_up(batch) == {user: as_read(done(user), is_of_this_run=is_of_this_run) for user in batch}

    journal = open_journal()
    for batch in batches:
        assert not journal.look_up(batch)
        journal.write([in_flight(user) for user in batch])
        journal.write([done(user) for user in batch])
    assert all(looked_up(journal, batch, is_of_this_run=True) for batch in batches[::50])
    assert not journal.look_up(["u-70000"])
    journal.close()
    assert path.stat().st_size < 60 * len(numbers)

    journal = open_journal()
    for batch in batches[::-50]:
        assert looked_up(journal, batch, is_of_this_run=False)
        journal.write([done(user) for user in batch])
    again = batches[1][0]
    assert not journal.look_up([again])[again].is_of_this_run
    journal.write([in_flight(again), in_flight("new")])
    expected = {user: as_read(in_flight(user), is_of_this_run=True) for user in (again, "new")}
    assert journal.look_up([again, "new"]) == expected
    assert looked_up(journal, batches[1][1:], is_of_this_run=False)
    assert all(looked_up(journal, batch, is_of_this_run=False) for batch in batches[51::50])
    assert all(looked_up(journal, batch, is_of_this_run=True) for batch in batches[::-50])


# --- who may use it


def test_another_run_in_this_process_is_refused(open_journal, path):
    journal = open_journal()
    with pytest.raises(JournalError, match="another run uses this journal: wait for its end") as caught:
        open_journal()
    assert str(path) in str(caught.value)
    journal.write([done("u-1")])
    journal.close()
    assert open_journal().look_up(["u-1"])


def test_another_process_is_refused(open_journal, path):
    opening = """
        import sys
        from pinpoint_users import Journal, JournalError
        from pinpoint_users._journal.file import JournalFile
        try:
            JournalFile(Journal(sys.argv[1]), application_id="app", content=b"hello").close()
        except JournalError as error:
            print(error)
    """
    journal = open_journal()
    with pytest.raises(JournalError):  # a refused run must not let go of the lock for the other
        open_journal()
    assert "another run uses this journal" in in_child(opening, path).stdout
    journal.close()
    child = in_child(opening, path)
    assert (child.stdout, child.stderr) == ("", "")


def test_of_runs_that_begin_at_once_one_is_let_in(open_journal):
    barrier = threading.Barrier(8)
    opened, refused = [], []

    def run():
        barrier.wait()
        try:
            opened.append(open_journal())
        except JournalError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1
    assert len(refused) == 7
    assert all("another run uses this journal" in error for error in refused)


@pytest.mark.parametrize(
    ("run", "whose"),
    [({"content": b"bye"}, "another message"), ({"application_id": "other"}, "application 'app', not 'other'")],
)
def test_another_message_or_application_is_refused_unless_forced(open_journal, path, run, whose):
    journal = open_journal()
    journal.write([done("u-1")])
    journal.close()
    with pytest.raises(JournalError, match=f"the journal is of {whose}.*force=True") as caught:
        open_journal(**run)
    assert str(path) in str(caught.value)
    forced = open_journal(**run, force=True)
    assert forced.look_up(["u-1"])
    forced.close()
    open_journal(**run).close()
    with pytest.raises(JournalError, match="the journal is of"):
        open_journal()


# --- who may read it


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_only_the_owner_can_read_it(open_journal, path):
    before = os.umask(0)
    try:
        journal = open_journal()
        journal.write([done("u-1")])
        assert mode(path) == 0o600
        assert mode(Path(f"{path}-wal")) == 0o600
        journal.close()
    finally:
        os.umask(before)
    assert [file.name for file in path.parent.iterdir()] == ["run.db"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_one_that_others_can_read_is_changed(open_journal, path):
    open_journal().close()
    path.chmod(0o644)
    journal = open_journal()
    assert mode(path) == 0o600
    assert mode(Path(f"{path}-wal")) == 0o600
    assert journal.look_up(["u-1"]) == {}


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_file_that_is_not_a_journal_stays_as_it_is(open_journal, path):
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE theirs (x)")
    database.close()
    path.chmod(0o644)
    before = path.read_bytes()
    with pytest.raises(JournalError, match="isn't a journal: take a path where there is no file yet"):
        open_journal()
    assert path.read_bytes() == before
    assert mode(path) == 0o644


# --- what goes wrong


@pytest.mark.parametrize("content", [b"hello", b"x" * 100_000], ids=["short", "long"])
def test_a_file_of_another_kind_is_refused(open_journal, path, content):
    path.write_bytes(content)
    with pytest.raises(JournalError, match="isn't a journal") as caught:
        open_journal()
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_an_empty_file_becomes_a_journal(open_journal, path):
    path.touch()
    open_journal().write([done("u-1")])


def test_a_directory_is_refused(open_journal, tmp_path):
    with pytest.raises(JournalError, match="can't be opened"):
        open_journal(tmp_path)


def test_a_missing_directory_is_told(open_journal, tmp_path):
    with pytest.raises(JournalError, match=r"can't be opened \(No such file or directory\): see that its directory exists"):
        open_journal(tmp_path / "locked" / "run.db")


NOBODY = 65534


@contextlib.contextmanager
def not_writable(directory):
    """A directory in which even root can't write."""
    is_root = not os.geteuid()
    directory.chmod(0o555)
    if is_root:
        for path in (directory, *directory.iterdir()):
            os.chown(path, NOBODY, -1)
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        directory.chmod(0o700)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
@pytest.mark.parametrize("is_there", [False, True], ids=["new", "resumed"])
def test_a_directory_that_cannot_be_written_is_told(open_journal, is_there):
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        if is_there:
            open_journal(directory / "run.db").close()
        with not_writable(directory), pytest.raises(JournalError, match=r"the journal can't be opened \(.*\): see that"):
            open_journal(directory / "run.db")


def test_a_newer_format_is_told(open_journal, path):
    open_journal().close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version=2")
    database.close()
    with pytest.raises(JournalError, match="of a newer release, in format 2: upgrade"):
        open_journal()


def spoil(path, statement, *values):
    with sqlite3.connect(path) as database:
        database.execute(statement, values)
    database.close()


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("UPDATE batches SET records = ?", b"\0"),
        ("UPDATE batches SET records = ?", "text"),
        ("DELETE FROM run WHERE application_id != ?", ""),
    ],
)
def test_a_damaged_journal_is_told_at_once(open_journal, path, statement, value):
    journal = open_journal()
    journal.write([done("u-1")])
    journal.close()
    spoil(path, statement, value)
    with pytest.raises(JournalError, match=r"the journal is damaged.*put back a copy") as caught:
        open_journal()
    assert str(path) in str(caught.value)


def test_a_damaged_page_is_told(open_journal, path):
    journal = open_journal()
    journal.write([done(f"u-{number}") for number in range(1_000)])
    journal.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * len(content[4096:])
    path.write_bytes(content)
    with pytest.raises(JournalError, match="damaged"):
        open_journal()


def test_a_damaged_name_in_the_schema_is_told(open_journal, path):
    open_journal().close()
    content = path.read_bytes()
    assert content.count(b"batchesbatches") == 1
    path.write_bytes(content.replace(b"batchesbatches", b"\x95atchesbatches"))  # SQLite tells that name, which is no text
    with pytest.raises(JournalError, match="damaged"):
        open_journal()


def test_a_state_that_cannot_be_read_is_told(open_journal, path):
    journal = open_journal()
    journal.write([done("u-1")])
    journal.close()
    records = b"\x05u-1\x01\x80"
    spoil(path, "UPDATE batches SET records = ?, checksum = ?", records, zlib.crc32(records))
    journal = open_journal()
    with pytest.raises(JournalError, match="damaged") as caught:
        journal.look_up(["u-1"])
    assert str(path) in str(caught.value)


def test_a_record_that_is_not_where_it_was_is_told(open_journal):
    journal = open_journal()
    for start in range(0, 40_000, 1_000):
        journal.write([done(f"u-{number}") for number in range(start, start + 1_000)])
    journal._database.execute("UPDATE batches SET records = (SELECT records FROM batches WHERE number = 2) WHERE number = 1")
    with pytest.raises(JournalError, match="damaged"):
        journal.look_up(["u-1"])


def test_a_journal_on_a_full_disk_goes_on_when_there_is_space(open_journal, path):
    resource = pytest.importorskip("resource")
    journal = open_journal()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    written, refused = [], []
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    try:
        while len(refused) < 3:
            user = f"u-{len(written) + len(refused)}"
            try:
                journal.write([in_flight(user), in_flight("x" * 10_000)])
                journal.write([done(user), done("x" * 10_000)])
            except JournalError as error:
                refused.append(error)
            else:
                written.append(user)
        assert journal.look_up(written[:100]).keys() == set(written[:100])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert written
    assert all("the journal can't be written" in str(error) for error in refused)
    assert all("space on the disk" in str(error) for error in refused)
    journal.write([done("later")])
    journal.close()
    found = open_journal().look_up([*written[:98], "later", f"u-{len(written)}"])
    assert found.keys() >= {*written[:98], "later"}
    assert all(record.endpoints for user, record in found.items() if user != f"u-{len(written)}")


def test_a_journal_that_is_closed_cannot_be_written(open_journal):
    journal = open_journal()
    journal.close()
    journal.close()
    with pytest.raises(JournalError, match="the journal can't be written"):
        journal.write([done("u-1")])
