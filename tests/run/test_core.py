"""The engine's core, driven by Hypothesis without a thread: whatever comes in whatever order, the promises hold."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from run.machine_of_core import DEADLINE, LOSSES, REFUSALS, STATUSES, STOPPED, World

from pinpoint_users import RetryPolicy

ids = st.lists(st.sampled_from([f"u{letter}" for letter in "abcdefgh"]), max_size=6)
CROWD = [f"v{number}" for number in range(130)]
"""More than a request holds."""
seldom = st.sampled_from([False, False, False, True])
kinds = st.sampled_from(["200", "200", "200", "somebody missing", *REFUSALS, *LOSSES])
statuses = st.lists(st.sampled_from(STATUSES), min_size=1, max_size=5)


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

    @precondition(lambda self: not self.world.core.has_ended)
    @rule(user_ids=ids, end=seldom)
    def feed(self, user_ids, end):
        self.world.feed(user_ids, end=end)

    @precondition(lambda self: not self.world.core.has_ended)
    @rule(user_ids=ids)
    def feed_a_crowd(self, user_ids):
        self.world.feed([*user_ids, *CROWD, *user_ids], end=False)

    @rule(times=st.integers(1, 5))
    def step(self, times):
        for _ in range(times):
            if not self.world.is_done:
                self.world.step()

    @precondition(lambda self: self.world.sends)
    @rule(data=st.data(), kind=kinds, each=statuses, is_delivered=st.booleans())
    def answer(self, data, kind, each, is_delivered):
        self.world.answer(data.draw(st.sampled_from(self.world.sends)), kind, each, is_delivered=is_delivered)

    @precondition(lambda self: self.world.persists)
    @rule(fails=seldom)
    def persist(self, fails):
        self.world.persist(self.world.persists[0], fails=fails)

    @precondition(lambda self: self.world.lookups)
    @rule(data=st.data(), fails=seldom)
    def look_up(self, data, fails):
        self.world.look_up(data.draw(st.sampled_from(self.world.lookups)), fails=fails)

    @rule(seconds=st.sampled_from([0.01, 1.0, 31.0, 400.0]))
    def time_passes(self, seconds):
        self.world.now += seconds
        self.world.expire()

    @rule(how=st.sampled_from(["close", "deadline", "at once"]), is_so=seldom)
    def stop(self, how, is_so):
        if not is_so:
            return
        if how == "deadline":
            self.world.now = max(self.world.now, DEADLINE)
        else:
            self.world.core.stop(STOPPED)
        self.world.expire(at_once=how == "at once")

    @precondition(lambda self: self.world.has_journal)
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
TestCore.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestCore.pytestmark = [pytest.mark.filterwarnings("error")]
