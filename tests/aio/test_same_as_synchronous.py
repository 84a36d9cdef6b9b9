"""The two clients have the same doors: names, arguments, defaults and words, but for how one waits."""

from __future__ import annotations

import inspect

import pytest

from pinpoint_users import AsyncPinpointUsers, AsyncResultStream, PinpointUsers, ResultStream
from pinpoint_users.local import LocalPinpoint

DOORS = ["send", "stream", "send_users_messages"]
NAMED_OTHERWISE = {"aclose": "close", "__aenter__": "__enter__", "__aexit__": "__exit__", "__anext__": "__next__"}


def parameters(function):
    return {name: (parameter.kind, parameter.default) for name, parameter in inspect.signature(function).parameters.items()}


def annotations(function):
    as_in_sync = {"AsyncUsers": "Users", "AsyncResultStream": "ResultStream"}
    given = {name: as_in_sync.get(value, value) for name, value in function.__annotations__.items()}
    return {name: value for name, value in given.items() if name != "return" or "Stream" in value or "Send" in value}


def words(documented):
    """A docstring without what an event loop makes different."""
    text = inspect.getdoc(documented)
    head, _, rest = text.partition("Args:\n")
    rest = rest.split("    RunInterrupted:")[0].split("    asyncio.CancelledError:")[0]
    return rest or head


@pytest.mark.parametrize("door", DOORS)
def test_a_door_has_the_same_arguments_and_words(door):
    ours, other = getattr(AsyncPinpointUsers, door), getattr(PinpointUsers, door)
    assert parameters(ours) == parameters(other)
    assert annotations(ours) == annotations(other)
    assert inspect.getdoc(ours).partition("Args:")[0] == inspect.getdoc(other).partition("Args:")[0]
    assert words(ours).rstrip() == words(other).rstrip()


def test_the_constructors_are_one():
    assert AsyncPinpointUsers.__init__ is PinpointUsers.__init__
    assert inspect.signature(AsyncPinpointUsers) == inspect.signature(PinpointUsers)
    assert words(AsyncPinpointUsers) == words(PinpointUsers)


@pytest.mark.parametrize(("ours", "other"), [(AsyncPinpointUsers, PinpointUsers), (AsyncResultStream, ResultStream)])
def test_they_have_the_same_public_names(ours, other):
    def names(cls):
        return {NAMED_OTHERWISE.get(name, name) for name in dir(cls) if not name.startswith("_")}

    assert names(ours) == names(other)


def test_the_results_of_a_stream_are_told_by_the_same_words():
    for name in ("request_ids", "duplicates"):
        assert inspect.getdoc(getattr(AsyncResultStream, name)) == inspect.getdoc(getattr(ResultStream, name))
    assert inspect.getdoc(AsyncResultStream.aclose) == inspect.getdoc(ResultStream.close)
    assert inspect.getdoc(AsyncResultStream.__anext__) == inspect.getdoc(ResultStream.__next__)


def test_the_embedded_service_makes_both_alike():
    ours, other = LocalPinpoint.async_client, LocalPinpoint.client
    assert parameters(ours) == parameters(other)
    assert words(ours).replace("AsyncPinpointUsers", "PinpointUsers") == words(other)
