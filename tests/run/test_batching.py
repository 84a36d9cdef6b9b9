"""From users as they are handed in to those of one request: the short way is taken where it can be, and both ways agree."""

from __future__ import annotations

import enum
import sys
from collections import UserList

import hypothesis.strategies as st
import pytest
from hypothesis import given
from run.machine_of_core import NOTHING, World

from pinpoint_users import EndpointSendConfiguration, RetryPolicy, SMSMessage, ValidationError
from pinpoint_users._run.batching import entries_of, read_entries

OWN = EndpointSendConfiguration(substitutions={"code": ["1"]})
PLAIN = [(f"u-{number}", OWN) for number in range(100)]


class Member(str, enum.Enum):
    ANN = "ann"


def seen(event, work):
    """The functions that some work calls, or whose lines it comes to, as often as it does."""
    names = []

    def observe(frame, now, _argument):
        if now == event:
            names.append(frame.f_code.co_name)
        return observe

    before = sys.gettrace()
    sys.settrace(observe)
    try:
        work()
    finally:
        sys.settrace(before)
    return names


def test_pairs_are_taken_as_they_are_without_a_second_check():
    assert "_pair" not in seen("call", lambda: read_entries(PLAIN))
    assert read_entries(PLAIN)[0] is PLAIN
    assert "_pair" in seen("call", lambda: read_entries([*PLAIN, "u"]))


@pytest.mark.parametrize("deduplicates", [True, False])
def test_different_users_are_taken_in_a_few_steps_and_others_one_by_one(deduplicates):
    def steps(user_ids):
        core = World(RetryPolicy(), has_journal=False, deduplicates=deduplicates).core
        entries = [(user_id, OWN) for user_id in user_ids]
        return sum("batched" in name for name in seen("line", lambda: core.feed(entries, end=True)))

    assert steps([user_id for user_id, _ in PLAIN]) < 20
    assert steps([*"aab", *"cdefghijklmnopqrstuvwxyz"]) > 50


entries = st.sampled_from(
    ["u", "é", "", "\ud83d", 1, None, Member.ANN, ("u",), ("u", None), ("", NOTHING), (1, NOTHING)]
) | st.tuples(st.text(max_size=2), st.sampled_from([NOTHING, OWN, OWN.to_builder()]))


@given(st.lists(entries, max_size=4))
def test_users_one_by_one_are_what_they_are_together(given_entries):
    pairs, fault = read_entries(given_entries)
    alone = [read_entries([entry]) for entry in given_entries]
    assert pairs == [pair for part, _ in alone for pair in part]
    assert all(type(user_id) is str for user_id, _ in pairs)
    problems = [each.problem for each in fault.faults] if fault else []
    assert problems == [each.problem for _, problem in alone if problem for each in problem.faults]
    if problems:
        with pytest.raises(ValidationError) as caught:
            entries_of(UserList(given_entries))
        assert [each.problem for each in caught.value.faults] == problems
    else:
        checked, is_in_memory = entries_of(UserList(given_entries))
        assert (list(checked), is_in_memory) == (pairs, True)


@pytest.mark.parametrize("users", ["u", b"u", 1, None, SMSMessage(body="x")])
def test_what_is_no_users_is_refused(users):
    with pytest.raises(ValidationError, match="must be user IDs, pairs or a mapping"):
        entries_of(users)
