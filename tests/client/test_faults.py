"""Whatever fails, in whatever order: nobody twice, nobody forgotten, and no outcome that the receiver's side belies."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinpoint_users import (
    ConfigurationError,
    DirectMessageConfiguration,
    GCMMessage,
    Outcome,
    PinpointUsers,
    RetryPolicy,
    RunStoppedError,
    SendReport,
    Sent,
    SMSMessage,
)
from pinpoint_users.local import LocalPinpoint

USERS = [f"u-{number}" for number in range(450)]
MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"), gcm_message=GCMMessage(body="hello"))

BODIES = [b"", b"<html>", b"[]", b'{"Result": {}}']
FAULTS = st.one_of(
    st.tuples(st.just("fail_next"), st.fixed_dictionaries({"status": st.sampled_from([429, 413])})),
    st.tuples(st.just("fail_next"), st.fixed_dictionaries({"status": st.sampled_from([500, 503]), "accept": st.booleans()})),
    st.tuples(st.sampled_from(["drop_next", "hang_next"]), st.fixed_dictionaries({"accept": st.booleans()})),
    st.tuples(st.just("truncate_next"), st.just({})),
    st.tuples(
        st.just("answer_next"), st.fixed_dictionaries({"body": st.sampled_from([b"", b"<html>", b"[]", b'{"Result": {}}'])})
    ),
    st.tuples(st.just("throttle"), st.fixed_dictionaries({"share": st.floats(0, 1), "times": st.integers(1, 6)})),
)
STOPS = st.tuples(st.just("fail_next"), st.fixed_dictionaries({"status": st.sampled_from([400, 403, 404])}))


@pytest.fixture(scope="module")
def local():
    with LocalPinpoint() as local:
        channels = {"SMS": "+1206555{:04}", "GCM": "token-{}"}
        local.add_endpoints(
            {"ChannelType": channel, "Address": address.format(number), "Id": f"{user}-{channel}", "User": {"UserId": user}}
            for number, user in enumerate(USERS)
            for channel, address in channels.items()
        )
        yield local


def send(pinpoint: PinpointUsers) -> tuple[SendReport, list[str]]:
    """What became of the users, and who was read of them."""
    read: list[str] = []

    def users() -> Iterator[str]:
        for user in USERS:
            read.append(user)
            yield user

    try:
        return pinpoint.send(MESSAGE, users()), USERS
    except RunStoppedError as error:
        if not isinstance(error.reason, ConfigurationError):
            raise
        return error.report, read


@settings(max_examples=60)
@given(
    faults=st.lists(FAULTS, max_size=12),
    stop=st.none() | st.tuples(st.integers(0, 12), STOPS),
    scope=st.sampled_from(["endpoint", "user"]),
    concurrency=st.sampled_from([1, 2, 8]),
)
def test_the_receivers_side_agrees(local, faults, stop, scope, concurrency):
    local.clear_deliveries()
    local.clear_faults()
    if stop is not None:
        faults = [*faults[: stop[0]], stop[1], *faults[stop[0] :]]
    for name, options in faults:
        getattr(local, name)(**options)
    with local.client(retry=RetryPolicy(scope=scope), concurrency=concurrency) as pinpoint:
        report, read = send(pinpoint)
    assert list(report.users) == read
    got = Counter(delivery.endpoint_id for delivery in local.deliveries())
    assert set(got.values()) <= {1}
    of_user = defaultdict(set)
    for endpoint_id in got:
        of_user[endpoint_id.rsplit("-", 1)[0]].add(endpoint_id)
    assert of_user.keys() <= report.users.keys()
    for user_id, user in report.users.items():
        told = {endpoint_id for endpoint_id, result in user.endpoints.items() if result.delivery_status == "SUCCESSFUL"}
        assert told <= of_user[user_id]
        if user.outcome is not Outcome.UNKNOWN:
            assert told == of_user[user_id]
        if user.outcome is Outcome.SUCCESSFUL:
            assert len(of_user[user_id]) == 2
        if user.sent is Sent.NOT_SENT:
            assert not of_user[user_id]
