"""PostgreSQL: lost connections, forks, names of tables."""

from __future__ import annotations

import multiprocessing
import os
import sys

import pytest
from stores import by_id, endpoint

import pinpoint_users as p
from pinpoint_users import _postgres
from pinpoint_users.directory import PostgresDirectory

psycopg = pytest.importorskip("psycopg", reason="psycopg isn't installed: it is the extra `postgres`")


@pytest.fixture
def conninfo(postgres_server):
    return postgres_server.new_database()


def test_a_lost_connection_is_made_again(conninfo):
    with PostgresDirectory(conninfo) as directory, psycopg.connect(conninfo, autocommit=True) as other:
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
        for number in range(3):
            other.execute(end, (other.info.backend_pid,))
            directory.put([endpoint(f"e-{number}", address=f"+{number}")])
        other.execute(end, (other.info.backend_pid,))
        assert len(directory.endpoints_of(["u-1"])["u-1"]) == 3
        directory.close()
        directory.close()
        assert len(by_id(directory)) == 3


def test_what_goes_wrong_in_the_database_is_told(conninfo):
    with PostgresDirectory(conninfo) as directory, psycopg.connect(conninfo, autocommit=True) as other:
        other.execute("DROP TABLE pinpoint_endpoints")
        with pytest.raises(p.DirectoryError, match="the table pinpoint_endpoints of PostgreSQL can't be used"):
            directory.put([endpoint()])
        other.execute("CREATE TABLE pinpoint_endpoints (x INTEGER)")
        other.execute("SET statement_timeout = 0")
        with pytest.raises(p.DirectoryError, match="does not exist"):
            directory.endpoints_of(["u-1"])
    with pytest.raises(p.DirectoryError, match="can't be used"):
        PostgresDirectory(f"{conninfo} dbname=none")


def test_a_table_that_is_locked_is_told(conninfo, monkeypatch):
    monkeypatch.setattr("pinpoint_users.directory.postgres._LOCK_TIMEOUT", 0.01)
    with PostgresDirectory(conninfo) as directory, psycopg.connect(conninfo) as other:
        other.execute("LOCK TABLE pinpoint_endpoints IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(p.DirectoryError, match="can't be used: another session locks its table, such as a migration"):
            directory.endpoints_of(["u-1"])
        other.rollback()
        assert directory.endpoints_of(["u-1"]) == {}


def test_two_tables_are_two_directories(conninfo):
    with PostgresDirectory(conninfo) as one, PostgresDirectory(conninfo, table="Others_2") as other:
        one.put([endpoint()])
        assert by_id(other) == {}
    for wrong in ("a b", "", "1a", 'a"', "x" * 49):
        with pytest.raises(p.ValidationError, match="table: must be letters, digits and _, at most 48"):
            PostgresDirectory(conninfo, table=wrong)


def test_without_the_extra_it_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ImportError, match=r"comes with the extra `postgres`: in a clone, pip install '\.\[postgres\]'"):
        PostgresDirectory("")


def test_all_endpoints_are_more_than_a_page(conninfo):
    with PostgresDirectory(conninfo) as directory:
        everyone = [endpoint(f"e-{number}", user=f"u-{number}", address=f"+{number}") for number in range(1_500)]
        directory.put(everyone)
        assert list(directory.endpoints()) == everyone


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_both_sides_of_a_fork_go_on(conninfo):
    with PostgresDirectory(conninfo) as directory:
        directory.put([endpoint("parent")])

        def child():
            directory.put([endpoint("child", address="+1")])
            assert len(by_id(directory)) == 2
            directory.close()

        process = multiprocessing.get_context("fork").Process(target=child)
        process.start()
        process.join()
        assert process.exitcode == 0
        assert set(by_id(directory)) == {"parent", "child"}


def test_who_waits_too_long_for_another_is_told(conninfo):
    with PostgresDirectory(conninfo) as holder, PostgresDirectory(f"{conninfo} options='-c lock_timeout=20'") as waiting:
        connection = holder._connection._open()
        with holder._writing(connection), pytest.raises(p.DirectoryError, match="lock timeout"):
            waiting.put([endpoint()])
        waiting.put([endpoint()])
        assert by_id(holder) == {"e-1": endpoint()}


def test_a_child_makes_a_connection_of_its_own(conninfo):
    with PostgresDirectory(conninfo) as directory:
        inherited = directory._connection._open()
        _postgres.leave_to_parent()  # as in a child, whose lines nobody counts
        directory.put([endpoint()])
        assert directory._connection._open() is not inherited
        assert not inherited.closed
        inherited.close()
