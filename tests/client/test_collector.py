"""Python's garbage collector rests while a client is made, and is left as it was."""

from __future__ import annotations

import gc

import pytest

from pinpoint_users import PinpointUsers, RegionError


@pytest.fixture
def collections():
    """The generations of the collections that have begun."""
    begun = []

    def note(phase, info):
        if phase == "start":
            begun.append(info["generation"])

    gc.callbacks.append(note)
    yield begun
    gc.callbacks.remove(note)


@pytest.fixture(params=[True, False], ids=["on", "off"])
def is_on(request):
    """Whether the program has its collector on."""
    (gc.enable if request.param else gc.disable)()
    yield request.param
    gc.enable()


def test_it_rests_while_a_client_is_made(collections):
    gc.collect()
    collections.clear()
    with PinpointUsers("application-id", region_name="eu-west-1"):
        assert len(collections) < 5  # tens otherwise


def test_it_is_left_on_or_off_as_it_was(is_on):
    with PinpointUsers("application-id", region_name="eu-west-1"):
        assert gc.isenabled() is is_on


def test_likewise_where_no_client_can_be_made(is_on):
    with pytest.raises(RegionError):
        PinpointUsers("application-id", region_name="eu-north-9")
    assert gc.isenabled() is is_on
