"""How long what goes again waits, and what a policy may be."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_users import (
    ConnectionFailedError,
    PinpointUsers,
    RetryPolicy,
    ThrottledError,
    ValidationError,
)
from pinpoint_users._run.retry import backoff


class TestWaits:
    def test_they_double_up_to_the_longest_and_have_full_jitter(self, service, message):
        service.failures = [ThrottledError("429")] * 7
        policy = RetryPolicy(max_attempts=8, base_delay=1.0, max_delay=10.0)
        with PinpointUsers("app", transport=service, retry=policy) as pinpoint:
            pinpoint.send(message, ["a"]).raise_for_failures()
        assert len(service.waits) == 7
        for wait, longest in zip(service.waits, [1, 2, 4, 8, 10, 10, 10], strict=True):
            assert 0 <= wait <= longest
        assert len(set(service.waits)) == 7

    @given(st.integers(1, 2_000), st.floats(0, 1, exclude_max=True), st.floats(0, 1e6), st.floats(0, 1e6))
    def test_they_stay_within_the_policy(self, attempt, draw, base_delay, max_delay):
        policy = RetryPolicy(base_delay=base_delay, max_delay=max_delay)
        assert 0 <= backoff(policy, attempt=attempt, random=lambda: draw) <= max_delay

    def test_a_throttled_endpoint_lets_others_go_on(self, service, message):
        times = []
        service.before_post = lambda number: times.append(service.now)
        service.statuses = {"u-0-1": ["THROTTLED"]}
        with PinpointUsers("app", transport=service, concurrency=1, retry=RetryPolicy(base_delay=500.0)) as pinpoint:
            pinpoint.send(message, [f"u-{number}" for number in range(300)])
        assert service.operations == ["SendUsersMessages", "SendUsersMessages", "SendUsersMessages", "SendMessages"]
        assert times[2] - times[0] < 5 < times[3]

    def test_no_connection_holds_back_the_whole_run(self, service, message):
        times = []
        service.before_post = lambda number: times.append(service.now)
        service.failures = [ConnectionFailedError("refused")]
        with PinpointUsers("app", transport=service, concurrency=1, retry=RetryPolicy(base_delay=500.0)) as pinpoint:
            pinpoint.send(message, [f"u-{number}" for number in range(300)])
        assert service.user_counts == [100, 100, 100, 100]
        assert times[0] < times[1] == times[2] == times[3]


class TestPolicy:
    def test_its_faults_come_all_at_once(self):
        with pytest.raises(ValidationError) as caught:
            RetryPolicy(
                max_attempts=0, base_delay=-1.0, max_delay="1", retry_statuses="THROTTLED", scope="users", on_unknown="send"
            )  # type: ignore[arg-type]  # the mistakes
        assert {fault.path: fault.problem for fault in caught.value.faults} == {
            "max_attempts": "0, at least 1 is needed: the first attempt is one",
            "base_delay": "-1.0 s, from 0 on is allowed",
            "max_delay": "must be a number of seconds, not str",
            "retry_statuses": "must be a set of delivery statuses, not str: write {DeliveryStatus.THROTTLED}",
            "scope": "'users' isn't a value; allowed: endpoint, user; did you mean user?",
            "on_unknown": "'send' isn't a value; allowed: report, resend; did you mean resend?",
        }

    def test_numbers_without_end_are_told_too(self):
        endless = 10**5_000  # more digits than Python writes, and more than a float holds
        with pytest.raises(ValidationError) as caught:
            RetryPolicy(max_attempts=-endless, base_delay=endless, max_delay=float("nan"))
        assert {fault.path: fault.problem for fault in caught.value.faults} == {
            "max_attempts": "<int>, at least 1 is needed: the first attempt is one",
            "base_delay": "inf s, from 0 on is allowed",
            "max_delay": "nan s, from 0 on is allowed",
        }

    def test_none_is_no_status(self):
        with pytest.raises(ValidationError, match="retry_statuses: None isn't a delivery status"):
            RetryPolicy(retry_statuses=["THROTTLED", None])

    @pytest.mark.parametrize("status", ["SUCCESSFUL", "NEW_WORD"])
    def test_only_what_failed_can_go_again(self, status):
        with pytest.raises(ValidationError, match=f"{status} can't be sent again"):
            RetryPolicy(retry_statuses=[status])

    def test_it_is_a_value(self):
        policy = RetryPolicy(max_attempts=2, retry_statuses=["THROTTLED"], max_delay=60)
        assert policy == RetryPolicy(max_attempts=2, max_delay=60.0)
        assert hash(policy) == hash(pickle.loads(pickle.dumps(policy)))
        assert repr(policy) == "RetryPolicy(max_attempts=2, max_delay=60.0)"
