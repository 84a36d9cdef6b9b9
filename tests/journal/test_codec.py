"""What a journal keeps of a user comes back from its line, whatever it is; other lines and bytes are refused."""

from __future__ import annotations

import io
import json
import struct
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from journal.journals import LOOK_ALIKES

from pinpoint_users import DeliveryStatus, EndpointMessageResult, FailureReason
from pinpoint_users._journal.codec import (
    CorruptError,
    TruncatedError,
    compress,
    decode_user,
    encode_user,
    find_line,
    read_blocks,
    user_ids_of,
)
from pinpoint_users._journal.record import Record

NESTED = ['{"user_id":"a"', '"user_id":"a"', 'a",', "user_id"]

texts = st.text(st.characters()) | st.sampled_from(LOOK_ALIKES + NESTED)  # lone surrogates and NUL included
results = st.builds(
    EndpointMessageResult,
    delivery_status=st.sampled_from(DeliveryStatus) | texts.map(DeliveryStatus),
    status_code=st.just(200) | st.integers(),
)
records = st.builds(
    Record,
    texts,
    attempts=st.integers(min_value=0),
    endpoints=st.dictionaries(texts, results, max_size=5),
    unknown=st.frozensets(texts | st.none(), max_size=3),
    maybe_duplicated=st.booleans(),
    is_of_this_run=st.just(value=False),
)


def encode(record):
    return encode_user(record, record.unknown)


def blocks_of(content, offset=0):
    file = io.BytesIO(content)

    def read(offset, length):
        file.seek(offset)
        return file.read(length)

    return list(read_blocks(read, offset))


@given(st.lists(st.lists(records, min_size=1, max_size=5), max_size=5))
def test_records_come_back(writes):
    blocks = [compress(map(encode, write)) for write in writes]
    read = blocks_of(b"".join(blocks))
    assert [user_ids_of(text) for _, text in read] == [[record.user_id for record in write] for write in writes]
    for write, (offset, text) in zip(writes, read, strict=True):
        assert blocks_of(b"".join(blocks), offset)[0] == (offset, text)
        for record in {record.user_id: record for record in write}.values():
            assert decode_user(find_line(text, record.user_id), is_of_this_run=False) == record


@given(records)
def test_the_same_is_written_in_the_same_way(record):
    assert encode(decode_user(encode(record), is_of_this_run=True)) == encode(record)


def test_a_channel_that_the_message_has_nothing_for_is_the_one_reason_that_comes_back():
    said = {"a": "No message for channel EMAIL.", "b": "Endpoint is inactive.", "c": None}
    failed = {
        endpoint_id: EndpointMessageResult(
            delivery_status="PERMANENT_FAILURE", status_code=400, status_message=words, address="ann@example.com"
        )
        for endpoint_id, words in said.items()
    }
    line = encode(Record("u", endpoints=failed))
    assert line.count("NO_MESSAGE_FOR_CHANNEL") == 1
    assert "ann" not in line
    read = decode_user(line, is_of_this_run=False)
    assert {endpoint_id: result.reason for endpoint_id, result in read.endpoints.items()} == {
        "a": FailureReason.NO_MESSAGE_FOR_CHANNEL,
        "b": FailureReason.OTHER,
        "c": FailureReason.OTHER,
    }
    assert encode(read) == line


def test_a_user_who_is_not_there_is_not_found():
    text = f"{encode(Record('b', endpoints={'user_id': EndpointMessageResult(delivery_status='a', status_code=1)}))}\n"
    for user_id in ("a", "", *NESTED):
        with pytest.raises(CorruptError):
            find_line(text, user_id)


@given(st.lists(st.lists(records, min_size=1, max_size=3), min_size=1, max_size=3), st.data())
def test_a_block_that_is_cut_off_is_noticed(writes, data):
    blocks = [compress(map(encode, write)) for write in writes]
    start = sum(map(len, blocks[:-1]))
    cut = data.draw(st.integers(min_value=1, max_value=len(blocks[-1]) - 1))
    with pytest.raises(TruncatedError) as caught:
        blocks_of(b"".join(blocks)[: start + cut])
    assert caught.value.end == start


@given(st.lists(records, min_size=1, max_size=2), st.integers(min_value=1, max_value=255))
def test_a_byte_that_is_changed_is_noticed_or_means_nothing(write, change):
    content = bytearray(2 * compress(map(encode, write)))
    blocks = blocks_of(bytes(content))
    fault = None
    for place in range(len(content)):
        content[place] ^= change
        try:
            read = blocks_of(bytes(content))
        except CorruptError as error:
            fault = type(error)
        else:
            assert read == blocks  # deflated text ends within a byte
        assert fault is not TruncatedError
        content[place] ^= change


def test_a_block_that_claims_the_next_one_is_noticed():
    block = compress([encode(Record("a"))])
    size = struct.unpack_from("<I", block, 16)[0] + len(block)
    with pytest.raises(CorruptError):
        blocks_of(block[:16] + struct.pack("<I", size) + block[20:] + block)


@given(st.binary(max_size=60))
@example(b"\0" * 40)
@example(zlib.compress(b"hello"))
def test_other_bytes_are_no_blocks(content):
    if content:
        with pytest.raises(CorruptError):
            blocks_of(content)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "5",
        "[]",
        "[" * 100_000,
        '{"user_id":"a"',
        "{}",
        '{"user_id":5}',
        '{"user_id":"a","attempts":1.5}',
        '{"user_id":"a","attempts":true}',
        '{"user_id":"a","endpoints":[]}',
        '{"user_id":"a","endpoints":{"e":5}}',
        '{"user_id":"a","endpoints":{"e":["SUCCESSFUL"]}}',
        '{"user_id":"a","endpoints":{"e":["SUCCESSFUL",200,1]}}',
        '{"user_id":"a","endpoints":{"e":["SUCCESSFUL","200"]}}',
        '{"user_id":"a","endpoints":{"e":[5,200]}}',
        '{"user_id":"a","endpoints":{"e":[["SUCCESSFUL"],200]}}',
        '{"user_id":"a","unknown":"e"}',
        '{"user_id":"a","unknown":[5]}',
        '{"user_id":"a","maybe_duplicated":1}',
    ],
)
def test_lines_that_are_no_users_are_refused(line):
    with pytest.raises(CorruptError):
        decode_user(line, is_of_this_run=True)


@given(
    st.dictionaries(
        st.sampled_from(["user_id", "attempts", "endpoints", "unknown", "maybe_duplicated", "more"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
        ),
    )
)
def test_any_object_is_a_user_or_refused(members):
    try:
        record = decode_user(json.dumps(members), is_of_this_run=True)
    except CorruptError:
        return
    assert record.user_id == members["user_id"]
    assert record.is_of_this_run
