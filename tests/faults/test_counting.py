"""The fault table's counting notices what it is there to notice."""

from __future__ import annotations

from collections import Counter

import pytest
from faults.page import table
from faults.tally import Tally, counted

from pinpoint_users import EndpointMessageResult, Outcome, UserResult

BOTH = Counter({"u-SMS": 1, "u-GCM": 1})


def result(outcome, *, sms="SUCCESSFUL", gcm="SUCCESSFUL", user_id="u", **more):
    endpoints = {
        f"{user_id}-{channel}": EndpointMessageResult(delivery_status=status, status_code=200)
        for channel, status in {"SMS": sms, "GCM": gcm}.items()
        if status is not None
    }
    return UserResult(user_id=user_id, outcome=outcome, endpoints=endpoints, **more)


def nothing(outcome, **more):
    return result(outcome, sms=None, gcm=None, **more)


DONE = result(Outcome.SUCCESSFUL)


@pytest.mark.parametrize(
    ("results", "got"),
    [
        ([DONE], BOTH),
        ([result(Outcome.PARTIAL, gcm="THROTTLED")], Counter({"u-SMS": 1})),
        ([result(Outcome.PARTIAL, gcm="NEW_STATUS")], BOTH),
        ([result(Outcome.THROTTLED, sms="THROTTLED", gcm="THROTTLED")], Counter()),
        ([nothing(Outcome.NOT_SENT)], Counter()),
        ([nothing(Outcome.UNKNOWN)], BOTH),
        ([nothing(Outcome.UNKNOWN)], Counter()),
        ([result(Outcome.UNKNOWN, gcm="THROTTLED")], BOTH),
    ],
)
def test_what_is_true_is_clean(results, got):
    tally = counted(["u"], results, got)
    assert tally.is_clean
    assert (tally.runs, tally.users, sum(tally.outcomes.values())) == (1, 1, 1)


@pytest.mark.parametrize(
    ("results", "got"),
    [
        ([DONE], Counter()),
        ([DONE], Counter({"u-SMS": 1})),
        ([result(Outcome.SUCCESSFUL, gcm=None)], Counter({"u-SMS": 1})),
        ([result(Outcome.PARTIAL, gcm="THROTTLED")], BOTH),
        ([result(Outcome.PARTIAL, gcm="THROTTLED")], Counter()),
        ([result(Outcome.THROTTLED, sms="THROTTLED", gcm="THROTTLED")], Counter({"u-SMS": 1})),
        ([result(Outcome.THROTTLED, sms="THROTTLED", gcm=None)], Counter({"u-GCM": 1})),
        ([nothing(Outcome.NOT_SENT)], BOTH),
        ([result(Outcome.UNKNOWN, gcm=None)], Counter()),
        ([nothing(Outcome.UNKNOWN, maybe_duplicated=True)], Counter()),
    ],
)
def test_wrong_outcomes(results, got):
    assert counted(["u"], results, got).wrong == 1


@pytest.mark.parametrize("results", [[], [DONE, DONE], [DONE, result(Outcome.SUCCESSFUL, user_id="stranger")]])
def test_users_who_do_not_come_out_once(results):
    assert counted(["u"], results, BOTH).lost == 1


def test_endpoints_that_got_it_twice():
    assert counted(["u"], [nothing(Outcome.UNKNOWN)], Counter({"u-SMS": 2, "u-GCM": 3})).duplicates == 2


def test_duplicates_that_are_told():
    twice = Counter({"u-SMS": 2, "u-GCM": 1})
    assert counted(["u"], [DONE], twice, "resend").duplicates == 1
    told = counted(["u"], [result(Outcome.SUCCESSFUL, maybe_duplicated=True)], twice, "resend")
    assert told.is_clean
    assert told.maybe_duplicated == 1


def test_who_was_sent_to_at_least_once_and_got_nothing():
    unknown = [nothing(Outcome.UNKNOWN)]
    assert counted(["u"], unknown, Counter({"u-SMS": 1}), "resend").lost == 1
    assert counted(["u"], unknown, Counter(), "resend", is_complete=False).is_clean
    assert counted(["u"], unknown, BOTH, "resend").is_clean


def test_tallies_add_up_and_are_shown():
    tally = Tally()
    for _ in range(2):
        tally.add(counted(["u"], [nothing(Outcome.NOT_SENT)], BOTH))
    assert not tally.is_clean
    assert table({"413": tally}).splitlines()[-1] == "| HTTP 413 in mid-run | 2 | 2 | 0 | 0 | 2 | 0 | 0 | 2 | 0 |"
