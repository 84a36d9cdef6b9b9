"""Names, members, types and words are those of botocore's service model; whatever AWS adds or we lack fails here."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
import botocore
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape
from strategies import ANSWER_SHAPES, REQUEST_SHAPES

import pinpoint_users as p

KEPT_BY_US = "unknown_members"
WORDS = {"Action": p.Action, "MessageType": p.MessageType, "DeliveryStatus": p.DeliveryStatus, "ChannelType": p.ChannelType}
NAMES = {"EndpointResponse": "Endpoint"}
"""Structures of the model whose classes have other names."""
OURS = {"EndpointResponse": ["address", "channel_type"]}
"""What nothing can be sent without, though the model requires it of nobody."""
SCALARS = {"double": float, "string": str, "boolean": bool, "integer": int, "blob": bytes}
MODEL = ServiceModel(Loader().load_service_model("pinpoint", "service-2"))
OPERATION = MODEL.operation_model("SendUsersMessages")


def reached(shape: Shape, found: dict[str, Shape] | None = None) -> dict[str, Shape]:
    """Every structure that a shape reaches."""
    found = {} if found is None else found
    if shape.type_name == "structure" and shape.name not in found:
        found[shape.name] = shape
        for member in shape.members.values():
            reached(member, found)
    elif shape.type_name == "map":
        reached(shape.value, found)
    elif shape.type_name == "list":
        reached(shape.member, found)
    return found


REQUEST = reached(OPERATION.input_shape)
ANSWER = reached(OPERATION.output_shape)
ENDPOINTS: dict[str, Shape] = {}
for name in ("EndpointResponse", "EndpointRequest", "EndpointBatchItem"):
    reached(MODEL.shape_for(name), ENDPOINTS)
STRUCTURES = {**REQUEST, **ANSWER, **ENDPOINTS}


def class_of(structure: str) -> type[Any]:
    """Our class of a structure of the model."""
    cls: type[Any] = getattr(p, NAMES.get(structure, structure))
    return cls


def expected_type(shape: Shape) -> Any:
    """The Python type of a shape of the model."""
    if shape.type_name == "structure":
        return class_of(shape.name)
    if shape.type_name == "map":
        return Mapping[str, expected_type(shape.value)]
    if shape.type_name == "list":
        return tuple[expected_type(shape.member), ...]
    return WORDS[shape.name] if getattr(shape, "enum", None) else SCALARS[shape.type_name]


def field_type(cls: type[Any], name: str) -> Any:
    """The type of a field, where None is only for unset, and a literal is the string that it is on the wire."""
    hint = get_type_hints(cls)[name]
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(choice for choice in get_args(hint) if choice is not type(None))
    return str if all(isinstance(word, str) for word in get_args(hint) or (None,)) else hint


def test_the_walk_reaches_what_it_should():
    assert len(REQUEST) >= 19
    assert len(ANSWER) >= 3
    assert sum(len(shape.members) for shape in STRUCTURES.values()) >= 143


def test_there_is_a_class_for_each_structure_and_no_other():
    assert {class_of(name) for name in {**REQUEST, **ENDPOINTS}} == set(REQUEST_SHAPES)
    assert sorted(ANSWER) == sorted(cls.__name__ for cls in ANSWER_SHAPES)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_members_have_the_names_that_botocore_makes_of_them(structure):
    names = [field.name for field in attrs.fields(class_of(structure)) if field.name != KEPT_BY_US]
    assert sorted(names) == sorted(botocore.xform_name(member) for member in STRUCTURES[structure].members)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_members_have_the_models_types(structure):
    cls = class_of(structure)
    for member, shape in STRUCTURES[structure].members.items():
        assert field_type(cls, botocore.xform_name(member)) == expected_type(shape), member


@pytest.mark.parametrize("structure", STRUCTURES)
def test_the_required_members_are_required(structure):
    required = [field.name for field in attrs.fields(class_of(structure)) if field.default is attrs.NOTHING]
    wanted = [botocore.xform_name(member) for member in STRUCTURES[structure].required_members]
    assert sorted(required) == OURS.get(structure, sorted(wanted))


@pytest.mark.parametrize("structure", STRUCTURES)
def test_each_member_goes_out_under_its_own_name(structure):
    cls = class_of(structure)
    if structure in {
        "EndpointMessageResult",
        "SendUsersMessageResponse",
    }:  # what can't be read is kept by its name, and only the status is more than can be done without
        data = dict.fromkeys(STRUCTURES[structure].members, 1.5)
        read = cls.from_dict({**data, "DeliveryStatus": "SUCCESSFUL"} if "DeliveryStatus" in data else data)
        assert read.unknown_members.keys() == data.keys() - {"DeliveryStatus"}
        return
    members = {fault.path.split("[")[0] for fault in faults_of_wrong_values(cls, STRUCTURES[structure].members)}
    assert members == set(STRUCTURES[structure].members)


def faults_of_wrong_values(cls, members):
    with pytest.raises(p.ValidationError) as caught:
        cls.from_dict(dict.fromkeys(members, object()))
    return caught.value.faults


@pytest.mark.parametrize("name", WORDS)
def test_words_are_the_models(name):
    assert [word.value for word in WORDS[name]] == list(MODEL.shape_for(name).enum)


def test_literals_are_the_enums_words():
    for alias, words in [(p.ActionName, p.Action), (p.MessageTypeName, p.MessageType), (p.ChannelTypeName, p.ChannelType)]:
        assert list(get_args(alias)) == [word.value for word in words]
