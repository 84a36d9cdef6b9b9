"""Raw content: AWS's samples are taken, the limit is that of compact JSON in UTF-8, what is sent is what was written."""

from __future__ import annotations

import json
import warnings
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import json_objects

import pinpoint_users as p

LIMITS = [
    (p.BaiduMessage, 4_096),
    (p.GCMMessage, 4_096),
    (p.ADMMessage, 6_144),
    (p.EndpointSendConfiguration, 6_144),
    (p.APNSMessage, 5_120),
]
each_limit = pytest.mark.parametrize(("cls", "most"), LIMITS, ids=lambda value: getattr(value, "__name__", ""))


def problems_of(cls, **values):
    with pytest.raises(p.ValidationError) as caught:
        cls(**values)
    return {fault.path: fault.problem for fault in caught.value.faults}


def compact(payload):
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


@each_limit
def test_raw_content_fits_the_payload(cls, most):
    largest = {"k": "é" * ((most - 8) // 2)}
    assert len(compact(largest).encode()) == most
    assert cls(raw_content=largest).raw_content == compact(largest)
    largest["k"] += "v"
    too_large = {"raw_content": f"{most + 1:,} bytes as compact JSON, at most {most:,} are allowed"}
    assert problems_of(cls, raw_content=largest) == too_large
    assert problems_of(cls, raw_content=json.dumps(largest, indent=4)) == too_large


@each_limit
def test_what_fits_as_compact_json_is_taken_and_sent_so(cls, most):
    payload = {"data": {f"k{n}": ["é" * 10, 1.50, None] for n in range(60)}}
    written = json.dumps(payload, indent=8)
    assert len(written) > most > len(compact(payload).encode())
    assert cls(raw_content=written).raw_content == compact(payload)
    assert cls.from_dict({"RawContent": written}) == cls(raw_content=payload)


@each_limit
def test_what_fits_as_it_was_written_is_sent_as_it_was_written(cls, most):
    text = '{ "a" : "\\u00e9\\/" , "a" : 1.50 }'
    assert cls(raw_content=text).raw_content == text
    assert cls.from_dict({"RawContent": text}).to_dict() == {"RawContent": text}


@given(json_objects, st.sampled_from([None, 1, 4]), st.booleans())
def test_the_compact_form_has_the_same_values(payload, indent, ascii_only):
    written = json.dumps(payload | {"padding": 1}, indent=indent, ensure_ascii=ascii_only) + " " * 4_096
    content = p.GCMMessage(raw_content=written).raw_content
    assert json.loads(content) == payload | {"padding": 1}
    assert content == compact(payload | {"padding": 1})


def test_making_it_compact_changes_no_number_no_repetition_and_no_half_of_a_pair():
    written = '{"a": 1e400, "b": 1.50, "a": 12345678901234567890.0, "c": "\\ud83d", "d": " \\" : "}' + " " * 4_096
    wanted = '{"a":1e400,"b":1.50,"a":12345678901234567890.0,"c":"\\ud83d","d":" \\" : "}'
    assert p.GCMMessage(raw_content=written).raw_content == wanted


def test_variables_count_for_nothing():
    p.GCMMessage(raw_content={"k": "v" * 4_088 + "{{name}}"})
    assert list(problems_of(p.GCMMessage, raw_content={"k": "v" * 4_089 + "{{name}}"})) == ["raw_content"]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"aps": {"alert": {"title": "t", "body": "b"}, "category": "c"}, "k": "1"},
        {"aps": {"alert": "a", "badge": 1, "sound": "s", "content-available": 1}},
        {"aps": {"alert": {"title": "t"}, "url-args": ["x"], "content-available": 1}},
        {"aps": {"content-available": 1}},
        {"aps": [1], "content-available": "1"},
        {"mdm": "magic"},
    ],
    ids=str,
)
def test_apns_takes_any_payload(payload):
    assert json.loads(p.APNSMessage(raw_content=payload).raw_content) == payload


def test_voip_takes_5_kb_and_so_does_what_may_be_voip():
    between = {"aps": {}, "call": "v" * 4_900}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        p.APNSMessage(raw_content=between, apns_push_type="voip")
        p.APNSMessage(raw_content=between)
    assert problems_of(p.APNSMessage, raw_content=between, apns_push_type="alert") == {
        "raw_content": "4,920 bytes as compact JSON, at most 4,096 are allowed but for voip"
    }
    too_large = {"aps": {}, "call": "v" * 5_101}
    assert list(problems_of(p.APNSMessage, raw_content=too_large, apns_push_type="voip")) == ["raw_content"]


def test_an_alert_that_fits_as_compact_json_is_sent_so():
    payload = {"aps": {"alert": "a" * 4_000}}
    written = json.dumps(payload) + " " * 500
    assert p.APNSMessage(raw_content=written, apns_push_type="alert").raw_content == compact(payload)


def advice_of(make):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = make()
    return value, [str(warning.message) for warning in caught]


@each_limit
@pytest.mark.parametrize(
    "text",
    [
        '{"aps": {"badge": {{n}}}}',
        '{"aps": {"badge": {{{ n }}} , "alert": "{{name}}"}}',
        '{"data": {{payload}}}',
        '{"a": 1{{more}}}',
        '{"a": [{{#if n}}{{n}}{{/if}}]}',
        '{"a": "{{upper "x"}}", "b": {{add n 1}}}',
        '{{!-- of the shop --}}{"a": 1}',
    ],
)
def test_a_variable_may_stand_outside_of_a_string(cls, most, text):
    value, told = advice_of(lambda: cls(raw_content=text))
    assert (value.raw_content, told) == (text, [])
    value, told = advice_of(lambda: cls.from_dict({"RawContent": text}))
    assert (value.to_dict(), told) == ({"RawContent": text}, [])
    value, told = advice_of(lambda: cls.builder().raw_content(text).build())
    assert (value.raw_content, told) == (text, [])


@each_limit
@pytest.mark.parametrize(
    "text", ["{{payload}}", '{"a": [{{#each l}}{{this}},{{/each}}]}', '{"a": {{n}}', "{ {{key}}: {{n}}, {{more}} }"]
)
def test_what_cannot_be_checked_is_taken_and_told_of(cls, most, text):
    value, told = advice_of(lambda: cls(raw_content=text))
    wanted = (
        f"{cls.__name__}.raw_content: isn't JSON before its variables are filled, and can't be checked; it is sent as it is"
    )
    assert (value.raw_content, told) == (text, [wanted])
    assert advice_of(lambda: cls.builder().raw_content(text).build())[1] == [wanted]


@pytest.mark.parametrize("text", ['{"a": "{{n}}"', '{"a": "{{n}}",}', '["{{n}}"]', "{{n", '"{{n}}"', "{'a': '{{n}}'}"])
def test_what_no_variable_makes_json_of_is_refused(text):
    assert list(problems_of(p.GCMMessage, raw_content=text)) == ["raw_content"]


def test_blanks_around_variables_are_left_out_where_they_are_too_many_and_those_within_stay():
    written = '{ "a" : {{upper  "b c"}} , "d" : "{{ e }}" }' + " " * 4_096
    assert p.GCMMessage(raw_content=written).raw_content == '{"a":{{upper  "b c"}},"d":"{{ e }}"}'
    unknown = '{ "a" : "{{upper "b  c"}}" }'
    assert p.GCMMessage(raw_content=unknown).raw_content == unknown
    assert "at most 4,096" in problems_of(p.GCMMessage, raw_content=unknown + " " * 4_096)["raw_content"]


def test_a_line_break_in_a_string_is_taken_and_told_of():
    text = '{\n"a": "{{x}} b\tc\nd"}'
    value, told = advice_of(lambda: p.GCMMessage(raw_content=text))
    assert value.raw_content == text
    assert [each.partition(",")[0] for each in told] == ["GCMMessage.raw_content: has a control character in a string"]
    assert advice_of(lambda: p.GCMMessage(raw_content='{\n"a":\t"\\n"}'))[1] == []
    assert p.GCMMessage(raw_content=text + " " * 4_096).raw_content == '{"a":"{{x}} b\\tc\\nd"}'


class Number:
    def __index__(self):
        return 3


def test_a_mapping_may_hold_other_mappings_and_what_stands_for_an_int():
    content = MappingProxyType({"aps": MappingProxyType({"badge": Number()}), "l": ({},)})
    assert p.APNSMessage(raw_content=content).raw_content == '{"aps":{"badge":3},"l":[{}]}'
    assert problems_of(p.APNSMessage, raw_content={"a": {1}}) == {
        "raw_content": "can't be written as JSON: set is no value of JSON"
    }
