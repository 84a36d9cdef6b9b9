"""A client is one of its kind: what is sent to another process, or copied, says what to do instead."""

from __future__ import annotations

import copy
import pickle

import pytest

from pinpoint_users import AsyncPinpointUsers, PinpointUsers
from pinpoint_users.local import LocalPinpoint


@pytest.mark.parametrize("kind", [PinpointUsers, AsyncPinpointUsers])
@pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_client_that_would_be_copied_says_what_to_do(kind, take) -> None:
    with LocalPinpoint() as local:
        client = kind("app-1", transport=local.transport)
        with pytest.raises(TypeError, match=f"{kind.__name__} can't be pickled or copied, .*: make one in each process"):
            take(client)
