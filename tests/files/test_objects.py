from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from strategies import json_values, values_of

from pinpoint_users import EndpointSendConfiguration
from pinpoint_users._files import user_file
from pinpoint_users._files.faults import BadLine, FileFaultsError
from pinpoint_users._files.user_file import read_users

ids = "u-1"


def read(*lines, **options):
    content = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    return [*read_users(io.BytesIO(content), **options)]


def told(*lines):
    return [str(fault).removeprefix("the file:") for line in read(*lines) if isinstance(line, BadLine) for fault in line.faults]


def test_variables_beside_an_id():
    line = {
        "user_id": "u-1",
        "code": 123456,
        "share": 0.5,
        "count": 5.0,
        "vip": True,
        "names": ["Ann", 2],
        "none": [None],
        "gone": None,
        "empty": "",
    }
    (user,) = read(line)
    values = {"code": "123456", "share": "0.5", "count": "5.0", "vip": "true"}
    expected = {name: [value] for name, value in values.items()} | {"names": ["Ann", "2"]}
    assert user == ("u-1", EndpointSendConfiguration(substitutions=expected), 1)
    assert read({"UserId": 17, "no": False}) == [("17", EndpointSendConfiguration(substitutions={"no": ["false"]}), 1)]
    assert read({"user_id": "u", "context.why": "login", "context": {"who": 1, "x": None}}) == [
        ("u", EndpointSendConfiguration(context={"why": "login", "who": "1"}), 1)
    ]


@pytest.mark.parametrize("written", ["1.50", "5.0", "1e3", "-0.10", "123456789012345678901234567890", "1e400"])
def test_numbers_are_as_they_are_written(written):
    line = f'{{"user_id": "u", "a": {written}, "b": [{written}], "context": {{"c": {written}}}, "BodyOverride": {written}}}'
    expected = EndpointSendConfiguration(
        substitutions={"a": [written], "b": [written]}, context={"c": written}, body_override=written
    )
    assert read(line.encode()) == [("u", expected, 1)]


def test_numbers_of_raw_content_stay_numbers():
    (user,) = read(b'{"user_id": "u", "raw_content": {"data": {"price": 1.50}}}')
    assert json.loads(user.configuration.raw_content) == {"data": {"price": 1.5}}


@given(values_of(EndpointSendConfiguration))
def test_whole_configurations_in_both_styles(configuration):
    written = configuration.to_dict()
    substitutions = {name: values for name, values in written.pop("Substitutions", {}).items() if values and "" not in values}
    expected = configuration.to_builder().substitutions(substitutions or None).context(configuration.context or None).build()
    aws = {"UserId": ids, **written, "Substitutions": substitutions}
    snake = {"user_id": ids, "substitutions": substitutions}
    names = ("body_override", "context", "raw_content", "title_override")
    snake |= {name: value for name in names if (value := getattr(configuration, name)) is not None}
    assert [line[:2] for line in read(aws, snake)] == [(ids, expected)] * 2


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({}, "user_id: is missing: give the user's ID"),
        ({"user_id": True}, "user_id: must be a string that isn't empty"),
        ({"user_id": " "}, "user_id: must be a string that isn't empty"),
        ({"user_id": "u "}, "user_id: has blanks at its ends: take them out"),
        ({"user_id": "u\u200b"}, "user_id: has U+200B at an end, which isn't seen: take it out"),
        ({"userid": "u"}, "user_id: is missing: give the user's ID"),
        (
            {"user_id": "u", "a": {"b": 1}},
            "a: must be text, a number or a list of them: write a date as text, and give each value its own variable",
        ),
        (
            {"user_id": "u", "bodyoverride": "x"},
            "bodyoverride: did you mean body_override? A variable needs a name that is less like it",
        ),
        (
            {"user_id": "u", "Substitutions": {"a": [{}]}},
            "Substitutions['a']: must be text, a number or a list of them: write a date as text, "
            "and give each value its own variable",
        ),
        (
            {"user_id": "u", "substitutions": {}, "body": "x", "code": 1},
            "body: isn't taken beside substitutions; allowed: user_id, body_override, title_override, raw_content, context, "
            "substitutions; did you mean body_override?",
        ),
        ({"user_id": "u", "body_override": []}, "body_override: must be a string, not list"),
        ({"user_id": "u", "raw_content": "x"}, None),
        ([1], 'must be one user, {"user_id": "u-1", …}, not list'),
        (b"{'user_id': 1}", None),
        (b'{"user_id": "u\\ud800"}', None),
        (b'{"user_id": "u", "a": "\\ud800"}', None),
        (
            b'{"user_id": "u", "a": NaN}',
            "a: must be text, a number or a list of them: write a date as text, and give each value its own variable",
        ),
        (b'{"user_id": "\xff"}', "isn't UTF-8 (byte 14 is 0xff, in Windows-1252 'ÿ'): save the file as UTF-8"),
        (b'{\0"\0', "has a NUL character: the file is damaged, or isn't a text file"),
        (b'{\0"\0a', "has a NUL character: the file is damaged, or isn't a text file"),
        (b"[" * 100_000, None),
        (b"[", "isn't JSON by itself: write each user on one line, as `jq -c` does"),
    ],
)
def test_a_bad_line_is_told_and_the_others_are_read(line, problem):
    lines = read({"user_id": "u-0"}, line, b" ", {"user_id": "u-9"})
    assert [each.user_id for each in lines if not isinstance(each, BadLine)] == ["u-0", "u-9"]
    first, *_ = told({"user_id": "u-0"}, line)
    assert first.startswith("2: ")
    assert problem is None or first == f"2: {problem}"
    assert lines[-1].line == 4


def test_a_mark_an_array_and_a_long_line(monkeypatch):
    assert next(read_users(io.BytesIO(b'\xef\xbb\xbf{"user_id": "u"}'))).user_id == "u"
    with pytest.raises(
        FileFaultsError, match=r"^the file:1: is a JSON array: write one user a line, as `jq -c '\.\[\]'` does$"
    ):
        read(b'[{"user_id": "u"}]')
    monkeypatch.setattr(user_file, "MAX_LINE", 100)
    assert [
        str(line) if isinstance(line, BadLine) else line.line
        for line in read(b'{"a": "%s"}' % (b"x" * 1_000), {"user_id": "u"})
    ] == [
        "the file:1: is longer than 100 bytes: a line is one user",
        2,
    ]


@given(json_values)
def test_any_value_is_read_or_told(value):
    (line,) = read(value, format="jsonl") if not isinstance(value, list) else read({"user_id": "u", "a": value})
    assert isinstance(line, BadLine) or line.user_id
