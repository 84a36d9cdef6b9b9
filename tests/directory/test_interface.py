"""What can be handed in as a directory, and how mistakes in it are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from stores import endpoint

import pinpoint_users as p
from pinpoint_users.directory import EndpointDirectory, MemoryDirectory, WritableDirectory, as_directory

SMS = p.Endpoint(channel_type="SMS", address="+12065550100")


class Table:
    """A directory of one method."""

    def endpoints_of(self, user_ids, /):
        return {user_id: [SMS] for user_id in user_ids}


def test_a_directory_is_given_back():
    for directory in (Table(), MemoryDirectory()):
        assert as_directory(directory) is directory
        assert isinstance(directory, EndpointDirectory)
    assert not isinstance(Table(), WritableDirectory)


def test_a_mapping_is_copied_and_each_endpoint_gets_its_user():
    given = {
        "u-1": [SMS, endpoint("e-1", user="u-1")],
        "u-2": (SMS, p.Endpoint(channel_type="SMS", address="+1", user=p.EndpointUser(user_attributes={"Name": ["Bo"]}))),
        "u-3": [],
    }
    directory = as_directory(given)
    given.clear()
    found = directory.endpoints_of(["u-1", "u-2", "u-3", "u-4"])
    assert [one.user.user_id for user in ("u-1", "u-2") for one in found[user]] == ["u-1", "u-1", "u-2", "u-2"]
    assert found["u-2"][1].user.user_attributes == {"Name": ("Bo",)}
    assert (found["u-3"], "u-4" in found) == ((), False)
    assert found["u-1"][0].endpoint_id == found["u-2"][0].endpoint_id


def test_the_faults_of_a_mapping_are_told_at_once_with_their_paths():
    with pytest.raises(p.ValidationError) as caught:
        as_directory(
            {
                "": [],
                5: [],
                "one": SMS,
                "text": "+12065550100",
                "set": {SMS},
                "dict": [SMS, {"Address": "+1"}],
                "none": [None],
                "other": [endpoint(user="u-1")],
                "empty": [p.Endpoint(channel_type="SMS", address="")],
                "many": [SMS] * 16,
            }
        )
    assert [str(fault) for fault in caught.value.faults] == [
        "['']: must be a user's ID, a string that isn't empty",
        "[5]: must be a user's ID, a string that isn't empty",
        "['one']: must be a list of endpoints: write [endpoint]",
        "['text']: must be a list of endpoints, not str: write [Endpoint(channel_type=…, address=…)]",
        "['set']: must be a list of endpoints, not set",
        "['dict'][1]: must be Endpoint, not dict: Endpoint.from_dict(…) reads AWS's shape",
        "['none'][0]: must be Endpoint, not None",
        "['other'][0].User.UserId: is another user than the one that it is found under",
        "['empty'][0].Address: is empty: nothing can be sent there",
        "['many']: Exceeded maximum endpoint per user count: 15",
    ]


def test_a_function_is_asked_and_its_answer_checked():
    assert as_directory(Table().endpoints_of).endpoints_of(["u-1"])["u-1"][0].user == p.EndpointUser(user_id="u-1")
    with pytest.raises(p.ValidationError, match="directory: must return a mapping of user IDs to endpoints, not list"):
        as_directory(lambda _user_ids: []).endpoints_of(["u-1"])
    with pytest.raises(p.ValidationError, match="must be Endpoint, not str"):
        as_directory(lambda _user_ids: {"u-1": ["+1"]}).endpoints_of(["u-1"])


async def _look_up(_user_ids):
    return {}


class _AsyncTable:
    async def endpoints_of(self, _user_ids, /):
        return {}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("users.db", r"not str: write SQLiteDirectory\(path\)$"),
        (Path("users.db"), r"not \w+Path: write SQLiteDirectory\(path\)$"),
        (5, "not int$"),
        (_look_up, "not an async function: it is called in threads of the client's own, so make it a plain one$"),
        (_AsyncTable(), "not an async function: it is called in threads of the client's own, so make it a plain one$"),
    ],
)
def test_anything_else_is_refused(value, problem):
    with pytest.raises(p.ValidationError, match=f"a mapping of them to lists of endpoints, {problem}"):
        as_directory(value)
