"""Reading AWS's shape out of anything: a value, or a ValidationError."""

from __future__ import annotations

import json

import pytest
from fuzzing import VALID, fuzz
from strategies import ANSWER_SHAPES, REQUEST_SHAPES

from pinpoint_users import ValidationError
from pinpoint_users._shapes.reading import from_wire
from pinpoint_users._shapes.writing import to_wire

CLASSES = REQUEST_SHAPES + ANSWER_SHAPES


def test_every_class_has_a_valid_value_to_start_from():
    assert VALID.keys() == set(CLASSES)
    for cls, shape in VALID.items():
        assert cls.from_dict(shape).to_dict() == shape


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_from_dict(cls):
    def check(fuzzer):
        value = cls.from_dict(fuzzer.mutated(VALID[cls]) if fuzzer.rng.random() < 0.8 else fuzzer.odd())
        assert isinstance(value, cls)
        if cls in REQUEST_SHAPES:
            assert from_wire(cls, json.loads(json.dumps(to_wire(value)))) == value

    fuzz(f"from_dict of {cls.__name__}", 60, check, allowed=ValidationError)
