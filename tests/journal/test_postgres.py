"""A journal in PostgreSQL: many workers at once, leases that are lost, a server that is away, and who may use it."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import threading
import time
import traceback

import pytest
from journal.journals import OK, done, in_flight, result
from postgres_server import PostgresServer

from pinpoint_users import (
    EndpointMessageResult,
    Journal,
    JournalError,
    Outcome,
    UserResult,
    ValidationError,
    _postgres,
    read_counts,
    read_report,
)
from pinpoint_users._journal import lease, postgres, schema
from pinpoint_users._journal.opening import open_journal as opened
from pinpoint_users._journal.record import Record

psycopg = pytest.importorskip("psycopg", reason="psycopg isn't installed: it is the extra `postgres`")
trustme = pytest.importorskip("trustme", reason="trustme isn't installed: pip install trustme")

PASSWORD = "s3cret-w0rd"


@pytest.fixture
def kind():
    return "postgres"


@pytest.fixture
def sql(place):
    """Asks the journal's database something."""
    with psycopg.connect(place.path, autocommit=True) as connection:
        yield connection.execute


@pytest.fixture
def expire(sql):
    """Lets all leases end, as if their workers weren't heard of for too long."""
    return lambda: sql("UPDATE pinpoint_journal_workers SET lease_ends = '-infinity'")


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


def held(*user_ids):
    return {user_id: Record(user_id, in_hand=True) for user_id in user_ids}


class TestTheArgument:
    URL = "postgresql://app@db/sending"

    def test_is_a_url_with_a_run(self):
        journal = Journal(self.URL, run="parcels")
        assert (journal.path, journal.run, journal.is_shared) == (self.URL, "parcels", True)
        assert Journal("postgres://db/sending", run="é" * 200, force=True).is_shared
        assert not Journal("run.db").is_shared
        assert journal != Journal(self.URL, run="others")

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            ({"path": URL}, "run: is needed with a URL"),
            ({"path": URL, "run": ""}, "run: must be a text of 1 to 200 characters"),
            ({"path": URL, "run": "x" * 201}, "run: must be a text of 1 to 200 characters"),
            ({"path": URL, "run": "a\0b"}, "run: must be a text of 1 to 200 characters"),
            ({"path": URL, "run": "\ud800"}, "run: must be a text of 1 to 200 characters"),
            ({"path": URL, "run": 5}, "run: must be a string, not int"),
            ({"path": "run.db", "run": "parcels"}, "run: is of journals in PostgreSQL: a file is one run's"),
            ({"path": "postgresql:/db/sending"}, "path: a URL must be a string such as postgresql://user@host/database"),
            ({"path": f"postgresql+psycopg://app:{PASSWORD}@db/x"}, "path: a URL must be a string such as postgresql://"),
            ({"path": f"POSTGRESQL://app:{PASSWORD}@db/x", "run": "r"}, "path: a URL must be a string such as postgresql://"),
            ({"path": f"postgresql://app:{PASSWORD}@db/\0", "run": "r"}, r"'postgresql://app:***@db/\x00' can't be the path"),
        ],
    )
    def test_is_refused_if_it_is_something_else(self, arguments, problem):
        with pytest.raises(ValidationError, match=r"^Journal") as caught:
            Journal(**arguments)
        assert problem in str(caught.value)
        assert PASSWORD not in str(caught.value)

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("postgresql://app:{}@db:5432/x", "postgresql://app:***@db:5432/x"),
            ("postgresql://app:a@b/{}@db/x", "postgresql://app:***@db/x"),
            ("postgresql://:{}@db/x", "postgresql://:***@db/x"),
            ("postgres://app@db/x?password={}&sslmode=require", "postgres://app@db/x"),
            ("postgresql://db:5432/x", "postgresql://db:5432/x"),
            (f"postgresql://app:{PASSWORD}?{{}}@db/x", "postgresql://app:***"),
            (f"postgresql://app:{PASSWORD}@{PASSWORD}?{{}}@db/x", "postgresql://app:***"),
            ("postgresql://app@db/x?password={}@1", "postgresql://app@db/x"),
        ],
    )
    def test_is_shown_without_its_password(self, url, shown):
        journal = Journal(url.format(PASSWORD), run="r", force=True)
        assert repr(journal) == f"Journal({shown!r}, run='r', force=True)"
        assert pickle.loads(pickle.dumps(journal)) == journal
        assert repr(Journal("a:b@c?d")) == "Journal('a:b@c?d')"


class TestManyWorkers:
    def test_leave_each_other_s_users_alone(self, open_journal):
        one, other = open_journal(), open_journal()
        assert one.look_up(["u-1", "u-2"]) == {}
        assert other.look_up(["u-2", "u-3"]) == held("u-2")
        one.write([], in_flight=["u-1", "u-2"])
        assert other.look_up(["u-1"])["u-1"].in_hand
        one.write([Record("u-1", attempts=1, in_hand=True)], [result("u-2")])
        assert other.look_up(["u-1"])["u-1"].in_hand
        assert not other.look_up(["u-2"])["u-2"].in_hand
        one.write([done("u-1")])
        assert other.look_up(["u-1"]) == {"u-1": done("u-1")}
        assert one.look_up(["u-3"]) == held("u-3")

    def test_may_ask_without_taking_users_in_hand(self, open_journal):
        one, other = open_journal(), open_journal()
        one.look_up(["u-1", "u-2"])
        one.write([done("u-1")])
        assert other.look_up(["u-1", "u-2", "u-3"], claims=False) == {"u-1": done("u-1"), **held("u-2")}
        assert one.look_up(["u-3"]) == {}

    def test_know_whom_each_of_them_has_met(self, open_journal):
        one, other, third = open_journal(), open_journal(), open_journal()
        for journal in (one, other, third):
            journal.look_up(["u-1"])
            journal.write([done("u-1")])
        for journal in (one, other, third):
            assert journal.look_up(["u-1"])["u-1"].is_of_this_run
            assert journal.look_up(["u-1"], claims=False)["u-1"].is_of_this_run
        one.close()
        fourth = open_journal()
        assert not fourth.look_up(["u-1"])["u-1"].is_of_this_run
        fourth.write([done("u-1")])
        assert other.look_up(["u-1"])["u-1"].is_of_this_run

    def test_that_ask_again_as_the_answer_was_lost_have_met_nobody(self, open_journal):
        one = open_journal()
        assert one.look_up(["u-1"]) == {}
        assert one.look_up(["u-1"]) == {}

    def test_that_end_leave_their_users_to_others(self, open_journal):
        one, other = open_journal(), open_journal()
        one.look_up(["u-1", "u-2", "u-3"])
        one.write([], in_flight=["u-2"])
        one.close()
        assert other.look_up(["u-1", "u-2", "u-3"]) == {"u-2": in_flight("u-2")}

    def test_make_the_tables_together(self, place, open_journal):
        barrier, faults = threading.Barrier(8), []

        def begin():
            barrier.wait(timeout=60)
            try:
                open_journal().look_up(["u-1"])
            except JournalError as error:
                faults.append(error)

        threads = [threading.Thread(target=begin) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not faults
        assert read_counts(place)[Outcome.NOT_SENT] == 1

    def test_take_users_in_hand_who_are_each_one_s(self, place, open_journal):
        """The same users in other orders and batches, by threads that are one another's rivals."""
        users = [f"u-{number}" for number in range(600)]
        barrier, taken, faults = threading.Barrier(4), [], []

        def work(number):
            order = users[::-1] if number % 2 else users
            try:
                journal = open_journal()
                barrier.wait(timeout=60)
                for start in range(0, len(order), 60 + number):
                    batch = order[start : start + 60 + number]
                    known = journal.look_up(batch)
                    mine = [user_id for user_id in batch if user_id not in known]
                    journal.write([], in_flight=mine)
                    taken.extend(mine)
                    journal.write([], [result(user_id) for user_id in mine])
            except JournalError as error:
                faults.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not faults
        assert sorted(taken) == sorted(users)
        assert read_counts(place)[Outcome.SUCCESSFUL] == len(users)


class TestALease:
    def test_that_is_lost_ends_all_use(self, open_journal, expire):
        one = open_journal()
        one.look_up(["u-1", "u-2"])
        one.write([], in_flight=["u-1"])
        expire()
        other = open_journal()
        assert other.look_up(["u-1", "u-2"]) == {"u-1": in_flight("u-1")}
        for use in (lambda: one.write([done("u-1")]), lambda: one.look_up(["u-3"])):
            with pytest.raises(
                JournalError, match=r"wasn't heard of for 30 s, and others go on with its users: begin another run"
            ):
                use()
        assert other.look_up(["u-3"]) == {}
        other.write([done("u-1")])

    def test_is_not_lost_before_somebody_else_finds_out(self, open_journal, expire):
        one = open_journal()
        one.look_up(["u-1"])
        expire()
        one.write([done("u-1")])
        assert open_journal().look_up(["u-1"]) == {"u-1": done("u-1")}
        one.write([done("u-2")])

    def test_is_prolonged_as_long_as_the_worker_lives(self, open_journal, monkeypatch, sql):
        monkeypatch.setattr(lease, "SECONDS", 0.03)
        journal = open_journal()
        lost = open_journal()
        ends = "SELECT max(lease_ends) FROM pinpoint_journal_workers"
        first = sql(ends).fetchone()
        while sql(ends).fetchone() == first:
            time.sleep(0.001)
        journal.close()
        lost.close()
        assert sql("SELECT bool_and(is_over) FROM pinpoint_journal_workers").fetchone() == (True,)

    def test_goes_on_when_the_server_is_back(self, open_journal, monkeypatch, sql):
        monkeypatch.setattr(lease, "SECONDS", 0.03)
        journal = open_journal()
        sql("ALTER TABLE pinpoint_journal_workers RENAME TO away")
        time.sleep(0.1)
        sql("ALTER TABLE away RENAME TO pinpoint_journal_workers")
        monkeypatch.setattr(lease, "SECONDS", 30.0)
        assert journal.look_up(["u-1"]) == {}

    def test_ends_with_what_nobody_refers_to(self, open_journal, sql):
        journal = open_journal.unkept()
        journal.look_up(["u-1"])
        thread = journal._lease._thread
        journal.itself = [journal]
        del journal
        gc.collect()
        thread.join()
        assert sql("SELECT is_over FROM pinpoint_journal_workers").fetchall() == [(True,)]


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


def test_a_child_cannot_use_it(open_journal, monkeypatch):
    journal = open_journal()
    with monkeypatch.context() as child:
        child.setattr(os, "getpid", lambda: -1)
        with pytest.raises(JournalError, match="by a child of the process that opened it: begin a run in the child"):
            journal.write([done("u-1")])
        journal.close()
    journal.write([done("u-1")])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_begins_a_run_of_its_own(open_journal, place):
    journal = open_journal()
    journal.look_up(["u-1"])

    def child():
        own = opened(place, application_id="app", content=b"hello")
        known = own.look_up(["u-1", "u-2"])
        own.write([done("u-2")])
        own.close()
        os._exit(0 if known == held("u-1") else 1)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    assert process.exitcode == 0
    journal.write([done("u-1")])
    assert set(journal.look_up(["u-1", "u-2"])) == {"u-1", "u-2"}


class TestIDs:
    @pytest.mark.parametrize("user_id", ["", "\0", "\ud800é", "\\", "\\e", "\\#", "a\nb", "a\tb", "x" * 501, "x" * 501 + "\n"])
    def test_come_back_in_a_report(self, open_journal, place, user_id):
        journal = open_journal()
        journal.look_up([user_id, "plain"])
        journal.write([], in_flight=[user_id, "plain"])
        assert set(read_report(place).users) == {user_id, "plain"}
        journal.write([Record("plain", endpoints={user_id: OK})], [result(user_id)])
        report = read_report(place)
        assert report.users[user_id].outcome is Outcome.SUCCESSFUL
        assert set(report.users[user_id].endpoints) == {f"{user_id}-sms", f"{user_id}-gcm"}
        assert set(report.users["plain"].endpoints) == {user_id}


def test_what_is_not_of_the_usual_is_kept_too(open_journal, place):
    odd = EndpointMessageResult(delivery_status="DUPLICATE", status_code=200)
    users = [
        UserResult(user_id="other status", outcome=Outcome.SUCCESSFUL, endpoints={"e-1": OK, "e-2": odd}, attempts=1),
        UserResult(user_id="usual", outcome=Outcome.SUCCESSFUL, endpoints={"e-1": OK}, attempts=1),
    ]
    open_journal().write([], users)
    assert read_report(place).users == {user.user_id: user for user in users}
