"""A journal's file that can't be used, is damaged, or is on a full disk: what is wrong is said, and nobody is forgotten."""

from __future__ import annotations

import contextlib
import gzip
import os
import sys
import tempfile
from pathlib import Path

import pytest
from journal.journals import done, run_python

from pinpoint_users import JournalError
from pinpoint_users._journal import index
from pinpoint_users._journal.codec import compress


@pytest.fixture
def kind():
    return "file"


posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions and locks")

NOBODY = 65534


@contextlib.contextmanager
def not_writable(directory):
    """A directory in which even root can't write, with files that can't be written."""
    is_root = not os.geteuid()
    paths = (directory, *directory.iterdir())
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o400)
        if is_root:
            os.chown(path, NOBODY, -1)
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        directory.chmod(0o700)


class TestAFileThatCannotBeUsed:
    @pytest.mark.parametrize(
        "content",
        [b"hello", b"x" * 100_000, b"\0", b"\x1f\x8b", gzip.compress(b"{}"), compress(['{"user_id":"u"}']), compress(["5"])],
        ids=["short", "long", "zero", "cut off", "gzip", "no header", "a number"],
    )
    def test_as_it_is_no_journal(self, open_journal, path, content):
        path.write_bytes(content)
        with pytest.raises(JournalError, match="isn't a journal") as caught:
            open_journal()
        assert str(path) in str(caught.value)
        assert path.read_bytes() == content

    def test_unless_it_is_empty(self, open_journal, path):
        path.touch()
        open_journal().write([done("u-1")])

    @posix_only
    def test_as_it_is_no_regular_file(self, open_journal, path):
        with pytest.raises(JournalError, match="isn't a journal"):
            open_journal(Path(os.devnull))
        os.mkfifo(path)
        with pytest.raises(JournalError, match="isn't a journal"):
            open_journal()

    def test_as_it_is_a_directory(self, open_journal, tmp_path):
        with pytest.raises(JournalError, match="can't be opened"):
            open_journal(tmp_path)

    def test_as_its_directory_is_missing(self, open_journal, tmp_path):
        with pytest.raises(JournalError, match=r"can't be opened \(No such file or directory\): see that its directory exists"):
            open_journal(tmp_path / "locked" / "run.db")

    @posix_only
    @pytest.mark.parametrize("is_there", [False, True], ids=["new", "resumed"])
    def test_as_it_cannot_be_written(self, open_journal, is_there):
        with tempfile.TemporaryDirectory() as name:
            directory = Path(name)
            if is_there:
                open_journal(directory / "run.db").close()
            with not_writable(directory), pytest.raises(JournalError, match=r"the journal can't be opened \(.*\): see that"):
                open_journal(directory / "run.db")


class TestADamagedFile:
    @pytest.fixture
    def journal(self, open_journal):
        journal = open_journal()
        for number in range(20):
            journal.write([done(f"u-{number}")])
        return journal

    def test_is_told_at_once_wherever_it_is_damaged(self, open_journal, journal, path):
        journal.close()
        content = path.read_bytes()
        for place in [*range(0, len(content), 11), *range(len(content) - 40, len(content))]:
            path.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
            with pytest.raises(JournalError, match=r"the journal is damaged.*put back a copy|isn't a journal") as caught:
                open_journal()
            assert str(path) in str(caught.value)

    @posix_only
    def test_is_read_no_further_than_it_goes(self, journal, path):
        """Bytes that say that gigabytes follow."""
        journal.close()
        content = path.read_bytes()
        path.write_bytes(content.replace(b"PU\x04\0" + content[16:20], b"PU\x04\0" + b"\xff" * 4))
        child = run_python(
            """
            import resource
            resource.setrlimit(resource.RLIMIT_AS, (1 << 30, -1))
            try:
                open_journal(sys.argv[1])
            except JournalError as error:
                print(error)
            """,
            path,
        )
        assert "isn't a journal" in child.stdout

    @pytest.mark.parametrize(
        "lines",
        [
            ["{}"],
            ["5"],
            ["{"],
            ["[" * 100_000],
            ["\udc80"],
            ['{"format": "2"}'],
            ['{"format": 2}'],
            ['{"format": 2, "application_id": "a", "content_sha256": 5, "inode": 1}'],
            ['{"format": 2, "application_id": "a", "content_sha256": "5", "inode": 1, "more": 1}'],
            ['{"user_id":"a"}', "5"],
            ['{"user_id":"\n"}'],
            ['{"user_id":"\\x"}'],
            [],
        ],
    )
    def test_is_told_when_a_block_says_nothing(self, open_journal, journal, path, lines):
        journal.close()
        with path.open("ab") as file:
            file.write(compress(lines))
        with pytest.raises(JournalError, match="the journal is damaged"):
            open_journal()

    def test_is_told_when_a_user_cannot_be_read(self, open_journal, journal, path):
        journal.close()
        with path.open("ab") as file:
            file.write(compress(['{"user_id":"bad","attempts":"1"}', '{"user_id":"good"}']))
        journal = open_journal()
        assert journal.look_up(["good"])
        with pytest.raises(JournalError, match="the journal is damaged"):
            journal.look_up(["bad"])

    @pytest.mark.parametrize("change", [lambda content: b"\xff" * len(content), lambda content: b""], ids=["changed", "cut"])
    def test_is_told_when_it_is_damaged_during_a_run(self, open_journal, journal, path, change):
        journal.close()
        journal = open_journal()
        with path.open("r+b") as file:
            content = change(file.read())
            file.seek(0)
            file.truncate()
            file.write(content)
        with pytest.raises(JournalError, match="the journal is damaged"):
            journal.look_up(["u-1"])

    def test_is_told_when_a_user_is_not_where_the_user_was(self, open_journal, path):
        journal = open_journal()
        journal.close()
        start = path.stat().st_size
        with path.open("ab") as file:
            file.write(compress(['{"user_id":"u-1"}']))
        journal = open_journal()
        with path.open("r+b") as file:
            file.seek(start)
            file.write(compress(['{"user_id":"u-2"}']))
        with pytest.raises(JournalError, match="the journal is damaged"):
            journal.look_up(["u-1"])


class TestAFullDisk:
    @pytest.fixture
    def full(self):
        """Lets files grow no further than this, in bytes."""
        resource = pytest.importorskip("resource")
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    def test_is_told_and_the_journal_goes_on_when_there_is_space(self, open_journal, full):
        journal = open_journal()
        written, refused, errors = [], [], []
        long = os.urandom(5_000).hex()
        full(100_000)
        while len(refused) < 3:
            user_id = f"u-{len(written) + len(refused)}"
            try:
                journal.write([done(user_id), done(f"{user_id}{long}")])
            except JournalError as error:
                refused.append(user_id)
                errors.append(str(error))
            else:
                written.append(user_id)
        assert all("the journal can't be written" in error and "space on the disk" in error for error in errors)
        assert journal.look_up([*written, *refused]).keys() == set(written)
        full(2**40)
        journal.write([done("later")])
        journal.close()
        users = [*written, "later"]
        assert open_journal().look_up([*users, *refused]) == {user_id: done(user_id) for user_id in users}

    def test_is_told_before_anything_is_sent(self, open_journal, path, full):
        full(0)
        with pytest.raises(JournalError, match="can't be opened"):
            open_journal()
        assert path.read_bytes() == b""

    def test_for_temporary_files_is_told_and_nobody_is_forgotten(self, open_journal, full, monkeypatch):
        monkeypatch.setattr(index, "_RECENT", 5_000)
        journal = open_journal()
        users = [f"{number:0500}" for number in range(40_000)]
        full(2_000_000)  # twice what the journal takes
        with pytest.raises(JournalError, match="disk"):  # noqa: PT012 - whichever write it is
            for start in range(0, len(users), 1_000):
                journal.write([done(user_id) for user_id in users[start : start + 1_000]])
        full(2**40)
        journal.close()
        known = open_journal().look_up(users)
        assert list(known) == users[: len(known)]
        assert len(known) > 10_000
