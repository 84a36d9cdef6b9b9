"""Usual answers are read in fewer steps; what comes out is what the careful way makes of them.

A report keeps most of them packed, and what comes out of it is what was put in.
"""

from __future__ import annotations

import gc
import json
import pickle
import threading
import weakref
from types import MappingProxyType

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pinpoint_users import (
    DirectMessageConfiguration,
    EndpointMessageResult,
    Outcome,
    PinpointUsers,
    RetryPolicy,
    SendReport,
    SendUsersMessageResponse,
    SMSMessage,
    Transport,
    UndeliveredError,
    UserResult,
    ValidationError,
)

MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))
USERS = ["u-1", "u-2", "u-3"]

texts = st.text(max_size=5)
usual = st.fixed_dictionaries(
    {"DeliveryStatus": st.just("SUCCESSFUL"), "StatusCode": st.integers()},
    optional={"Address": texts, "MessageId": texts, "StatusMessage": texts, "UpdatedToken": texts},
)
unusual = st.fixed_dictionaries(
    {},
    optional={
        "Address": texts | st.none() | st.integers(),
        "DeliveryStatus": st.sampled_from(["SUCCESSFUL", "THROTTLED", "PERMANENT_FAILURE", "DUPLICATE", "NEW"]) | st.integers(),
        "MessageId": texts | st.none(),
        "StatusCode": st.integers() | st.booleans() | texts,
        "StatusMessage": texts | st.lists(texts, max_size=1),
        "UpdatedToken": texts | st.none(),
        "Other": texts,
    },
)
endpoints = st.dictionaries(texts, usual, max_size=3) | st.dictionaries(texts, usual | unusual | st.none(), max_size=3)
answers = st.dictionaries(st.sampled_from(USERS), endpoints | st.none() | texts)


class Answering(Transport):
    """Gives one answer, again and again."""

    def __init__(self, result, write=dict):
        self._answer = write({"RequestId": "r-1", "Result": result})

    def post(self, operation, application_id, body):
        return self._answer


def sent(result, write=dict):
    with PinpointUsers("app", transport=Answering(result, write), retry=RetryPolicy(max_attempts=1)) as pinpoint:
        return pinpoint.send(MESSAGE, USERS)


def read_only(value):
    """The same in mappings that aren't dicts, which nothing but the careful way takes."""
    if not isinstance(value, dict):
        return value
    return MappingProxyType({key: read_only(item) for key, item in value.items()})


def errors(report):
    return {user_id: (type(result.error), str(result.error)) for user_id, result in report.users.items()}


@given(answers)
def test_both_ways_read_the_same(result):
    quickly, carefully = sent(result), sent(read_only(result))
    assert quickly == carefully
    assert errors(quickly) == errors(carefully)


def functions_called_in_threads(work):
    """The names of the Python functions that are called in threads that some work starts."""
    names, before = set(), threading.getprofile()
    threading.setprofile(lambda frame, event, _: names.add(frame.f_code.co_name) if event == "call" else None)
    try:
        work()
    finally:
        threading.setprofile(before)
    return names


def test_a_user_who_got_it_everywhere_takes_the_fast_path_and_others_do_not():
    successful = {"e-1": {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}}
    opted_out = {"e-1": {"DeliveryStatus": "OPT_OUT", "StatusCode": 200}}
    assert "_read_user" not in functions_called_in_threads(lambda: sent(dict.fromkeys(USERS, successful)))
    assert "_read_user" in functions_called_in_threads(lambda: sent({**dict.fromkeys(USERS, successful), "u-1": opted_out}))


wholes = st.fixed_dictionaries({"ApplicationId": texts, "RequestId": texts, "Result": answers}) | st.fixed_dictionaries(
    {},
    optional={
        "ApplicationId": texts | st.integers(),
        "RequestId": texts | st.none() | st.integers(),
        "Result": answers | st.none() | texts | st.dictionaries(st.integers(), endpoints),
        "Other": texts,
    },
)


def read_whole(data):
    try:
        return SendUsersMessageResponse.from_dict(data)
    except ValidationError as error:
        return str(error)


@given(wholes)
@example({"ApplicationId": "a", "RequestId": "r", "Result": {"u": {1: {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}}}})
def test_a_whole_answer_is_read_the_same_by_both_ways(data):
    assert read_whole(data) == read_whole(read_only(data))


def test_an_answer_that_was_read_quickly_is_an_answer_like_any_other():
    data = {"e-1": {"DeliveryStatus": "THROTTLED", "StatusCode": 429}}
    quick = SendUsersMessageResponse.from_dict({"ApplicationId": "app", "RequestId": "r-1", "Result": {"u-1": data}})
    endpoint = EndpointMessageResult(delivery_status="THROTTLED", status_code=429)
    made = SendUsersMessageResponse(application_id="app", request_id="r-1", result={"u-1": {"e-1": endpoint}})
    assert type(quick) is SendUsersMessageResponse
    assert quick == made
    assert repr(quick) == repr(made)
    assert pickle.loads(pickle.dumps(quick)) == made
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        quick.request_id = "r-2"
    for mapping in (quick.result, quick.result["u-1"]):
        with pytest.raises(TypeError, match="frozen"):
            mapping["x"] = endpoint


def test_a_class_of_ones_own_is_read_as_such():
    class Answer(SendUsersMessageResponse):
        pass

    data = {"ApplicationId": "app", "RequestId": "r-1", "Result": {}}
    assert type(Answer.from_dict(data)) is Answer


@pytest.fixture
def quick():
    data = {"Address": "+12065550100", "DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}
    return sent({"u-1": {"e-1": data}}).users["u-1"]


def test_a_result_that_was_read_quickly_is_a_result_like_any_other(quick):
    endpoint = EndpointMessageResult(address="+12065550100", delivery_status="SUCCESSFUL", status_code=200)
    made = UserResult(user_id="u-1", outcome=Outcome.SUCCESSFUL, endpoints={"e-1": endpoint}, attempts=1)
    assert type(quick) is UserResult
    assert quick == made
    assert repr(quick) == repr(made)
    assert pickle.loads(pickle.dumps(quick)) == made
    for value in (quick, quick.endpoints["e-1"]):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            value.attempts = 2
    with pytest.raises(TypeError, match="frozen"):
        quick.endpoints["e-2"] = endpoint


def test_a_result_can_be_referred_to_weakly(quick):
    assert weakref.ref(quick)() is quick


short = st.text(st.sampled_from("ab\0\1é\ud800"), max_size=3)
delivered = st.fixed_dictionaries(
    {"DeliveryStatus": st.just("SUCCESSFUL"), "StatusCode": st.just(200)},
    optional={
        "Address": short,
        "MessageId": short,
        "StatusMessage": short | st.none() | st.integers(),
        "UpdatedToken": short,
        "Other": short,
    },
)
mostly_delivered = st.dictionaries(st.sampled_from(USERS), st.dictionaries(short, delivered, max_size=3))
FULL = {"Address": "a", "DeliveryStatus": "SUCCESSFUL", "MessageId": "m", "StatusCode": 200, "StatusMessage": "s"}
TOKEN = {name: value for name, value in FULL.items() if name != "MessageId"} | {"UpdatedToken": "t"}


def streamed(result):
    with PinpointUsers("app", transport=Answering(result), retry=RetryPolicy(max_attempts=1)) as pinpoint:
        return {user.user_id: user for user in pinpoint.stream(MESSAGE, USERS)}


@given(mostly_delivered | answers)
@example({"u-1": {"": FULL, "e-2": {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}}})
@example({"u-1": {"e-1": TOKEN}})
@example({"u-1": {"e-1": {**FULL, "StatusCode": 200.0}}})
@example({"u-1": {"e-1": {**FULL, "StatusCode": 202}}})
@example({"u-1": {"e-1": FULL | {"Address": "\1"}}})
def test_both_forms_say_the_same(result):
    report = sent(result)
    assert report.users == streamed(result) == sent(read_only(result)).users
    assert list(report.users) == USERS
    assert report.counts == SendReport(users=streamed(result)).counts
    assert str(report) == str(SendReport(users=streamed(result)))


@given(mostly_delivered, st.sampled_from(["utf-8", "utf-16", "utf-32"]))
@example({"u-1": {"e-1": FULL, "e-2": FULL | {"StatusMessage": "a\0b"}}}, "utf-8")
@example({"u-1": {"e-1": FULL | {"Address": "\1"}, "e-2": FULL}}, "utf-16")
@example({"u-1": {"e-1": FULL | {"StatusMessage": '{"errorMessage":null}'}}}, "utf-8")
def test_json_says_the_same_in_each_form(result, encoding):
    """Of a text that is packed, some characters mean something, which JSON has as escapes alone."""
    report = sent(result, lambda answer: json.dumps(answer, ensure_ascii=False).encode(encoding, "surrogatepass"))
    assert report.users == sent(read_only(result)).users


@pytest.fixture
def report():
    return sent({"u-1": {"e-1": FULL}, "u-2": {"e-1": FULL | {"DeliveryStatus": "OPT_OUT"}}, "u-3": {"e-1": FULL, "e-2": FULL}})


def test_users_who_got_the_message_are_packed(report):
    assert [type(kept) for kept in report.users._kept.values()] == [str, type(report.users["u-2"]), str]


def test_the_garbage_collector_has_nothing_to_go_over():
    ids = [f"u-{number}" for number in range(1_000)]
    with PinpointUsers("app", transport=Answering({user_id: {"e-1": FULL, "e-2": FULL} for user_id in ids})) as pinpoint:
        pinpoint.send(MESSAGE, ids)  # which imports what a run needs
        gc.collect()
        before = len(gc.get_objects())
        report = pinpoint.send(MESSAGE, ids)
        gc.collect()
        assert len(gc.get_objects()) - before < 500
    assert report.counts[Outcome.SUCCESSFUL] == 1_000


def test_a_report_of_packed_users_is_one_like_any_other(report):
    made = SendReport(users=dict(report.users), request_ids=report.request_ids)
    assert report == made
    assert hash(report.users) == hash(made.users)
    assert repr(report.users) == repr(dict(report.users))
    assert pickle.loads(pickle.dumps(report)) == made
    assert [user.user_id for user in report.successful] == ["u-1", "u-3"]
    assert [user.user_id for user in report.failed] == ["u-2"]
    assert report.maybe_duplicated == ()
    with pytest.raises(UndeliveredError):
        report.raise_for_failures()


def test_the_users_are_a_mapping(report):
    assert "u-1" in report.users
    assert "u-9" not in report.users
    assert len(report.users) == 3
    assert report.users["u-1"] == report.users.get("u-1") == next(iter(report.users.values()))
    with pytest.raises(KeyError):
        report.users["u-9"]
    with pytest.raises(TypeError):
        report.users["u-1"] = report.users["u-3"]


def test_packed_users_count_where_others_were_throttled():
    """The rate is told the share of the endpoints that were throttled."""
    throttled = FULL | {"DeliveryStatus": "THROTTLED", "StatusCode": 429}
    seen = []
    with PinpointUsers(
        "app", transport=Answering({"u-1": {"e": FULL, "f": FULL}, "u-2": {"e": throttled}, "u-3": {"e": FULL}}),
        retry=RetryPolicy(max_attempts=1),
    ) as pinpoint:  # fmt: skip
        pinpoint._look_up._limit.throttled = lambda now, share=1.0, sent_at=None: seen.append(share)
        pinpoint.send(MESSAGE, USERS)
    assert seen == [0.25]
