"""What a run may expect of any journal: what was written is there after it, and the same message."""

from __future__ import annotations

import gc
import random
import threading
import uuid

import pytest
from journal.journals import (
    LOOK_ALIKES,
    OK,
    WHOLE_USER,
    as_read,
    as_record,
    done,
    in_flight,
    result,
)

from pinpoint_users import DeliveryStatus, EndpointMessageResult, JournalError
from pinpoint_users._journal.record import Record
from pinpoint_users._packed import pack


class TestWhatWasWritten:
    def test_is_nothing_at_first(self, open_journal):
        assert open_journal().look_up(["u-1", "u-2"]) == {}

    def test_is_there_in_this_run_and_the_next(self, open_journal):
        journal = open_journal()
        journal.write([], in_flight=["u-1", "u-2", "u-3"])
        journal.write([done("u-1")], [result("u-3", attempts=2)])
        expected = {
            "u-1": as_read(done("u-1"), is_of_this_run=True),
            "u-2": as_read(in_flight("u-2"), is_of_this_run=True),
            "u-3": as_read(as_record(result("u-3", attempts=2)), is_of_this_run=True),
        }
        assert journal.look_up(["u-1", "u-2", "u-3", "u-4"]) == expected
        journal.close()
        expected = {user_id: as_read(record, is_of_this_run=False) for user_id, record in expected.items()}
        assert open_journal().look_up(["u-1", "u-2", "u-3", "u-4"]) == expected

    def test_last_counts(self, open_journal):
        journal = open_journal()
        journal.write([done("u-1")])
        journal.write([done("u-2"), in_flight("u-1")])
        journal.write([in_flight("u-2"), done("u-2"), done("u-3"), in_flight("u-3")])
        expected = {"u-1": in_flight("u-1"), "u-2": done("u-2"), "u-3": in_flight("u-3")}
        journal.close()
        assert open_journal().look_up(["u-1", "u-2", "u-3"]) == expected

    def test_of_nobody_is_nothing(self, open_journal):
        journal = open_journal()
        journal.write([])
        journal.write([], in_flight=[])
        assert journal.look_up([]) == {}

    def test_is_all_that_a_run_knows_but_texts_and_addresses(self, open_journal):
        journal = open_journal()
        answered = EndpointMessageResult(
            delivery_status="SUCCESSFUL",
            status_code=200,
            address="+12065550100",
            message_id="m-1",
            updated_token="t",
            status_message="s",
        )
        record = Record(
            "u-1",
            attempts=12,
            endpoints={"e-1": answered, "": EndpointMessageResult(delivery_status="OPT_OUT", status_code=-1)},
            unknown=frozenset({"e-2", "e-3", None}),
            maybe_duplicated=True,
        )
        journal.write([record], [result("u-2", maybe_duplicated=True)])
        journal.close()
        found = open_journal().look_up(["u-1", "u-2"])
        assert found["u-1"].endpoints == {"e-1": OK, "": record.endpoints[""]}
        assert found["u-1"].attempts == 12
        assert found["u-1"].unknown == record.unknown
        assert found["u-1"].maybe_duplicated
        assert found["u-2"].maybe_duplicated

    def test_keeps_packed_results(self, open_journal):
        journal = open_journal()
        got = {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200, "Address": "+12065550100"}
        endpoints = {
            "u-1": ["e-1", "e-2"],
            "tab": ["a\tb", "c"],
            "line": ["a\nb"],
            "odd": ["\\\ud800"],
            "none": [""],
            "x" * 501: ["e"],
        }
        for user_id, ids in endpoints.items():
            packed = {each: pack(dict.fromkeys(of, got)) for each, of in {user_id: ids, f"beside {user_id}": ["e"]}.items()}
            journal.write([], packed=packed)
        journal.close()
        expected = {user_id: Record(user_id, 1, dict.fromkeys(ids, OK)) for user_id, ids in endpoints.items()}
        assert open_journal().look_up(list(endpoints)) == expected

    @pytest.mark.parametrize("word", ["QUEUED", "é", ""])
    def test_keeps_statuses_that_nobody_knows(self, open_journal, word):
        journal = open_journal()
        journal.write([Record("u-1", endpoints={"e": EndpointMessageResult(delivery_status=word, status_code=202)})])
        journal.close()
        status = open_journal().look_up(["u-1"])["u-1"].endpoints["e"].delivery_status
        assert status == word
        assert status.is_unknown
        assert isinstance(status, DeliveryStatus)

    def test_is_marked_when_it_is_said_again(self, open_journal):
        journal = open_journal()
        journal.write([done("u-1")], [result("u-2")])
        journal.close()
        journal = open_journal()
        found = journal.look_up(["u-1", "u-2"])
        assert not any(record.is_of_this_run for record in found.values())
        journal.write([found["u-1"]])
        assert {user_id: record.is_of_this_run for user_id, record in journal.look_up(["u-1", "u-2"]).items()} == {
            "u-1": True,
            "u-2": False,
        }


class TestUserIDs:
    @pytest.mark.parametrize(
        "user_id",
        ["", "\0", "a\0b", "\ud800", "ü" * 50, "x" * 1_000_000],
        ids=["empty", "NUL", "NUL within", "surrogate", "UTF-8", "long"],  # plain ones: mutmut names tests by them
    )
    def test_are_any_text(self, open_journal, user_id):
        record = Record(user_id, endpoints={user_id: OK}, unknown=frozenset({user_id}))
        journal = open_journal()
        journal.write([record])
        journal.close()
        assert open_journal().look_up([user_id]) == {user_id: record}

    def test_that_look_alike_are_different(self, open_journal):
        journal = open_journal()
        for number, user_id in enumerate(LOOK_ALIKES):
            assert journal.look_up(LOOK_ALIKES[number:]) == {}
            journal.write([Record(user_id, attempts=number + 1)])
        journal.close()
        found = open_journal().look_up(LOOK_ALIKES)
        assert [found[user_id].attempts for user_id in LOOK_ALIKES] == [*range(1, len(LOOK_ALIKES) + 1)]

    @pytest.mark.parametrize("shape", [str, str.upper, lambda text: text.replace("-", ""), lambda text: f"{{{text}}}"])
    def test_are_known_again_whatever_they_stood_beside(self, open_journal, shape):
        digits = [shape(str(uuid.UUID(int=number))) for number in range(300)]
        letters = [shape(str(uuid.UUID(int=number + (0xABC << 100)))) for number in range(300)]
        users = [*digits, *letters, *(f"u-{number}" for number in range(30))]
        rng = random.Random(1)
        for _ in range(4):
            journal = open_journal()
            rng.shuffle(users)
            for start in range(0, len(users), 70):
                journal.write([done(user_id) for user_id in users[start : start + 70]])
            journal.close()
            rng.shuffle(users)
            assert len(open_journal().look_up(users)) == len(users)
            open_journal.close_all()


class TestManyUsers:
    def test_more_than_are_kept_in_memory(self, open_journal):
        users = [f"u-{number}" for number in range(30_000)]
        random.Random(1).shuffle(users)
        batches = [users[start : start + 1_000] for start in range(0, len(users), 1_000)]

        def known(batch, *, is_of_this_run):
            return {user_id: as_read(done(user_id), is_of_this_run=is_of_this_run) for user_id in batch}

        journal = open_journal()
        for batch in batches:
            assert not journal.look_up(batch)
            journal.write([], in_flight=batch)
            journal.write([done(user_id) for user_id in batch])
        assert journal.look_up(users) == known(users, is_of_this_run=True)
        assert not journal.look_up(["u-30000"])
        journal.close()

        journal = open_journal()
        for batch in batches[::-5]:
            assert journal.look_up(batch) == known(batch, is_of_this_run=False)
            journal.write([done(user_id) for user_id in batch])
        again = batches[1][0]
        journal.write([in_flight(again), in_flight("new")])
        assert journal.look_up([again, "new"]) == {
            user_id: as_read(in_flight(user_id), is_of_this_run=True) for user_id in (again, "new")
        }
        assert journal.look_up(batches[1][1:]) == known(batches[1][1:], is_of_this_run=False)
        for batch in batches[::-5]:
            assert journal.look_up(batch) == known(batch, is_of_this_run=True)


class TestOfManyThreads:
    def test_it_may_be_used(self, open_journal):
        journal = open_journal()
        faults = []

        def use(thread):
            for number in range(50):
                users = [f"u-{thread}-{number}-{each}" for each in range(20)]
                journal.write([], in_flight=users)
                journal.write([done(user_id) for user_id in users])
                if len(journal.look_up(users)) != 20:
                    faults.append(users)

        threads = [threading.Thread(target=use, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not faults
        journal.close()
        users = [f"u-{thread}-{number}-{each}" for thread in range(4) for number in range(50) for each in range(20)]
        assert open_journal().look_up(users) == {user_id: done(user_id) for user_id in users}


class TestClosing:
    def test_may_happen_twice(self, open_journal):
        journal = open_journal()
        journal.close()
        journal.close()
        open_journal()
        journal.close()

    def test_ends_all_use(self, open_journal):
        journal = open_journal()
        journal.close()
        with pytest.raises(JournalError, match="the journal can't be written"):
            journal.write([done("u-1")])
        with pytest.raises(JournalError, match="the journal can't be written"):
            journal.write([], in_flight=["u-1"])
        with pytest.raises(JournalError, match="the journal can't be read"):
            journal.look_up(["u-1"])

    def test_happens_to_what_nobody_refers_to(self, open_journal):
        journal = open_journal.unkept()
        journal.write([done(f"u-{number}") for number in range(25_000)])
        journal.itself = [journal]
        del journal
        gc.collect()
        assert open_journal().look_up(["u-1"])


@pytest.mark.parametrize(
    ("run", "whose"),
    [({"content": b"bye"}, "another message"), ({"application_id": "other"}, "application 'app', not 'other'")],
)
def test_another_message_or_application_is_refused_unless_forced(open_journal, run, whose):
    journal = open_journal()
    journal.write([done("u-1")])
    journal.close()
    with pytest.raises(JournalError, match=f"the journal is of {whose}.*force=True"):
        open_journal(**run)
    forced = open_journal(**run, force=True)
    assert forced.look_up(["u-1"])
    forced.close()
    open_journal(**run).close()
    with pytest.raises(JournalError, match="the journal is of"):
        open_journal()


def test_in_flight_is_what_a_record_of_the_whole_user_is(open_journal):
    journal = open_journal()
    journal.write([], in_flight=["u-1"])
    assert journal.look_up(["u-1"])["u-1"].unknown == WHOLE_USER
