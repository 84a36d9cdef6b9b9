"""Fast paths: each is taken where it should be, and gives what the slow path gives."""

from __future__ import annotations

import sys
from collections import UserDict

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import values_of

import pinpoint_users as p
from pinpoint_users._shapes.reading import from_dict
from pinpoint_users._shapes.writing import writer

RESULT = {
    "Address": "+12065550100",
    "DeliveryStatus": "SUCCESSFUL",
    "MessageId": "m-1",
    "StatusCode": 200,
    "StatusMessage": "Message Accepted",
}
VARIABLES = {"name": ["Ann"], "colours": ["red", "blue"], "none": [], "pair": ("a", "é")}
anything = st.text(st.characters(), max_size=3) | st.integers() | st.none()


class Word(str):
    """A string that isn't quite one."""

    __slots__ = ()


@attrs.frozen(kw_only=True, repr=False, eq=False)
class Derived(p.EndpointSendConfiguration):
    """What one address gets, and its channel."""

    channel_type: str | None = attrs.field(default=None, converter=str)


class Plain(p.EndpointSendConfiguration):
    """A class of somebody else's, with a dict."""


def functions_called(work):
    """The names of the Python functions that some work calls."""
    names = set()
    before = sys.getprofile()
    sys.setprofile(lambda frame, event, _: names.add(frame.f_code.co_name) if event == "call" else None)
    try:
        work()
    finally:
        sys.setprofile(before)
    return names


def outcome(make):
    try:
        return make()
    except p.ValidationError as error:
        return error.faults


def test_a_user_with_variables_is_made_by_the_fast_path():
    assert "string_lists" not in functions_called(lambda: p.EndpointSendConfiguration(substitutions=VARIABLES))
    assert "string_lists" in functions_called(lambda: p.EndpointSendConfiguration(substitutions=UserDict(VARIABLES)))


def test_a_user_with_variables_is_written_by_the_fast_path():
    user = p.EndpointSendConfiguration(substitutions=VARIABLES)
    assert functions_called(user.to_dict) == {"to_dict"}
    titled = user.to_builder().title_override("t").build()
    assert len(functions_called(titled.to_dict)) > 1


@pytest.mark.parametrize("extra", [{}, {"UpdatedToken": "t"}, {"Address": None}], ids=str)
def test_a_result_is_read_by_the_fast_path(extra):
    from_dict(p.EndpointMessageResult, RESULT)  # makes the reader
    answer = {"ApplicationId": "a", "RequestId": "r", "Result": {"u": {"e": {**RESULT, **extra}}}}
    p.SendUsersMessageResponse.from_dict(answer)
    called = functions_called(lambda: p.SendUsersMessageResponse.from_dict(answer))
    assert "try_fast_read" in called
    assert not {"_make", "delivery_status_word"} & called
    slow = functions_called(lambda: p.SendUsersMessageResponse.from_dict(UserDict(answer)))
    assert "_make" in slow


@pytest.mark.parametrize(
    "result", [{"u": []}, {"u": None}, {1: {}}, {"u": {1: RESULT}}, {"u": {"e": []}}, {"u": UserDict(e=RESULT)}]
)
def test_both_ways_to_read_an_answer_give_the_same(result):
    answer = {"ApplicationId": "a", "RequestId": "r", "Result": result}
    fast = outcome(lambda: p.SendUsersMessageResponse.from_dict(answer))
    assert fast == outcome(lambda: p.SendUsersMessageResponse.from_dict(UserDict(answer)))


@given(
    st.dictionaries(
        st.text(st.characters(), max_size=3) | st.builds(Word, st.text(max_size=2)) | st.integers(),
        st.lists(anything | st.builds(Word, st.text(max_size=2)), max_size=3)
        | st.tuples(st.text(max_size=3))
        | st.text(max_size=2)
        | st.none(),
        max_size=3,
    )
)
@example({"a": ["x", 1]})
@example({"a": ["x"], "b": ["y", "\ud83d"]})
@example({"a": "x"})
@example({Word("a"): ["x"]})
@example({"a": [Word("x")], "b": [Word("x"), "y"]})
def test_both_ways_to_make_a_user_give_the_same(variables):
    fast = outcome(lambda: p.EndpointSendConfiguration(substitutions=variables))
    slow = outcome(lambda: p.EndpointSendConfiguration(substitutions=UserDict(variables)))
    assert fast == slow
    assert repr(fast) == repr(slow)
    if isinstance(fast, p.EndpointSendConfiguration):
        kept = [*fast.substitutions, *(item for items in fast.substitutions.values() for item in items)]
        assert {type(text) for text in kept} <= {str}
        assert type(fast.substitutions) is type(slow.substitutions)
        with pytest.raises(TypeError, match="frozen"):
            fast.substitutions["new"] = ("x",)


@given(values_of(p.EndpointSendConfiguration))
def test_both_ways_to_write_a_user_give_the_same(user):
    written = user.to_dict()
    assert written == writer(p.EndpointSendConfiguration)(user)
    assert all(type(items) is list for items in written.get("Substitutions", {}).values())
    assert type(written.get("Substitutions", {})) is dict


def test_a_class_derived_from_a_users_keeps_its_own_fields():
    derived = Derived(substitutions=VARIABLES, channel_type="SMS")
    assert derived.to_dict() == {
        "ChannelType": "SMS",
        "Substitutions": {name: list(items) for name, items in VARIABLES.items()},
    }
    plain = Plain(substitutions=VARIABLES)
    assert type(plain) is Plain
    assert plain.to_dict() == p.EndpointSendConfiguration(substitutions=VARIABLES).to_dict()


def test_a_user_that_was_made_fast_is_frozen():
    user = p.EndpointSendConfiguration(substitutions=VARIABLES)
    assert type(user) is p.EndpointSendConfiguration
    for name in ("substitutions", "body_override"):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(user, name, None)
