"""A journal in PostgreSQL: many workers at once, leases that are lost, children of a process, and all sorts of IDs."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import time

import pytest
from journal.journals import OK, done, held, in_flight, result

from pinpoint_users import EndpointMessageResult, JournalError, Outcome, UserResult, read_counts, read_report
from pinpoint_users._journal import lease
from pinpoint_users._journal.opening import open_journal as opened
from pinpoint_users._journal.record import Record


@pytest.fixture
def kind():
    return "postgres"


@pytest.fixture
def expire(sql):
    """Lets all leases end, as if their workers weren't heard of for too long."""
    return lambda: sql("UPDATE pinpoint_journal_workers SET lease_ends = '-infinity'")


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
        journal = open_journal()  # alone: on a busy machine another one might find its lease at an end
        ends = "SELECT max(lease_ends) FROM pinpoint_journal_workers"
        first = sql(ends).fetchone()
        while sql(ends).fetchone() == first:
            time.sleep(0.001)
        lost = open_journal()
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
