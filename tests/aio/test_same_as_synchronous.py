"""The two clients have the same doors: names, arguments, defaults and words, but for how one waits."""

from __future__ import annotations

import inspect

import pytest

from pinpoint_users import AsyncPinpointUsers, AsyncResultStream, PinpointUsers, ResultStream
from pinpoint_users.local import LocalPinpoint

NAMED_OTHERWISE = {"close": "aclose", "__enter__": "__aenter__", "__exit__": "__aexit__", "__next__": "__anext__"}
CLASSES = [(AsyncPinpointUsers, PinpointUsers), (AsyncResultStream, ResultStream)]


def public(cls):
    return {name for name in dir(cls) if not name.startswith("_")}


METHODS = [
    pytest.param(getattr(ours, NAMED_OTHERWISE.get(name, name)), getattr(other, name), id=f"{other.__name__}.{name}")
    for ours, other in CLASSES
    for name in sorted(public(other) | {"__next__"})
    if hasattr(other, name)
]


def parameters(function):
    return {name: (parameter.kind, parameter.default) for name, parameter in inspect.signature(function).parameters.items()}


def annotations(function):
    as_in_sync = {"AsyncUsers": "Users", "AsyncResultStream": "ResultStream"}
    return {name: as_in_sync.get(value, value) for name, value in function.__annotations__.items()}


def words(documented):
    """A docstring without what an event loop makes different."""
    text = inspect.getdoc(documented).replace("in another task", "in another thread")
    return text.split("    RunInterrupted:")[0].split("    asyncio.CancelledError:")[0].rstrip()


@pytest.mark.parametrize(("ours", "other"), CLASSES)
def test_they_have_the_same_public_names(ours, other):
    assert public(ours) == {NAMED_OTHERWISE.get(name, name) for name in public(other)}


@pytest.mark.parametrize(("ours", "other"), METHODS)
def test_a_public_method_has_the_same_arguments_and_words(ours, other):
    assert words(ours) == words(other)
    if not isinstance(other, property):
        assert parameters(ours) == parameters(other)
        assert annotations(ours) == annotations(other)


def test_the_constructors_are_one():
    assert AsyncPinpointUsers.__init__ is PinpointUsers.__init__
    assert inspect.signature(AsyncPinpointUsers) == inspect.signature(PinpointUsers)
    ours, other = (inspect.getdoc(cls).partition("Args:") for cls in (AsyncPinpointUsers, PinpointUsers))
    assert ours[2] == other[2]


def test_the_embedded_service_makes_both_alike():
    ours, other = LocalPinpoint.async_client, LocalPinpoint.client
    assert parameters(ours) == parameters(other)
    as_in_sync = inspect.getdoc(ours).replace("AsyncPinpointUsers", "PinpointUsers").replace(" for asyncio,", ",")
    assert as_in_sync == inspect.getdoc(other)
