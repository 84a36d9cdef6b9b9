"""Documents of message files: any message in any format and either style of keys, and what may be wrong with it."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import strategies as st
from strategies import values_of

from pinpoint_users import DirectMessageConfiguration, TemplateConfiguration
from pinpoint_users._files.members import members_of

_ODD_IN_YAML = re.compile(r'["\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]')
_ESCAPED = re.compile(r'["\\\x00-\x1f\x7f]')


def document_of(value: Any, *, is_aws: bool) -> Any:
    """An object as a message file has it."""
    written = value.to_dict()
    return written if is_aws else _in_snake_case(type(value), written)


def _in_snake_case(shape: Any, written: Any) -> Any:
    if isinstance(written, list):
        return [_in_snake_case(shape, item) for item in written]
    members = members_of(shape)
    return {
        members[name].field: _in_snake_case(members[name].shape, value) if members[name].shape else value
        for name, value in written.items()
    }


def _has_a_message(message: DirectMessageConfiguration) -> bool:
    is_raw = message.email_message is not None and message.email_message.raw_email is not None
    return message != DirectMessageConfiguration() and not is_raw


messages = values_of(DirectMessageConfiguration).filter(_has_a_message)
"""Messages that a file can have; raw e-mail is tested by itself, as a file has no bytes."""
requests = st.fixed_dictionaries(
    {"message_configuration": messages},
    optional={
        "template_configuration": values_of(TemplateConfiguration),
        "context": st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=5), max_size=2),
        "trace_id": st.text(max_size=5),
    },
)


def toml(value: Any) -> str:
    """A document as TOML."""
    return "".join(f"{_toml(key)} = {_toml(item)}\n" for key, item in value.items())


def _toml(value: Any) -> str:
    if isinstance(value, str):
        return '"' + _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", value) + '"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


def yaml(value: Any, indent: int = 0) -> str:
    """A document as YAML in blocks, with its texts in quotes."""
    if isinstance(value, dict) and value:
        return "".join(f"{' ' * indent}{_quoted(key)}: {_below(item, indent)}" for key, item in value.items())
    if isinstance(value, list) and value:
        return "".join(f"{' ' * indent}- {_below(item, indent)}" for item in value)
    return (_quoted(value) if isinstance(value, str) else json.dumps(value)) + "\n"


def _below(value: Any, indent: int) -> str:
    return ("\n" if isinstance(value, (dict, list)) and value else "") + yaml(value, indent + 2)


def _quoted(text: str) -> str:
    return '"' + _ODD_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + '"'


WRITERS = {".json": json.dumps, ".toml": toml, ".yaml": yaml}


@st.composite
def wrong(draw: st.DrawFn, document: Any) -> Any:
    """A document with something changed in it: a key, a type, a value left out."""
    places = [*_places(document)]
    path = draw(st.sampled_from(places))
    changed = json.loads(json.dumps(document))
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    last = path[-1]
    kind = draw(st.sampled_from(["type", "type", "key", "style", "more", "null"]))
    if kind == "more" and isinstance(holder, dict):
        holder[draw(st.sampled_from(["bodi", "Unknown", "users", "Users", "body", "Body", "sms_message", "context"]))] = "x"
    elif kind == "key" and isinstance(last, str):
        holder[last + "x"] = holder.pop(last)
    elif kind == "style" and isinstance(last, str):
        other = re.sub("(?<!^)(?=[A-Z])", "_", last).lower() if last[:1].isupper() else last.title().replace("_", "")
        holder[other] = holder.pop(last)
    elif kind == "null":
        holder[last] = None
    else:
        holder[last] = draw(st.sampled_from([1, 1.5, True, [], {}, [1], {"a": 1}, {"a": "b"}, ["a"]]))
    return changed


def _places(value: Any, above: tuple[Any, ...] = ()) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*above, key)
        yield from _places(item, (*above, key))
