"""What a journal keeps of a user comes back from its bytes, whatever it is; other bytes are told from it."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pinpoint_users import DeliveryStatus, EndpointMessageResult
from pinpoint_users._journal.codec import (
    CorruptError,
    Reader,
    Record,
    pack_all,
    pack_number,
    pack_states,
    read_record,
    split,
)

UUID = "0b8f3c0e-5d4f-4a39-9c1d-2f6f7f1a9e55"
ALMOST_UUIDS = (
    UUID[:-1],
    UUID + "0",
    UUID.replace("-", ""),
    UUID.replace("b", "B", 1),
    UUID[:-1] + "g",
    UUID[:-1] + "é",
    UUID[:-1] + "-",
    UUID[:-1] + ",",
    UUID[:-2] + ",,",
    UUID[:-2] + "--",
    "0b8f3c0-e5d4f-4a39-9c1d-2f6f7f1a9e55",
    "-" * 36,
    "," * 36,
    " " * 36,
)

uuids = st.uuids().map(str)
ids = st.one_of(
    st.text(st.characters()),  # lone surrogates and NUL included
    uuids,
    uuids.map(str.upper),
    st.text("0123456789abcdefABCDEF-,", min_size=36, max_size=36),
    st.sampled_from(ALMOST_UUIDS),
)
results = st.builds(
    EndpointMessageResult,
    delivery_status=st.sampled_from(DeliveryStatus) | st.text(st.characters()).map(DeliveryStatus),
    status_code=st.just(200) | st.integers(),
)
records = st.builds(
    Record,
    ids,
    attempts=st.integers(min_value=0),
    endpoints=st.dictionaries(ids, results, max_size=5),
    lost=st.frozensets(ids | st.none(), max_size=3),
    maybe_duplicated=st.booleans(),
    is_of_this_run=st.just(value=False),
)


def pack(text):
    return pack_all([text])[0]


def batch_of(records):
    keys = pack_all(record.user_id for record in records)
    return b"".join(key + pack_number(len(state)) + state for key, state in zip(keys, pack_states(records), strict=True))


def records_of(batch):
    return [read_record(Reader(user).text(), state, is_of_this_run=False) for user, state, _ in split(batch)]


@given(st.lists(records, max_size=5))
def test_records_come_back(records):
    assert records_of(batch_of(records)) == records


@given(st.lists(ids))
@example([UUID, UUID[:-2] + ",,", UUID[:-2] + "--"])
@example([*ALMOST_UUIDS, UUID, UUID.upper()])
@example(["a\0b", "\0", ""])
def test_ids_are_packed_together_as_alone(texts):
    assert pack_all(texts) == [pack(text) for text in texts]


@pytest.mark.parametrize("text", [UUID, UUID.upper(), str(uuid.UUID(int=0)), str(uuid.UUID(int=2**128 - 1))])
def test_a_uuid_takes_17_bytes(text):
    assert len(pack(text)) == 17
    assert pack_all([text, text]) == [pack(text)] * 2


@pytest.mark.parametrize("text", ALMOST_UUIDS)
def test_what_is_almost_a_uuid_is_a_text(text):
    assert len(pack(text)) > 17
    assert records_of(batch_of([Record(UUID), Record(text)])) == [Record(UUID), Record(text)]


def test_a_usual_user_takes_few_bytes():
    usual = EndpointMessageResult(delivery_status="SUCCESSFUL", status_code=200)
    uuid_user = Record(UUID, attempts=1, endpoints={UUID: usual, UUID.upper(): usual})
    assert len(batch_of([uuid_user])) == 17 + 1 + 2 + 2 * 18


@given(st.lists(records, min_size=1, max_size=3), st.data())
def test_a_batch_that_ends_too_soon_is_told(records, data):
    batch = batch_of(records)
    cut = batch[: data.draw(st.integers(min_value=1, max_value=len(batch) - 1))]
    try:
        found = records_of(cut)
    except CorruptError:
        return
    assert found == records[: len(found)]


@given(st.binary(max_size=40))
@example(b"\x08\x01\x02\x07")  # a status that there isn't
@example(b"\x08\x00\x00")  # more than a state
@example(b"\x08\x7f")  # more endpoints than bytes
@example(b"\x08\x01\x03\xff\x00")  # no UTF-8
@example(b"\x80")  # half a number
def test_other_bytes_are_a_state_or_told(state):
    try:
        record = read_record("u", state, is_of_this_run=True)
    except CorruptError:
        return
    assert record.user_id == "u"
    assert record.is_of_this_run


@pytest.mark.parametrize(
    "state", [b"", b"\x08", b"\x08\x01\x02\x07", b"\x08\x00\x00", b"\x08\x7f", b"\x08\x01\x03\xff\x00", b"\x80"]
)
def test_bytes_that_are_no_state_are_told(state):
    with pytest.raises(CorruptError):
        read_record("u", state, is_of_this_run=True)
