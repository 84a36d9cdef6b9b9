"""JSON over the wire: the same bytes and the same values with orjson and without."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_users import DirectMessageConfiguration, EndpointSendConfiguration, PinpointUsers, SMSMessage, Transport
from pinpoint_users._shapes import json_text as codec
from pinpoint_users._shapes.frozen import FrozenDict

texts = st.text(st.characters(exclude_categories=["Cs"]))
sixty_four_bits = st.integers(-(2**63), 2**64 - 1)
lists = st.lists(texts).map(tuple)
maps = st.dictionaries(texts, texts | lists | st.dictionaries(texts, lists).map(FrozenDict)).map(FrozenDict)
values = st.recursive(
    st.none() | st.booleans() | sixty_four_bits | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def same(one, other):
    """Whether two values of JSON are the same to the type, NaN being NaN; whole numbers beyond 64 bits may be floats."""
    if type(other) is int and not -(2**63) <= other < 2**64:
        return type(one) in {int, float}
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


def outcome(read, text):
    try:
        return read(text)
    except ValueError:
        return ValueError


@given(maps)
def test_the_bytes_are_those_of_the_standard_library(value):
    written = codec.write_json(value)
    assert written == codec.write_by_the_standard_library(value)
    assert json.loads(written) == json.loads(json.dumps(value))


@given(values)
def test_the_values_are_those_of_the_standard_library(value):
    text = json.dumps(value).encode()
    assert same(codec.read_json(text), json.loads(text))


@given(st.binary() | st.from_regex(rb'[\[{]["\\u0-9a-f\[\]{}:,.eE+ -]*'))
def test_what_is_no_json_is_refused_alike(text):
    assert same(outcome(codec.read_json, text), outcome(json.loads, text))


@pytest.mark.parametrize(
    "text", [b"NaN", b"[Infinity]", b'"\\ud800"', b"1e400", b"\xef\xbb\xbf{}", b"[" * 100_000 + b"]" * 100_000, b"1.5", b"-0"]
)
def test_what_orjson_refuses_is_read_all_the_same(library, text):
    try:
        expected = json.loads(text)
    except RecursionError:
        with pytest.raises(RecursionError):
            codec.read_json(text)
    else:
        assert same(codec.read_json(text), expected)


class Keeping(Transport):
    """Keeps the body of the request and answers for nobody."""

    def post(self, operation, application_id, body):
        self.body = body
        return b'{"Result": {}, "RequestId": "r-1"}'


def test_a_request_is_the_same_by_either(library):
    message = DirectMessageConfiguration(sms_message=SMSMessage(body="Grüße, {{name}} 👋"))
    own = EndpointSendConfiguration(substitutions={"name": ["Zoë\u2028\x7f\n"]})
    users = {"ü": own, "v": own.to_builder().title_override("»").build()}
    transport = Keeping()
    with PinpointUsers("app", transport=transport) as pinpoint:
        report = pinpoint.send(message, users)
    assert report.request_ids == ("r-1",)
    assert transport.body.decode() == (
        '{"MessageConfiguration":{"SMSMessage":{"Body":"Grüße, {{name}} 👋"}},"Users":{'
        '"ü":{"Substitutions":{"name":["Zoë\u2028\x7f\\n"]}},'
        '"v":{"Substitutions":{"name":["Zoë\u2028\x7f\\n"]},"TitleOverride":"»"}}}'
    )
