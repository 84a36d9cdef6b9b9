"""A journal that is a file: who may use and read it, what a copy of it is, and what is said when something is wrong with it."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import shutil
import signal
import sqlite3
import stat
import sys
import threading
import types

import pytest
from journal.journals import OK, as_read, done, in_flight, result, run_python

from pinpoint_users import Journal, JournalError, ValidationError
from pinpoint_users._journal import index, locked_file
from pinpoint_users._journal.codec import compress
from pinpoint_users._journal.record import Record


@pytest.fixture
def kind():
    return "file"


posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions and locks")


def lines_of(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class TestTheArgument:
    def test_is_a_path(self, path):
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
    def test_is_refused_if_it_is_something_else(self, arguments, problem):
        with pytest.raises(ValidationError, match=r"^Journal: ") as caught:
            Journal(**arguments)
        assert problem in str(caught.value)

    def test_has_all_its_faults_named_at_once(self):
        with pytest.raises(ValidationError) as caught:
            Journal(None, force=None)
        assert [fault.path for fault in caught.value.faults] == ["path", "force"]


class TestTheFormat:
    def test_is_lines_of_json_that_gzip_reads(self, open_journal, path):
        journal = open_journal()
        journal.write([], in_flight=["É"])
        journal.write([Record("u-1", 2, {"e-1": OK}, frozenset("3246"), maybe_duplicated=True)], [result("u-2")])
        journal.close()
        open_journal().close()
        header = {
            "application_id": "app",
            "content_sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
            "inode": path.stat().st_ino,
            "format": 2,
        }
        assert lines_of(path) == [
            header,
            {"user_id": "É", "unknown": [None]},
            {"user_id": "u-2", "attempts": 1, "endpoints": {"u-2-sms": ["SUCCESSFUL", 200], "u-2-gcm": ["SUCCESSFUL", 200]}},
            {
                "user_id": "u-1",
                "attempts": 2,
                "endpoints": {"e-1": ["SUCCESSFUL", 200]},
                "unknown": ["2", "3", "4", "6"],
                "maybe_duplicated": True,
            },
            header,
        ]

    def test_takes_few_bytes(self, open_journal, path):
        journal = open_journal()
        for start in range(0, 10_000, 100):
            users = [f"u-{number}" for number in range(start, start + 100)]
            journal.write([], in_flight=users)
            journal.write([], [result(user_id) for user_id in users])
        journal.close()
        assert path.stat().st_size < 25 * 10_000

    def test_does_not_repeat_what_it_says_already(self, open_journal, path):
        journal = open_journal()
        journal.write([done("u-1"), in_flight("u-2")])
        journal.close()
        journal = open_journal()
        found = journal.look_up(["u-1", "u-2"])
        size = path.stat().st_size
        journal.write(list(found.values()))
        assert path.stat().st_size == size
        assert all(record.is_of_this_run for record in journal.look_up(["u-1", "u-2"]).values())

    def test_of_an_older_release_is_refused(self, open_journal, path):
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA application_id=0x70555352")
            database.execute("CREATE TABLE run (x)")
        before = path.read_bytes()
        with pytest.raises(JournalError, match=r"of an older release, before 1.0.*or take another file"):
            open_journal()
        assert path.read_bytes() == before

    def test_of_a_newer_release_is_refused(self, open_journal, path):
        before = compress(['{"format": 3}'])
        path.write_bytes(before)
        with pytest.raises(JournalError, match="of a newer release: upgrade"):
            open_journal()
        assert path.read_bytes() == before


class TestAKilledProcess:
    def test_leaves_what_it_wrote(self, open_journal, path):
        child = run_python(
            """
            journal = open_journal(sys.argv[1])
            for number in range(200):
                journal.write([Record(f"u-{number}", unknown=frozenset({None}))])
                journal.write([Record(f"u-{number}", attempts=1, endpoints={"e": ok})])
            journal.write([], in_flight=["u-200"])
            os.kill(os.getpid(), signal.SIGKILL)
            """,
            path,
        )
        assert (child.returncode, child.stderr) == (-signal.SIGKILL, "")
        journal = open_journal()
        users = [f"u-{number}" for number in range(201)]
        assert journal.look_up(users) == {
            **{user_id: Record(user_id, 1, {"e": OK}) for user_id in users[:-1]},
            "u-200": in_flight("u-200"),
        }

    def test_in_the_midst_of_a_write_leaves_the_writes_before(self, open_journal, path):
        journal = open_journal()
        journal.write([done("u-1")])
        whole = path.stat().st_size
        journal.write([done("u-2")])
        journal.close()
        content = path.read_bytes()
        for size in range(whole, len(content), 5):
            with path.open("r+b") as file:
                file.truncate(size)
            journal = open_journal()
            assert journal.look_up(["u-1", "u-2"]).keys() == {"u-1"}
            journal.write([done("u-3")])
            journal.close()
            journal = open_journal()
            assert journal.look_up(["u-1", "u-2", "u-3"]).keys() == {"u-1", "u-3"}
            journal.close()
            path.write_bytes(content)
        assert open_journal().look_up(["u-1", "u-2"]).keys() == {"u-1", "u-2"}


class TestACopy:
    def test_knows_what_the_journal_knew(self, open_journal, path, tmp_path):
        journal = open_journal()
        journal.write([done("u-1")])
        journal.write([], in_flight=["u-2"])
        shutil.copyfile(path, tmp_path / "copy.db")
        journal.write([done("u-2")])
        copy = open_journal(tmp_path / "copy.db")
        assert copy.look_up(["u-1", "u-2"]) == {"u-1": done("u-1"), "u-2": in_flight("u-2")}

    def test_that_is_not_whole_is_refused_unless_forced(self, open_journal, path, tmp_path):
        journal = open_journal()
        journal.write([done("u-1")])
        journal.close()
        content = path.read_bytes()
        copy = tmp_path / "copy.db"
        copy.write_bytes(content[:-1])
        with pytest.raises(JournalError, match=r"this copy of a journal is cut off.*copy the journal again"):
            open_journal(copy)
        assert copy.read_bytes() == content[:-1]
        assert not open_journal(copy, force=True).look_up(["u-1"])

    def test_may_be_moved(self, open_journal, path, tmp_path):
        journal = open_journal()
        journal.write([done("u-1")])
        journal.close()
        path.rename(tmp_path / "moved.db")
        assert open_journal(tmp_path / "moved.db").look_up(["u-1"])


class TestTheLock:
    OPENING = """
        try:
            open_journal(sys.argv[1]).close()
        except JournalError as error:
            print(error)
    """

    def test_keeps_other_processes_out(self, open_journal, path):
        journal = open_journal()
        assert f"{path}: another run uses this journal" in run_python(self.OPENING, path).stdout
        journal.close()
        child = run_python(self.OPENING, path)
        assert (child.stdout, child.stderr) == ("", "")

    @posix_only
    def test_stays_when_somebody_else_opens_and_closes_the_file(self, open_journal, path, tmp_path):
        journal = open_journal()
        shutil.copy(path, tmp_path / "backup.db")
        path.read_bytes()
        with pytest.raises(JournalError, match="another run"):
            open_journal()
        assert "another run uses this journal" in run_python(self.OPENING, path).stdout
        journal.write([done("u-1")])

    def test_is_of_the_file_that_a_link_leads_to(self, open_journal, path, tmp_path):
        open_journal()
        (tmp_path / "link.db").symlink_to(path)
        with pytest.raises(JournalError, match="another run"):
            open_journal(tmp_path / "link.db")

    @posix_only
    def test_on_windows_is_of_a_byte(self, open_journal, path, monkeypatch):
        """Windows' module in its place: it locks so many bytes from where the file stands."""
        locked = set()

        def locking(descriptor, mode, length):
            assert (mode, length) == (2, 1)
            place = (os.fstat(descriptor).st_ino, os.lseek(descriptor, 0, os.SEEK_CUR))
            if place in locked:
                raise PermissionError(13, "Permission denied")
            locked.add(place)

        monkeypatch.setattr(locked_file, "_fcntl", None)
        monkeypatch.setitem(sys.modules, "msvcrt", types.SimpleNamespace(LK_NBLCK=2, locking=locking))
        journal = open_journal()
        journal.write([done("u-1")])
        with pytest.raises(JournalError, match="another run uses this journal"):
            open_journal()
        assert locked_file.is_in_use(str(path))
        assert journal.look_up(["u-1"])
        journal.close()
        locked.clear()
        assert not locked_file.is_in_use(str(path))
        locked.clear()
        assert open_journal().look_up(["u-1"])


@posix_only
class TestAFileThatIsTakenAway:
    @pytest.fixture
    def journal(self, open_journal):
        journal = open_journal()
        journal.write([done("u-1")])
        return journal

    @pytest.mark.parametrize("write", ["write", "mark_in_flight"])
    @pytest.mark.parametrize("way", ["deleted", "moved", "replaced", "shortened", "lengthened"])
    def test_is_noticed_at_the_next_write(self, journal, path, way, write):
        content = path.read_bytes()
        if way == "deleted":
            path.unlink()
        elif way == "moved":
            path.rename(path.with_suffix(".old"))
        elif way == "replaced":
            path.with_suffix(".new").write_bytes(content)
            path.with_suffix(".new").rename(path)
        elif way == "shortened":
            os.truncate(path, len(content) // 2)
        else:
            path.write_bytes(content + b"x")
        with pytest.raises(JournalError, match="moved, deleted, replaced or changed while this run was using it") as caught:
            journal.write([done("u-2")]) if write == "write" else journal.write([], in_flight=["u-2"])
        assert str(path) in str(caught.value)

    def test_whose_directory_is_gone_is_noticed(self, tmp_path, open_journal):
        directory = tmp_path / "directory"
        directory.mkdir()
        journal = open_journal(directory / "run.db")
        directory.rename(tmp_path / "other")
        with pytest.raises(JournalError, match="moved"):
            journal.write([done("u-1")])
        directory.touch()
        with pytest.raises(JournalError, match="can't be written"):
            journal.write([done("u-1")])

    def test_goes_on_when_it_is_put_back(self, journal, path):
        path.rename(path.with_suffix(".old"))
        with pytest.raises(JournalError):
            journal.write([done("u-2")])
        path.with_suffix(".old").rename(path)
        journal.write([done("u-3")])
        assert journal.look_up(["u-1", "u-2", "u-3"]).keys() == {"u-1", "u-3"}


@posix_only
class TestWhoMayReadIt:
    @staticmethod
    def mode(path):
        return stat.S_IMODE(path.stat().st_mode)

    def test_is_its_owner(self, open_journal, path):
        before = os.umask(0)
        try:
            open_journal().write([done("u-1")])
        finally:
            os.umask(before)
        assert self.mode(path) == 0o600
        assert [file.name for file in path.parent.iterdir()] == ["run.db"]

    def test_is_nobody_else_any_more(self, open_journal, path):
        open_journal().close()
        path.chmod(0o644)
        open_journal()
        assert self.mode(path) == 0o600

    def test_stays_as_it_is_if_it_is_no_journal(self, open_journal, path):
        path.write_bytes(gzip.compress(b"a log\n"))
        path.chmod(0o644)
        before = path.read_bytes()
        with pytest.raises(JournalError, match="isn't a journal: take a path where there is no file yet"):
            open_journal()
        assert path.read_bytes() == before
        assert self.mode(path) == 0o644


def test_a_run_that_is_marked_keeps_its_marks_when_it_is_put_aside(open_journal, monkeypatch):
    monkeypatch.setattr(index, "_RECENT", 10)
    journal = open_journal()
    users = [f"u-{number}" for number in range(50)]
    journal.write([done(user_id) for user_id in users])
    journal.close()
    journal = open_journal()
    for user_id in users[:25]:
        journal.write(list(journal.look_up([user_id]).values()))
    assert journal.look_up(users) == {
        user_id: as_read(done(user_id), is_of_this_run=number < 25) for number, user_id in enumerate(users)
    }


def test_so_many_users_are_kept_in_memory_and_no_more(open_journal, monkeypatch):
    monkeypatch.setattr(index, "_RECENT", 10)
    journal = open_journal()
    for number in range(50):
        journal.write([done(f"u-{number}")])
        assert len(journal._index.recent) < 10


class TestOneRunAtATime:
    def test_another_is_refused(self, open_journal):
        journal = open_journal()
        for _ in range(2):  # a refused one must not let go of the lock for the other
            with pytest.raises(JournalError, match="another run uses this journal: wait for its end"):
                open_journal()
        journal.write([done("u-1")])
        journal.close()
        assert open_journal().look_up(["u-1"])

    def test_of_those_that_begin_at_once_one_is_let_in(self, open_journal):
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

    def test_even_if_the_first_is_closed_twice(self, open_journal):
        journal = open_journal()
        journal.close()
        open_journal()
        journal.close()
        with pytest.raises(JournalError, match="another run uses this journal"):
            open_journal()
