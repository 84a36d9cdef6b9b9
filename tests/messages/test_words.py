"""Enums are strings: they print, compare, hash, pickle and serialise as AWS's words, and unknown ones say so."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

import pinpoint_users as p

ENUMS = [p.Action, p.MessageType, p.ChannelType, p.DeliveryStatus, p.Sent, p.Outcome]
MEMBERS = [member for words in ENUMS for member in words]


@pytest.mark.parametrize("member", [*MEMBERS, p.DeliveryStatus("NEW_WORD")], ids=str)
def test_a_member_is_its_word(member):
    word = member.value
    assert member == word
    assert hash(member) == hash(word)
    assert str(member) == f"{member}" == word
    assert f"{member:>30}" == f"{word:>30}"
    assert json.dumps(member) == json.dumps(word)
    assert type(member)(word) == member
    assert pickle.loads(pickle.dumps(member)) == member
    assert copy.deepcopy(member) == member


@pytest.mark.parametrize("words", [words for words in ENUMS if words is not p.DeliveryStatus])
def test_other_words_are_refused(words):
    for wrong in ("NEW_WORD", "", 1, None):
        with pytest.raises(ValueError, match="valid"):
            words(wrong)


def test_a_new_delivery_status_is_kept_and_says_so():
    status = p.DeliveryStatus("NEW_WORD")
    assert isinstance(status, p.DeliveryStatus)
    assert status.is_unknown
    assert status.name == status.value == "NEW_WORD"
    assert status == p.DeliveryStatus("NEW_WORD")
    assert {status: 1}[p.DeliveryStatus("NEW_WORD")] == 1
    assert status not in list(p.DeliveryStatus)
    assert not any(member.is_unknown for member in p.DeliveryStatus)
    with pytest.raises(ValueError, match="valid"):
        p.DeliveryStatus(1)


def test_only_throttled_is_throttled():
    assert [member for member in p.DeliveryStatus if member.is_throttled] == [p.DeliveryStatus.THROTTLED]
    assert not p.DeliveryStatus("THROTTLED_TOO").is_throttled
