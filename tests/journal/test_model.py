"""A journal beside a dict of records, over several runs that end well or are killed."""

from __future__ import annotations

import itertools
import pickle
import subprocess
import sys
from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from journal.journals import LOOK_ALIKES, OK, THROTTLED, WHOLE_USER, as_record

from pinpoint_users import EndpointMessageResult, Journal, Outcome, UserResult
from pinpoint_users._journal import index
from pinpoint_users._journal.file import JournalFile
from pinpoint_users._journal.record import Record

UUIDS = ["00000000-0000-0000-0000-000000000001", "0000000A-0000-0000-0000-000000000001", "0000000a-0000-0000-0000-000000000001"]
FEW = 7

user_ids = st.sampled_from([*LOOK_ALIKES, *UUIDS, "\ud800", '{"user_id":"1"']) | st.text(max_size=2)
statuses = st.sampled_from([OK, THROTTLED, EndpointMessageResult(delivery_status="QUEUED", status_code=202)])
endpoints = st.dictionaries(st.sampled_from(["", "e-1", "e-2", "user_id"]), statuses)
records = st.builds(
    Record,
    user_ids,
    attempts=st.integers(min_value=0, max_value=3),
    endpoints=endpoints,
    unknown=st.just(WHOLE_USER) | st.frozensets(st.sampled_from(["e-1", "e-3"])),
    maybe_duplicated=st.booleans(),
)
results = st.builds(
    UserResult,
    user_id=user_ids,
    outcome=st.just(Outcome.SUCCESSFUL),
    endpoints=endpoints,
    attempts=st.integers(min_value=1, max_value=3),
    maybe_duplicated=st.booleans(),
)
calls = st.one_of(
    st.tuples(st.just("look_up"), st.tuples(st.lists(user_ids, unique=True))),
    st.tuples(st.just("write"), st.tuples(st.lists(records), st.lists(results))),
    st.tuples(st.just("write"), st.tuples(st.just([]), st.lists(results), st.lists(user_ids, unique=True))),
)


class Model:
    """What a journal should know."""

    def __init__(self):
        self.records = {}

    def begin(self):
        self.records = {user_id: attrs.evolve(record, is_of_this_run=False) for user_id, record in self.records.items()}

    def look_up(self, user_ids):
        return {user_id: self.records[user_id] for user_id in user_ids if user_id in self.records}

    def write(self, records, results=(), in_flight=()):
        beginning = [Record(user_id, unknown=WHOLE_USER) for user_id in in_flight]
        for record in [*map(as_record, results), *records, *beginning]:
            self.records[record.user_id] = attrs.evolve(record, is_of_this_run=True)


@pytest.fixture(scope="module")
def dying():
    """Runs the calls in a process that is killed then, and gives what they gave."""
    program = Path(__file__).with_name("dying.py")
    with subprocess.Popen([sys.executable, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:

        def run(path, calls):
            pickle.dump((path, FEW, calls), process.stdin)
            process.stdin.flush()
            given = pickle.load(process.stdout)
            assert pickle.load(process.stdout) == "dead"
            return given

        yield run


@pytest.mark.skipif(sys.platform == "win32", reason="the runs are forked")
def test_a_journal_knows_what_it_was_told(tmp_path_factory, dying, monkeypatch):
    monkeypatch.setattr(index, "_RECENT", FEW)
    paths = (str(tmp_path_factory.mktemp("journals") / f"{number}.db") for number in itertools.count())

    class Runs(RuleBasedStateMachine):
        @initialize()
        def begin(self):
            self.path, self.model = next(paths), Model()
            self.open()

        def open(self):
            self.journal = JournalFile(Journal(self.path), application_id="app", content=b"hello")
            self.model.begin()

        @rule(call=calls)
        def call(self, call):
            name, arguments = call
            assert getattr(self.journal, name)(*arguments) == getattr(self.model, name)(*arguments)

        @rule()
        def begin_again(self):
            self.journal.close()
            self.open()

        @rule(calls=st.lists(calls, max_size=10))
        def run_that_is_killed(self, calls):
            self.journal.close()
            self.model.begin()
            assert dying(self.path, calls) == [getattr(self.model, name)(*arguments) for name, arguments in calls]
            self.open()

        @invariant()
        def knows_all(self):
            assert self.journal.look_up(list(self.model.records)) == self.model.records

        def teardown(self):
            self.journal.close()

    run = Runs.TestCase()
    Runs.TestCase.settings = settings(max_examples=20, stateful_step_count=15, suppress_health_check=list(HealthCheck))
    run.runTest()
