"""A journal's PostgreSQL server that is away, refuses something, or lets nobody in; and the connection to it."""

from __future__ import annotations

import threading
import traceback

import pytest
from journal.journals import PASSWORD, done, in_flight
from postgres_server import PostgresServer

from pinpoint_users import Journal, JournalError, _postgres, read_counts
from pinpoint_users._journal import postgres, schema
from pinpoint_users._journal.opening import open_journal as opened

psycopg = pytest.importorskip("psycopg", reason="psycopg isn't installed: it is the extra `postgres`")
trustme = pytest.importorskip("trustme", reason="trustme isn't installed: pip install trustme")


@pytest.fixture
def kind():
    return "postgres"


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def own_server(authority):
    """A server with TLS and passwords, which may be stopped."""
    with PostgresServer.started(authority) as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE writer LOGIN PASSWORD '{PASSWORD}'")
            connection.execute(f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
            connection.execute("CREATE DATABASE sending OWNER writer")
        yield server


class TestAServer:
    def test_that_is_restarted_is_waited_for(self, own_server):
        journal = opened(Journal(own_server.new_url(), run="r"), application_id="app", content=b"")
        try:
            journal.look_up(["u-1"])
            journal.write([], in_flight=["u-1"])
            own_server.stop()
            back = threading.Thread(target=own_server.start)
            back.start()
            journal.write([done("u-1")])
            back.join()
            assert journal.look_up(["u-1"])["u-1"].is_of_this_run
        finally:
            journal.close()

    def test_that_stays_away_is_told(self, own_server, monkeypatch):
        monkeypatch.setattr(postgres, "PATIENCE", 0.02)
        journal = opened(Journal(own_server.new_url(), run="r"), application_id="app", content=b"")
        own_server.stop()
        try:
            with pytest.raises(
                JournalError, match=r"(?s)^run 'r' at postgresql://test@127.*the journal can't be read \(.*see that the server"
            ):
                journal.look_up(["u-1"])
            with pytest.raises(JournalError, match=r"the journal can't be written \("):
                journal.write([done("u-1")])
            journal.close()
        finally:
            own_server.start()

    def test_that_forgets_what_was_prepared_is_asked_anew(self, open_journal, place):
        journal = open_journal()
        journal.look_up(["u-1"])
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
        with psycopg.connect(place.path, autocommit=True) as other:
            other.execute(end, (other.info.backend_pid,))
        assert journal.look_up(["u-1"]) == {}

    def test_that_takes_no_writes_as_another_takes_over_is_asked_anew(self, open_journal, sql, place):
        journal = open_journal()
        journal.look_up(["u-1"])
        with psycopg.connect(place.path) as connection:
            name = connection.info.dbname
        sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        others = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        sql(f"SELECT pg_terminate_backend(pid) FROM {others}")
        sql("SET default_transaction_read_only = off")
        back = threading.Timer(0.05, sql, (f"ALTER DATABASE {name} SET default_transaction_read_only = off",))
        back.start()
        journal.write([done("u-1")])
        back.join()
        assert journal.look_up(["u-1"])["u-1"].is_of_this_run

    def test_that_refuses_something_is_told(self, open_journal, sql):
        journal = open_journal()
        sql("ALTER TABLE pinpoint_journal_users RENAME TO away")
        with pytest.raises(JournalError, match=r"can't be written \(.*pinpoint_journal_users.* does not exist"):
            journal.write([done("u-1")])
        sql("ALTER TABLE away RENAME TO pinpoint_journal_users")
        journal.write([done("u-1")])

    @pytest.mark.parametrize("sqlstate", ["53100", "PX001", "ZZ999"], ids=["disk full", "its own", "unknown"])
    def test_that_says_any_sqlstate_is_told(self, open_journal, sql, sqlstate):
        journal = open_journal()
        sql(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '{sqlstate}'; END$$"
        )
        sql("CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON pinpoint_journal_users EXECUTE FUNCTION refuse()")
        with pytest.raises(JournalError, match=r"can't be written .*no room"):
            journal.write([done("u-1")])
        sql("DROP TRIGGER refuse ON pinpoint_journal_users")
        journal.write([done("u-1")])
        assert [*journal.look_up(["u-1"])] == ["u-1"]

    def test_that_has_tables_of_a_newer_release_is_told(self, open_journal, sql, place):
        open_journal().close()
        sql(f"UPDATE pinpoint_journal_version SET version = {schema.VERSION + 1}")
        with pytest.raises(JournalError, match="are of a newer release: upgrade pinpoint-users"):
            open_journal()
        with pytest.raises(JournalError, match="are of a newer release: upgrade pinpoint-users"):
            read_counts(place)

    def test_whose_rows_are_damaged_is_told(self, open_journal, sql):
        open_journal().write([in_flight("u-1")])
        sql("UPDATE pinpoint_journal_users SET record = '{'")
        with pytest.raises(JournalError, match="the journal is damaged, so it can't tell who has got the message"):
            open_journal().look_up(["u-1"])

    def test_lets_nobody_in_whom_it_does_not_know(self, own_server):
        urls = {
            "password authentication failed": own_server.url("sending", user="writer", password="wr0ng-s3cret"),
            'database "nowhere" does not exist': own_server.url("nowhere", user="writer", password=PASSWORD),
            "permission denied": own_server.url("sending", user="guest", password=PASSWORD),
            "the connection string can't be read": own_server.url("sending", user="writer", password=f"{PASSWORD}%zz"),
            "the URL has more than one @": own_server.url("sending", user="writer", password=f"pass@{PASSWORD}:x/"),
            "certificate": own_server.url(
                "sending", user="writer", password=PASSWORD, sslmode="verify-full", sslrootcert="/none"
            ),
        }
        for problem, url in urls.items():
            with pytest.raises(JournalError, match=r"the journal can't be opened \(") as caught:
                opened(Journal(url, run="r"), application_id="app", content=b"")
            told = "".join(traceback.format_exception(caught.value))
            assert problem in told
            assert "s3cret" not in told

    def test_is_reached_by_tls_as_the_url_says(self, own_server, authority, tmp_path):
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        how = {"user": "writer", "password": PASSWORD, "sslmode": "verify-full"}
        journal = Journal(own_server.url("sending", sslrootcert=str(tmp_path / "ca.pem"), **how), run="r")
        worker = opened(journal, application_id="app", content=b"")
        try:
            assert worker.look_up(["u-1"]) == {}
            with psycopg.connect(journal.path) as connection:
                row = connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
            assert row == (True,)
        finally:
            worker.close()
        trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
        with pytest.raises(JournalError, match="certificate verify failed"):
            read_counts(Journal(own_server.url("sending", sslrootcert=str(tmp_path / "other.pem"), **how), run="r"))


class TestTheConnection:
    def test_is_used_again_where_two_crossed(self, place):
        connection = _postgres.PostgresConnection(place.path, whose="this")
        faults = [psycopg.errors.DeadlockDetected("crossed"), psycopg.errors.DeadlockDetected("crossed again")]

        def use(opened):
            if faults:
                raise faults.pop()
            return opened.execute("SELECT 1").fetchone()

        assert connection.use(use, patience=60.0) == (1,)
        connection.close()

    def test_lets_the_server_compile_no_statement(self, place):
        connection = _postgres.PostgresConnection(place.path, whose="this")
        assert connection.use(lambda opened: opened.execute("SHOW jit").fetchone()) == ("off",)
        connection.close()

    def test_is_closed_once(self, open_journal, place):
        journal = open_journal()
        connection = journal._connection
        journal.close()
        assert connection._connection is None
