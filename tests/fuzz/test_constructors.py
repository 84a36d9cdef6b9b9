"""Anything handed to constructors, builders and the doors of the client: a value, or a ValidationError."""

from __future__ import annotations

import json

import attrs
import pytest
from fuzzing import VALID, fuzz
from strategies import ANSWER_SHAPES, REQUEST_SHAPES

from pinpoint_users import (
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    PinpointUsers,
    PinpointUsersError,
    RetryPolicy,
    SMSMessage,
    ValidationError,
)
from pinpoint_users._shapes.writing import to_wire
from pinpoint_users.local import LocalPinpoint

CLASSES = REQUEST_SHAPES + ANSWER_SHAPES
MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))
NAMES = sorted({field.name for cls in CLASSES for field in attrs.fields(cls)})


def arguments_of(fuzzer, valid):
    """Keywords of which some are odd, missing or unknown."""
    made = dict(valid)
    for _ in range(fuzzer.rng.choice((1, 1, 2, 4))):
        name = fuzzer.rng.choice([*valid, *fuzzer.rng.sample(NAMES, 2)])
        how = fuzzer.rng.random()
        if how < 0.1:
            made.pop(name, None)
        elif how < 0.3 and isinstance(valid.get(name), (dict, list, str)):
            made[name] = fuzzer.mutated(valid[name])
        else:
            made[name] = fuzzer.odd()
    return made


def fields_of(cls):
    value = cls.from_dict(VALID[cls])
    return {
        field.name: getattr(value, field.name) for field in attrs.fields(cls) if getattr(value, field.name) != field.default
    }


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_constructors(cls):
    valid = fields_of(cls)
    assert cls(**valid) == cls.from_dict(VALID[cls])

    def check(fuzzer):
        value = cls(**arguments_of(fuzzer, valid))
        if cls in REQUEST_SHAPES:
            json.dumps(to_wire(value))
            assert value.to_builder().build() == value
            hash(value)
            repr(value)

    fuzz(f"constructor of {cls.__name__}", 30, check, allowed=ValidationError)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_builders(cls):
    valid = fields_of(cls)
    required = [field.name for field in attrs.fields(cls) if field.default is attrs.NOTHING]

    def check(fuzzer):
        arguments = arguments_of(fuzzer, valid)
        builder = cls.builder(**{name: arguments.pop(name, None) for name in required})
        for name in [name for name in arguments if name in valid]:
            builder = getattr(builder, name)(arguments[name])
        builder.build()

    fuzz(f"builder of {cls.__name__}", 30, check, allowed=ValidationError)


def test_policies():
    valid = {
        "max_attempts": 3,
        "base_delay": 0.1,
        "max_delay": 1.0,
        "on_unknown": "resend",
        "scope": "user",
        "retry_statuses": ["THROTTLED"],
    }
    fuzz("RetryPolicy", 300, lambda fuzzer: RetryPolicy(**arguments_of(fuzzer, valid)), allowed=ValidationError)


def test_clients():
    with LocalPinpoint() as local:
        valid = {"application_id": "app", "transport": local.transport, "retry": RetryPolicy(), "concurrency": 1}
        settings = ("region_name", "profile_name", "endpoint_url", "connect_timeout", "read_timeout", "allow_plain_http")

        def check(fuzzer):
            arguments = dict(valid)
            for name in fuzzer.rng.sample(
                ["application_id", "retry", "concurrency", *settings], fuzzer.rng.choice((1, 1, 2, 3))
            ):
                arguments[name] = fuzzer.odd()
            PinpointUsers(arguments.pop("application_id"), **arguments).close()

        fuzz("PinpointUsers", 300, check, allowed=ValidationError)


def users_of(fuzzer):
    """Users of which most aren't any."""
    configurations = (
        EndpointSendConfiguration(),
        EndpointSendConfiguration.builder().substitutions(fuzzer.odd()),
        fuzzer.odd(),
    )
    pairs = [(fuzzer.odd(), fuzzer.rng.choice(configurations)) for _ in range(fuzzer.rng.randrange(4))]
    return fuzzer.rng.choice(
        (
            fuzzer.odd(),
            [fuzzer.odd(), *pairs],
            (entry for entry in [*pairs, fuzzer.odd()]),
            {user_id: configuration for user_id, configuration in pairs if isinstance(user_id, str)},
        )
    )


def test_doors_of_the_client():
    with LocalPinpoint() as local, local.client(concurrency=1) as sender:

        def check(fuzzer):
            message = MESSAGE if fuzzer.rng.random() < 0.6 else fuzzer.odd()
            names = ("template_configuration", "context", "trace_id", "deadline")
            options = {name: fuzzer.odd() for name in names if fuzzer.rng.random() < 0.1}
            if fuzzer.rng.random() < 0.5:
                str(sender.send(message, users_of(fuzzer), **options))
            else:
                list(sender.stream(message, users_of(fuzzer), **options))

        fuzz("send and stream", 300, check, allowed=PinpointUsersError)


def test_endpoints_of_the_embedded_pinpoint():
    valid = {"user_id": "u-1", "channel_type": "SMS", "address": "+12065550100", "attributes": {"a": ["b"]}}
    with LocalPinpoint() as local:

        def check(fuzzer):
            name = fuzzer.rng.choice([*valid, "endpoint_id", "opt_out", "endpoint_status", "user_attributes"])
            local.add_endpoint(**{**valid, name: fuzzer.odd()})

        fuzz("add_endpoint", 200, check, allowed=ValidationError)
