from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest
from documents import document_of, messages, requests, wrong
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import pinpoint_users as p
from pinpoint_users._files.faults import FileFaultsError
from pinpoint_users._files.message_file import read_message
from pinpoint_users._files.schema import message_schema
from pinpoint_users.cli.schema import schema_text

ROOT = Path(__file__).parents[2]
VALIDATOR = Draft202012Validator(message_schema())
quick = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much])


def is_read(write, document):
    try:
        read_message(write("message.json", json.dumps(document)))
    except FileFaultsError:
        return False
    return True


def request_of(parts, *, is_aws):
    return {
        (name.title().replace("_", "") if is_aws else name): document_of(value, is_aws=is_aws)
        if hasattr(value, "to_dict")
        else value
        for name, value in parts.items()
    }


@st.composite
def documents(draw):
    is_aws = draw(st.booleans())
    if draw(st.booleans()):
        return document_of(draw(messages), is_aws=is_aws)
    return request_of(draw(requests), is_aws=is_aws)


def test_the_schema_is_one_and_is_the_committed_one():
    Draft202012Validator.check_schema(message_schema())
    committed = (ROOT / "docs/message.schema.json").read_text(encoding="utf-8")
    assert committed == schema_text(), "run nox -s generate"
    assert json.loads(committed) == message_schema()


@quick
@given(documents())
@pytest.mark.filterwarnings("ignore::pinpoint_users.MessageWarning")
def test_what_is_read_is_valid(write, document):
    VALIDATOR.validate(document)
    assert is_read(write, document)


@quick
@given(documents().flatmap(wrong))
@pytest.mark.filterwarnings("ignore::pinpoint_users.MessageWarning")
def test_what_is_wrong_in_structure_is_neither_read_nor_valid(write, document):
    assert VALIDATOR.is_valid(document) == is_read(write, document)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"$schema": "x"},
        {"sms_message": {"Body": "x"}},
        {"SMSMessage": {"Body": "x"}, "voice_message": {}},
        {"message_configuration": {}},
        {"trace_id": "x"},
        {"gcm_message": {"time_to_live": -1}},
        {"gcm_message": {"time_to_live": 2_419_201}},
        {"apns_message": {"badge": 1.5}},
        {"sms_message": {"message_type": "MARKETING"}},
        {"gcm_message": {"priority": "urgent"}},
        {"email_message": {"simple_email": {"headers": [{"name": "X", "value": "v"}] * 16}}},
        {"template_configuration": {"sms_template": {"version": 1}}},
    ],
)
def test_limits_words_and_styles_are_in_the_schema(write, document):
    assert not VALIDATOR.is_valid(document)
    assert not is_read(write, document)


@pytest.mark.parametrize(
    "document",
    [
        {"sms_message": {"message_type": "transactional"}},
        {"apns_message": {"apns_push_type": "somethingnew"}},
        {"email_message": {"simple_email": {"subject": "Hi", "html_part": {"data": "x"}}}},
        {"gcm_message": {"raw_content": {"a": [1, None]}}},
        {"template_configuration": {"sms_template": {"name": "x"}}},
        {"$schema": "x", "MessageConfiguration": {"SMSMessage": {}}, "Context": {"a": "b"}, "TraceId": "t"},
    ],
)
def test_open_words_and_short_forms_are_in_the_schema(write, document):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", p.MessageWarning)
        assert is_read(write, document)
    VALIDATOR.validate(document)


def test_every_member_has_words_for_editors():
    definitions = message_schema()["$defs"]
    for name, definition in definitions.items():
        for key, member in definition["properties"].items():
            assert key == "$schema" or member["description"], f"{name}.{key}"
    sms = definitions["SMSMessage.snake"]["properties"]["message_type"]
    assert sms["anyOf"][0] == {"enum": ["TRANSACTIONAL", "PROMOTIONAL"]}


@pytest.mark.parametrize("path", sorted((ROOT / "examples/messages").iterdir()), ids=lambda path: path.name)
def test_examples_are_read_and_valid(path):
    read = read_message(path)
    assert read.message is not None
    assert read.notes == ()
    if path.suffix == ".json":
        VALIDATOR.validate(json.loads(path.read_text()))
