"""The engine's core, driven by Hypothesis without a thread: whatever comes in whatever order, the promises hold."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from run.machine_of_core import DEADLINE, LOSSES, PATIENCE, REFUSALS, STATUSES, STOPPED, World

from pinpoint_users import RetryPolicy
from pinpoint_users._run.actions import Lookup
from pinpoint_users._run.ledger import Persist

ids = st.lists(st.sampled_from([f"u{letter}" for letter in "abcdefgh"]), min_size=1, max_size=6)
CROWD = [f"v{number}" for number in range(130)]
"""More than a request holds."""
kinds = st.sampled_from(["200"] * 6 + ["somebody missing", *REFUSALS, *LOSSES])
statuses = st.lists(st.sampled_from(STATUSES), min_size=1, max_size=5)
stops = st.sampled_from([None] * 12 + ["close", "deadline", "nearly the deadline", "at once", "the journal hangs"])
seldom = st.sampled_from([False] * 9 + [True])


class CoreMachine(RuleBasedStateMachine):
    """A run, or with a journal several, one after another."""

    @initialize(
        on_unknown=st.sampled_from(["report", "resend"]),
        scope=st.sampled_from(["endpoint", "user"]),
        attempts=st.integers(1, 4),
        has_journal=st.booleans(),
        deduplicates=st.booleans(),
    )
    def begin(self, on_unknown, scope, attempts, has_journal, deduplicates):
        policy = RetryPolicy(on_unknown=on_unknown, scope=scope, max_attempts=attempts)
        self.world = World(policy, has_journal, deduplicates)

    @precondition(lambda self: not self.world.core._intake.has_ended)
    @rule(user_ids=ids, has_crowd=seldom, end=seldom)
    def feed(self, user_ids, has_crowd, end):
        self.world.feed([*user_ids, *CROWD, *user_ids] if has_crowd else user_ids, end=end)

    @rule(data=st.data(), times=st.integers(1, 8))
    def work(self, data, times):
        """What is to be done is taken up, and what was taken up comes to something, in any order."""
        for _ in range(times):
            if not self.world.is_done:
                self.world.step()
            pending = [*self.world.sends, *self.world.lookups, *self.world.persists]
            if pending and data.draw(st.booleans()):
                self._end(data, data.draw(st.sampled_from(pending)))

    def _end(self, data, action):
        if isinstance(action, Lookup):
            self.world.look_up(action, fails=data.draw(seldom), are_held=self.world.has_journal and data.draw(seldom))
        elif isinstance(action, Persist):
            self.world.persist(action, fails=data.draw(seldom))
            if data.draw(seldom):
                self.world.core.stop(STOPPED)  # after which nothing of what was written goes out
        else:
            kind, each, is_delivered = data.draw(kinds), data.draw(statuses), data.draw(st.booleans())
            self.world.answer(action, kind, each, is_delivered=is_delivered)

    @rule(
        seconds=st.sampled_from([0.01, 1.0, 31.0, 400.0]),
        how=stops,
    )
    def pass_time_or_stop(self, seconds, how):
        at_least = {"deadline": DEADLINE, "nearly the deadline": DEADLINE - 0.005}.get(how, 0.0)
        self.world.now = max(self.world.now + seconds, at_least)
        if how in {"close", "at once", "the journal hangs"}:
            self.world.core.stop(STOPPED)
        self.world.expire(at_once=how in {"at once", "the journal hangs"})
        if how == "the journal hangs":
            self.world.now += PATIENCE
            self.world.expire(at_once=True)

    @precondition(lambda self: self.world.has_journal and self.world.fed)
    @rule(how=st.sampled_from(["killed", "killed while it writes", "done"]))
    def next_run(self, how):
        """Another process with the same journal, after the first one's end, or its kill at this moment."""
        if how == "done":
            self.world.finish()
        for persist in self.world.persists if how == "killed while it writes" else ():
            self.world.write(persist)
        self.world.now = min(self.world.now, DEADLINE - 1e5)
        self.world.begin()

    @invariant()
    def nobody_gets_it_twice(self):
        if hasattr(self, "world"):
            self.world.check()

    def teardown(self):
        if hasattr(self, "world"):
            self.world.finish()
            self.world.check()


TestCore = CoreMachine.TestCase
TestCore.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
TestCore.pytestmark = [pytest.mark.filterwarnings("error")]
