"""SQLite: files that are none, other processes, forks."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3

import pytest
from stores import by_id, devices, endpoint

import pinpoint_users as p
from pinpoint_users.directory import SQLiteDirectory, sqlite


def test_what_is_no_directory_is_refused(tmp_path):
    text = tmp_path / "text.db"
    text.write_text("not a database, but long enough to be looked at" * 50, "utf-8")
    with pytest.raises(p.DirectoryError, match=r"text\.db can't be used: file is not a database: name a file of its own"):
        SQLiteDirectory(text)
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE mine (id)")
    connection.close()
    with pytest.raises(p.DirectoryError, match="it is another database, or of another release: name a file of its own"):
        SQLiteDirectory(other)
    with pytest.raises(p.DirectoryError, match="unable to open"):
        SQLiteDirectory(tmp_path / "none" / "users.db")


def test_a_file_that_is_locked_for_long_is_told(tmp_path, monkeypatch):
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, timeout, **options: connect(*args, timeout=0, **options))
    with SQLiteDirectory(tmp_path / "users.db") as directory:
        other = connect(tmp_path / "users.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(p.DirectoryError, match="another process has written to it for a minute"):
            directory.put([endpoint()])
        assert directory.endpoints_of(["u-1"]) == {}
        other.close()
        directory.put([endpoint()])
    assert repr(directory) == f"SQLiteDirectory({str(tmp_path / 'users.db')!r})"


def test_what_one_process_numbers_another_reads(tmp_path):
    with SQLiteDirectory(tmp_path / "users.db") as one, SQLiteDirectory(tmp_path / "users.db") as other:
        one.put([endpoint("e-1", address="+1")])
        assert other.endpoints_of(["u-1"]) == {"u-1": [endpoint("e-1", address="+1")]}
        two = endpoint("e-2", address="+2", opt_out="ALL", application_id="b")
        other.put([two])
        assert one.endpoints_of(["u-1"]) == {"u-1": [endpoint("e-1", address="+1"), two]}
    with SQLiteDirectory(tmp_path / "users.db") as third:
        third.put([endpoint("e-3", user="u-3", address="+3")])
        third.close()
        third.close()
        assert by_id(third)["e-3"] == endpoint("e-3", user="u-3", address="+3")


def test_all_endpoints_are_more_than_a_page(tmp_path):
    with SQLiteDirectory(tmp_path / "users.db") as directory:
        everyone = [endpoint(f"e-{number}", user=f"u-{number}", address=f"+{number}") for number in range(2_500)]
        directory.put(everyone)
        assert list(directory.endpoints()) == everyone


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_both_sides_of_a_fork_go_on(tmp_path):
    with SQLiteDirectory(tmp_path / "users.db") as directory:
        directory.put(devices(3))

        def child():
            assert len(by_id(directory)) == 3
            directory.put([endpoint("child", address="+1")])
            directory.close()

        process = multiprocessing.get_context("fork").Process(target=child)
        process.start()
        process.join()
        assert process.exitcode == 0
        assert set(by_id(directory)) == {"d-0", "d-1", "d-2", "child"}
        directory.put([endpoint("parent", address="+2")])
        assert len(directory.endpoints_of(["u-1"])["u-1"]) == 5


def test_what_was_numbered_and_not_written_is_numbered_anew(tmp_path, monkeypatch):
    with SQLiteDirectory(tmp_path / "users.db") as directory:
        with monkeypatch.context() as patched:
            patched.setattr("pinpoint_users.directory.sqlite._WRITE", "INSERT INTO none VALUES (?)")
            with pytest.raises(p.DirectoryError, match="no such table"):
                directory.put([endpoint("e-1", application_id="a")])
        directory.put([endpoint("e-1", application_id="b")])
        assert by_id(directory) == {"e-1": endpoint("e-1", application_id="b")}


def test_a_child_leaves_its_parents_connection_alone(tmp_path):
    with SQLiteDirectory(tmp_path / "users.db") as directory, SQLiteDirectory(tmp_path / "users.db") as closed:
        closed.close()
        directory.put([endpoint()])
        sqlite._before_fork()
        sqlite._after_fork_in_child()  # as in a child, whose lines nobody counts
        directory.put([endpoint(opt_out="ALL")])
        assert by_id(directory) == by_id(closed) == {"e-1": endpoint(opt_out="ALL")}
    while sqlite._inherited:
        sqlite._inherited.pop().close()
