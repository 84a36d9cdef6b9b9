"""A journal read without a run: each user as the next run would find it, whoever uses the file meanwhile."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys

import pytest
from journal.journals import LOOK_ALIKES, OK, as_record, done, in_flight, result, run_python

from pinpoint_users import FailureReason, Journal, JournalError, Outcome, read_report
from pinpoint_users._journal import locked_file
from pinpoint_users._journal.codec import compress
from pinpoint_users._journal.locked_file import is_in_use
from pinpoint_users._journal.reader import JournalFileReader
from pinpoint_users._journal.record import Record

fcntl = locked_file._fcntl


@pytest.fixture
def kind():
    return "file"


@pytest.fixture
def read(path):
    """What the reader says of the journal."""

    def read(name=path):
        with JournalFileReader(str(name)) as reader:
            return list(reader.records())

    return read


@pytest.fixture
def journal(open_journal):
    journal = open_journal()
    journal.write([], [], [f"u-{number}" for number in range(20)])
    journal.write([done(f"u-{number}") for number in range(20)])
    return journal


def test_each_user_comes_once_as_last_written_in_the_order_of_the_first_time(open_journal, read):
    journal = open_journal()
    journal.write([], [], ["u-3", "u-1", "u-2"])
    journal.write([done("u-1")], [result("u-3", attempts=2)])
    assert read() == [as_record(result("u-3", attempts=2)), done("u-1"), in_flight("u-2")]


def test_whose_ids_are_any_text(open_journal, read):
    users = [*LOOK_ALIKES, "\ud800", "ü" * 50, "x" * 100_000]
    open_journal().write([Record(user_id, attempts=number) for number, user_id in enumerate(users)])
    assert [(record.user_id, record.attempts) for record in read()] == [(user, number) for number, user in enumerate(users)]


def test_users_are_found_by_their_ids(open_journal, path):
    open_journal().write([done("u-1"), done("\ud800"), Record("u-2")], [], ["u-3"])
    with JournalFileReader(str(path)) as reader:
        assert reader.find(["u-3", "\ud800", "u-4"]) == {"\ud800": done("\ud800"), "u-3": in_flight("u-3")}
        assert reader.find([]) == {}


def test_who_is_not_done_is_not_fine(open_journal, path):
    open_journal().write([Record("u-1", 1, {"a": OK}, pending=frozenset({"b"})), Record("u-2", 1, {"a": OK})])
    users = read_report(Journal(path)).users
    assert [(user.outcome, user.is_fine(), user.reason) for user in users.values()] == [
        (Outcome.PARTIAL, False, FailureReason.NOT_SENT),
        (Outcome.SUCCESSFUL, True, None),
    ]
    assert "goes on with it" in str(users["u-1"].error)


@pytest.mark.skipif(fcntl is None, reason="needs fcntl")
class TestWhetherARunUsesIt:
    def test_is_told(self, journal, path):
        assert is_in_use(str(path))
        journal.close()
        assert not is_in_use(str(path))
        assert not is_in_use(str(path / "nowhere"))

    def test_is_not_known_without_locks(self, journal, path, monkeypatch):
        def flock(_descriptor, _how):
            raise OSError(errno.ENOTSUP, "Operation not supported")

        with monkeypatch.context() as patch:
            patch.setattr(fcntl, "flock", flock)
            assert not is_in_use(str(path))

    def test_may_be_looked_at_when_one_begins(self, journal, path, open_journal, monkeypatch):
        journal.close()
        with path.open("rb") as file:
            locked, refusals = fcntl.flock, []
            locked(file, fcntl.LOCK_SH)

            def flock(*args):
                try:
                    locked(*args)
                except BlockingIOError:
                    refusals.append(args)
                    locked(file, fcntl.LOCK_UN)  # who looked has seen enough
                    raise

            monkeypatch.setattr(fcntl, "flock", flock)
            assert open_journal().look_up(["u-1"])
            assert len(refusals) == 1


def test_more_users_than_are_read_at_a_time(open_journal, read):
    users = [f"u-{number}" for number in range(2_500)]
    open_journal().write([done(user_id) for user_id in users])
    assert [record.user_id for record in read()] == users


def test_a_run_may_go_on_meanwhile_and_is_none_of_the_readers(journal, path):
    with JournalFileReader(str(path)) as reader:
        journal.write([done("later")])
        assert len(list(reader.records())) == 20
    assert journal.look_up(["later"])


def test_the_last_runs_application_counts(journal, open_journal, path):
    journal.close()
    open_journal(application_id="other", force=True)
    with JournalFileReader(str(path)) as reader:
        assert reader.header.application_id == "other"


@pytest.mark.parametrize("bytes_left", range(1, 40, 3))
def test_a_write_that_is_under_way_is_not_there_yet(journal, path, read, bytes_left):
    before = path.stat().st_size
    journal.write([done("later")])
    journal.close()
    os.truncate(path, before + bytes_left)
    assert len(read()) == 20


def test_a_copy_that_is_cut_off_is_refused(journal, path, read, tmp_path):
    journal.close()
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(JournalError, match=r"copy\.db: this copy of a journal is cut off"):
        read(copy)


def test_what_is_damaged_is_told_wherever_it_is(journal, path, read):
    journal.close()
    content = path.read_bytes()
    for place in [*range(0, len(content), 11), *range(len(content) - 40, len(content))]:
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        with pytest.raises(JournalError, match=r"the journal is damaged.*put back a copy|isn't a journal") as caught:
            read()
        assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "lines", [["{}"], ['{"user_id":"a"}', "5"], ['{"user_id":"a","attempts":"1"}'], ['{"user_id":"\\x"}'], []]
)
def test_a_block_that_says_nothing_is_damage(journal, path, read, lines):
    journal.close()
    with path.open("ab") as file:
        file.write(compress(lines))
    with pytest.raises(JournalError, match="the journal is damaged"):
        read()


def test_a_newer_release(path, read):
    path.write_bytes(compress(['{"format": 3, "more": "members"}']))
    with pytest.raises(JournalError, match="of a newer release: upgrade"):
        read()


def test_an_older_release(path, read):
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA application_id = {int.from_bytes(b'pUSR', 'big')}")
    database.execute("CREATE TABLE users (user BLOB)")
    database.commit()
    database.close()
    with pytest.raises(JournalError, match="of an older release"):
        read()


@pytest.mark.parametrize("content", [b"", b"hello", b"\x1f\x8b", b"x" * 1_000, compress(['{"user_id":"u"}'])])
def test_a_file_that_is_no_journal(path, read, content):
    path.write_bytes(content)
    with pytest.raises(JournalError, match="this file isn't a journal"):
        read()


def test_what_is_no_file(tmp_path, read):
    with pytest.raises(JournalError, match="this file isn't a journal"):
        read(tmp_path)
    with pytest.raises(JournalError, match=r"absent: the journal can't be read \(No such file or directory\): check the path"):
        read(tmp_path / "absent")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes with names are POSIX's")
def test_a_pipe_is_not_waited_for(path, read):
    os.mkfifo(path)
    with pytest.raises(JournalError, match="this file isn't a journal"):
        read()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of memory are POSIX's")
def test_bytes_that_say_that_gigabytes_follow(journal, path):
    journal.close()
    content = path.read_bytes()
    path.write_bytes(content.replace(b"PU\x04\0" + content[16:20], b"PU\x04\0" + b"\xff" * 4))
    child = run_python(
        """
        import resource
        from pinpoint_users._journal.reader import JournalFileReader
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, -1))
        try:
            JournalFileReader(sys.argv[1])
        except JournalError as error:
            print(error)
        """,
        path,
    )
    assert "isn't a journal" in child.stdout


def test_no_space_for_temporary_files(open_journal, read):
    resource = pytest.importorskip("resource")
    journal = open_journal()
    for start in range(0, 8_000, 1_000):
        journal.write([done(f"{number:0500}") for number in range(start, start + 1_000)])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(JournalError, match=r"can't be read \(.*disk.*\): see that the disk with temporary files has space"):
            read()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
